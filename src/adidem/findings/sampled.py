"""The columns of sampled worlds: the record and the slots of what may come, with what each world draws in its place.

Knows columns of records, which of them vary, and how records are joined. Does not know outlooks, chance or formulas.

The record's own `Columns` over a ledger with one event in every slot give what is the same in all worlds. What varies
is laid over them: values drawn, and the joins that depend on the day on which something came.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.event import NOTHING
from adidem.kernel.formula import Program
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns, Record
from adidem.records.values import MISSING

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Join:
    """An input that names a record of another kind: of each query row the candidates that share its word.

    candidates  [queries] rows of the other kind, in their order
    conditions  (column, its allowed values) of the other kind that vary from world to world
    """

    name: str
    rule: str
    of: str
    to: str
    stage: str
    candidates: tuple[Array, ...]
    conditions: tuple[tuple[str, Array], ...]


@dataclass
class Varying:
    """Which columns vary, in which rows, and which joins they move.

    rows   kind → its rows that are slots, in the order of the slots
    """

    columns: Columns
    rows: Mapping[str, Array]
    keys: frozenset[Key]
    joins: tuple[Join, ...]

    @property
    def dynamic(self) -> frozenset[Key]:
        """All inputs that differ from world to world."""
        return self.keys | {(join.of, join.name) for join in self.joins}

    def laid(self, drawn: Mapping[Key, Array], worlds: int) -> dict[Key, Array]:
        """The varying inputs of a block of worlds: those drawn, over the record's own, and the joins they make.

        drawn    [slots of the kind, worlds]
        returns  [rows of the kind, worlds]
        """
        out = {key: self._over(key, values, worlds) for key, values in drawn.items()}
        for key in drawn:
            stage, _, column = key[1].rpartition(".")
            came = out.get((key[0], f"{stage}.occurred"))
            if stage and column != "occurred" and came is not None:
                out[key] = np.where(came < NEVER, out[key], NOTHING)
        for join in self.joins:
            out[join.of, join.name] = self._joined(join, out, worlds)
        return out

    def _over(self, key: Key, values: Array, worlds: int) -> Array:
        base = self.columns[key]
        out = np.repeat(base, worlds, axis=1)
        out[self.rows[key[0]]] = values
        return out

    def _joined(self, join: Join, laid: Mapping[Key, Array], worlds: int) -> Array:
        """[queries, worlds] The row that each query is joined with in each world, or -1."""
        own = laid.get((join.of, "occurred"), self.columns[join.of, "occurred"])
        when = f"{join.stage}.occurred" if join.stage else "occurred"
        other = laid.get((join.to, when), self.columns[join.to, when])
        out = np.full((len(own), worlds), -1, np.int64)
        for query, rows in enumerate(join.candidates):
            best = np.full(worlds, ALWAYS_BEFORE if join.rule == "join" else NEVER, np.int64)
            for row in rows.tolist():
                fits = self._fits(join, row, laid) & _comes(join.rule, other[row], own[query], best)
                best = np.where(fits, other[row], best)
                out[query] = np.where(fits, row, out[query])
        return out

    def _fits(self, join: Join, row: int, laid: Mapping[Key, Array]) -> NDArray[np.bool_]:
        keep = np.ones(1, bool)
        for column, allowed in join.conditions:
            keep = keep & np.isin(laid[join.to, column][row], allowed)
        return keep


ALWAYS_BEFORE = -(2**62)


def _comes(rule: str, day: Array, own: Array, best: Array) -> NDArray[np.bool_]:
    """Whether a candidate takes the place of the best so far; of one day the later row, or the first."""
    if rule == "join":
        return (day <= own) & (day >= best)
    return (day < best) if rule == "earliest" else (day >= own) & (day < best)


def varying(columns: Columns, program: Program, rows: Mapping[str, Array], keys: Iterable[Key]) -> Varying:
    """Which inputs of a program vary where these columns do, with the joins that follow from them."""
    keys = frozenset(keys)
    known = {(node.domain, node.detail[0]) for node in program.nodes if node.operator == "input"}
    read = frozenset(key for key in keys if key in known)
    joins = [join for domain, name in sorted(known) if (join := _join(columns, domain, name, keys)) is not None]
    needed = {(join.to, column) for join in joins for column, _ in join.conditions}
    for join in joins:
        needed |= {(join.of, "occurred"), (join.to, f"{join.stage}.occurred" if join.stage else "occurred")}
    return Varying(columns, rows, read | (keys & needed), tuple(joins))


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
    candidates: list[Array] = []
    if to in columns.records:
        theirs = columns.records[to].table.columns[on]
        by_word: dict[int, list[int]] = {}
        for row in np.flatnonzero(static).tolist():
            by_word.setdefault(int(theirs[row]), []).append(row)
        candidates = [np.array(by_word.get(int(word), []), np.int64) for word in words]
    else:
        candidates = [np.zeros(0, np.int64)] * len(words)
    return Join(name, rule, domain, to, stage, tuple(candidates), tuple(conditions))


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
        self.chosen = {("one", name): value for name, value in chosen.items()}

    def __getitem__(self, key: Key) -> Array:
        if key in self.chosen:
            return self.chosen[key]
        return self.laid[key] if key in self.laid else self.columns[key]

    def __iter__(self) -> Iterator[Key]:
        return iter({**self.laid, **self.chosen})

    def __len__(self) -> int:
        return len(self.laid) + len(self.chosen)
