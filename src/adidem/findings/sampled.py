"""The columns of sampled worlds: the record and the slots of what may come, with what each world draws in its place.

Knows columns of records, which of them vary, and how records are joined. Does not know outlooks, chance or formulas.

The record's own `Columns` over a ledger with one event in every slot give what is the same in all worlds. What varies
is laid over them: values drawn, and the joins that depend on the day on which something came.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.event import NOTHING
from adidem.kernel.formula import ONE, Program
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns, Record
from adidem.records.values import MISSING
from adidem.worlds.joining import joined
from adidem.worlds.laying import lay

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Join:
    """An input that names a record of another kind: for each row that asks, the one of those with the same word that
    fits.

    rule        join: the latest not after the asking row; first: the first not before it; earliest: the first of all
    of, to      the kinds of the asking and of the other rows; `stage` whose day counts, if not the record's own
    steps       [steps, 5] word by word, in each period: where its asking rows begin and end in `asking`, its others in
                `others`, and whether a new word begins; first: periods run backwards
    conditions  (column, its allowed values) of the other kind that vary from world to world
    """

    name: str
    rule: str
    of: str
    to: str
    stage: str
    steps: Array
    asking: Array
    others: Array
    conditions: tuple[tuple[str, Array], ...]


@dataclass
class Varying:
    """Which columns vary, in which rows, and which joins they move.

    rows    kind → its rows that are slots, in the order of the slots
    orders  the kinds of which one record comes before another in some worlds, and after it in others
    """

    columns: Columns
    rows: Mapping[str, Array]
    keys: frozenset[Key]
    joins: tuple[Join, ...]
    orders: tuple[str, ...] = ()

    @property
    def dynamic(self) -> frozenset[Key]:
        """All inputs that differ from world to world."""
        return self.keys | {(join.of, join.name) for join in self.joins} | {(kind, "order") for kind in self.orders}

    def laid(self, drawn: Mapping[Key, Array], worlds: int, codes: Mapping[Key, Array]) -> dict[Key, Array]:
        """The varying inputs of a block of worlds: those drawn, over the record's own, and the joins they make.

        drawn    [slots of the kind, worlds]; a stage's word is NO_WORD where the stage does not come
        codes    of columns of words: [words + 1] the number of each word, and what stands for NO_WORD
        returns  [rows of the kind, worlds]
        """
        out: dict[Key, Array] = {}
        for key, values in drawn.items():
            base, (stage, _, column) = self.columns[key][:, 0], key[1].rpartition(".")
            if stage and column != "occurred" and (key[0], f"{stage}.occurred") in drawn:
                base = np.where(self.columns[key[0], f"{stage}.occurred"][:, 0] < NEVER, base, NOTHING)
            out[key] = lay(base, self._slot[key[0]], values, codes.get(key))
        for join in self.joins:
            out[join.of, join.name] = self._joined(join, out, worlds)
        for kind in self.orders:
            out[kind, "order"] = by_day(out[kind, "occurred"])
        return out

    @cached_property
    def _slot(self) -> dict[str, Array]:
        """Kind → [rows] the slot that each row is, -1 for what is on record."""
        found: dict[str, Array] = {}
        for kind, rows in self.rows.items():
            found[kind] = np.full(len(self.columns.records[kind].table), -1, np.int64)
            found[kind][rows] = np.arange(len(rows))
        return found

    def _joined(self, join: Join, laid: Mapping[Key, Array], worlds: int) -> Array:
        """[asking rows, worlds] The row that each is joined with in each world, or -1."""
        if not len(join.asking):
            count = len(self.columns.records[join.of].table)
            return np.broadcast_to(np.full((count, 1), -1, np.int64), (count, worlds))
        own = laid.get((join.of, "occurred"), self.columns[join.of, "occurred"])
        when = f"{join.stage}.occurred" if join.stage else "occurred"
        other = laid.get((join.to, when), self.columns[join.to, when])
        for column, allowed in join.conditions:
            other = np.where(np.isin(laid[join.to, column], allowed), other, NEVER)
        wide = [np.ascontiguousarray(np.broadcast_to(days, (len(days), worlds))) for days in (own, other)]
        return joined(join.rule, join.steps, join.asking, join.others, *wide)


def varying(columns: Columns, program: Program, rows: Mapping[str, Array], keys: Iterable[Key]) -> Varying:
    """Which inputs of a program vary where these columns do, with the joins that follow from them."""
    keys = frozenset(keys)
    known = {(node.domain, node.detail[0]) for node in program.nodes if node.operator == "input"}
    read = frozenset(key for key in keys if key in known)
    joins = [join for domain, name in sorted(known) if (join := _join(columns, domain, name, keys)) is not None]
    needed = {(join.to, column) for join in joins for column, _ in join.conditions}
    for join in joins:
        needed |= {(join.of, "occurred"), (join.to, f"{join.stage}.occurred" if join.stage else "occurred")}
    orders = [kind for kind, name in sorted(known) if name == "order" and (kind, "occurred") in keys]
    orders = [kind for kind in orders if _may_be_reordered(columns, kind, rows[kind])]
    needed |= {(kind, "occurred") for kind in orders}
    return Varying(columns, rows, read | (keys & needed), tuple(joins), tuple(orders))


def by_day(occurred: Array) -> Array:
    """[rows, worlds] Numbers that rise by day, and of one day by row, as the records of a ledger stand."""
    return occurred * len(occurred) + np.arange(len(occurred))[:, None]


def _may_be_reordered(columns: Columns, kind: str, rows: Array) -> bool:
    """Whether of two slots in one month the later may have its event on an earlier day.

    A slot that begins on the month's last day has all others before it: those of flows are of that day alone.
    """
    cells, days = columns.shape.cells_of(kind)[rows], columns.records[kind].table.occurred[rows]
    moves = days < columns.grid.last_day[cells]
    return bool(((cells[1:] == cells[:-1]) & moves[1:]).any())


def _join(columns: Columns, domain: str, name: str, keys: frozenset[Key]) -> Join | None:
    """The join that an input stands for, if what it depends on varies."""
    rule, _, rest = name.partition(" ")
    if rule not in ("join", "earliest", "first") or domain not in columns.records:
        return None
    if rule == "first":
        act, _, holder = rest.partition(" by ")
        to, stage, on, where = "act", "", "asset", f"act in {act}; by in {holder}"
    else:
        head, _, where = rest.partition(" where ")
        path, _, on = head.partition(" on ")
        to, _, stage = path.partition(".")
    when = f"{stage}.occurred" if stage else "occurred"
    static, conditions = _conditions(columns, to, where, keys)
    if not conditions and not {(domain, "occurred"), (to, when)} & keys:
        return None
    words = columns.records[domain].table.columns[on]
    found = np.flatnonzero(static) if to in columns.records else np.zeros(0, np.int64)
    theirs = columns.records[to].table.columns[on][found] if len(found) else np.zeros(0, np.int64)
    cells = columns.shape.cells_of(domain), columns.shape.cells_of(to)[found] if len(found) else found
    steps = _steps(rule, (words, cells[0], np.arange(len(words))), (theirs, cells[1], found))
    return Join(name, rule, domain, to, stage, *steps, tuple(conditions))


def _steps(
    rule: str, asking: tuple[Array, Array, Array], others: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array]:
    """The rows that ask and those that answer, by word and period, as `Join` keeps them."""
    known = set(others[0].tolist())
    by_place: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for side, (words, cells, rows) in enumerate((asking, others)):
        for word, cell, row in zip(words.tolist(), cells.tolist(), rows.tolist(), strict=True):
            if word in known:
                place = (word, 0 if rule == "earliest" else -cell if rule == "first" else cell)
                by_place.setdefault(place, ([], []))[side].append(row)
    steps: list[tuple[int, int, int, int, int]] = []
    flat: tuple[list[int], list[int]] = ([], [])
    before = None
    for place in sorted(by_place):
        asks, answers = by_place[place]
        starts = len(flat[0]), len(flat[1])
        flat[0].extend(asks)
        flat[1].extend(answers)
        steps.append((starts[0], len(flat[0]), starts[1], len(flat[1]), int(place[0] != before)))
        before = place[0]
    return np.array(steps, np.int64).reshape(-1, 5), np.array(flat[0], np.int64), np.array(flat[1], np.int64)


def _conditions(
    columns: Columns, kind: str, where: str, keys: frozenset[Key]
) -> tuple[NDArray[np.bool_], list[tuple[str, Array]]]:
    """[rows] Which records meet what is the same in all worlds; and what is left to be looked at in each."""
    record = columns.records.get(kind)
    if record is None:
        return np.zeros(0, bool), []
    keep = np.ones(len(record.table), bool)
    left: list[tuple[str, Array]] = []
    for part in where.split("; ") if where else ():
        path, _, names = part.partition(" in ")
        if (kind, path) in keys:
            left.append((path, _codes(columns, names.split(","))))
            continue
        stage, _, column = path.rpartition(".")
        values = record.table.columns[column] if not stage else _of_stage(columns, record, stage, column)
        places = [columns.ledger.places[name] for name in names.split(",") if name in columns.ledger.places]
        keep &= np.isin(values, places)
    return keep, left


def _of_stage(columns: Columns, record: Record, stage: str, column: str) -> Array:
    rows = record.stages.get(stage)
    if rows is None:
        return np.full(len(record.table), MISSING, np.int64)
    return np.where(rows >= 0, columns.stages[stage].columns[column][np.maximum(rows, 0)], MISSING)


def _codes(columns: Columns, names: Iterable[str]) -> Array:
    vocabulary = columns.composition.vocabulary
    return np.array([vocabulary[name] for name in names if name in vocabulary], np.int64)


class World(Mapping[Key, Array]):
    """The inputs of a block: what varies, the readings chosen, and for the rest the record's own."""

    def __init__(self, columns: Columns, laid: Mapping[Key, Array], chosen: Mapping[str, Array]):
        self.columns, self.laid = columns, laid
        self.chosen = {(ONE, name): value for name, value in chosen.items()}

    def __getitem__(self, key: Key) -> Array:
        if key in self.chosen:
            return self.chosen[key]
        return self.laid[key] if key in self.laid else self.columns[key]

    def __iter__(self) -> Iterator[Key]:
        return iter({**self.laid, **self.chosen})

    def __len__(self) -> int:
        return len(self.laid) + len(self.chosen)
