"""The program of a setting made ready for blocks of worlds: folded and compiled once for all sets of readings.

Knows settings, what varies and within which bounds, and the forms in which a program runs. Does not know how worlds
are drawn or counted.

A program that has not been compiled before runs as it is, by the kernel's own `evaluate`, where so few worlds are
asked for that compiling would take longer.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from adidem.findings.sampled import Join, Key, World, by_day
from adidem.findings.setting import Readings, Setting
from adidem.findings.worlds import reading_inputs
from adidem.kernel.engine import evaluate
from adidem.kernel.event import NOTHING
from adidem.kernel.formula import ONE
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.worlds.compiled import Runnable, compile_program, numpy_program
from adidem.worlds.compiling import compile_loops, kept_in, numba_is_installed
from adidem.worlds.computed import MOST_PARTS, is_moment, parts_a_day
from adidem.worlds.fold import Bounds, Folded, fold
from adidem.worlds.slot import Slot
from adidem.worlds.tally import Mask

WORTH_COMPILING = 200_000
"""From so many worlds on compiling the loops that draw pays, though it has to be done first."""
SECONDS_AN_OPERATION = 5e-9
"""What the kernel's own evaluation takes for an operation, row and world; and what compiling one operation takes."""
SECONDS_COMPILING = 0.06
READY = "ready"
"""The mark that loops of this version were compiled and kept."""
_MOST_WORDS = 2**33


class Evaluator(Protocol):
    """The program, ready to be run over blocks of worlds under one set of readings."""

    def __call__(self, laid: Mapping[Key, Array], worlds: int) -> tuple[Mapping[int, Array], Mask]:
        """The values of the nodes wanted, until this thread asks again; and the worlds in which a figure was too large
        to be kept exactly.
        """
        ...


def prepare(worlds: int) -> None:
    """Decide whether loops are compiled: for so many worlds it pays, or it was done before and kept."""
    folder = kept_in()
    compile_loops(worlds >= WORTH_COMPILING or (folder is not None and (folder / READY).exists()))


def evaluators(setting: Setting, worlds: int) -> list[Evaluator]:
    """One for each set of readings, in whichever form is soonest done with so many worlds."""
    made = program(setting, worlds * len(setting.sets))
    return [_under(setting, made, readings) for readings in setting.sets]


def program(setting: Setting, worlds: int, also: Bounds | None = None) -> Runnable:
    """The setting's program under whatever readings, and with whatever values of the inputs `also`, within bounds."""
    folded = folded_program(setting, also or {})
    folder = kept_in()
    known = folder / f"program-{folded.digest}" if folder is not None else None
    kept = known is not None and known.exists()
    pays = worlds * folded.operation_rows * SECONDS_AN_OPERATION > folded.live * SECONDS_COMPILING
    if not numba_is_installed() or not (pays or kept):
        return numpy_program(folded)
    made = compile_program(folded, folder)
    if folder is not None and known is not None:
        known.touch()
        (folder / READY).touch()
    return made


def folded_program(setting: Setting, also: Bounds) -> Folded:
    """What is left to be worked out in every world, whatever the readings."""
    composition, columns = setting.composition, setting.columns
    bounds: dict[Key, tuple[int | Array, int | Array]] = {
        (ONE, f"reading {id}"): (0, len(question.readings) - 1) for id, question in composition.questions.items()
    }
    bounds |= also
    for key in setting.varying.keys:
        bounds[key] = _bounds(setting, key)
    for join in setting.varying.joins:
        bounds[join.of, join.name] = _of_join(setting, join)
    for kind in setting.varying.orders:
        low, high = bounds[kind, "occurred"]
        bounds[kind, "order"] = by_day(np.reshape(low, (-1, 1)))[:, 0], by_day(np.reshape(high, (-1, 1)))[:, 0]
    fixed = World(columns, {}, {})
    wanted = setting.measures.wanted()
    return fold(composition.program, fixed, columns.shape, frozenset(bounds), wanted, bounds)


def by_numpy(setting: Setting, readings: Readings) -> Evaluator:
    """The kernel's own `evaluate`, a block at a time."""
    composition, columns, wanted = setting.composition, setting.columns, setting.measures.wanted()
    chosen = reading_inputs(composition, [readings])

    def run(laid: Mapping[Key, Array], worlds: int) -> tuple[Mapping[int, Array], Mask]:
        world = World(columns, laid, chosen)
        return evaluate(composition.program, world, columns.shape, wanted).values, np.zeros(worlds, np.bool_)

    return run


def _under(setting: Setting, program: Runnable, readings: Readings) -> Evaluator:
    chosen = {(ONE, name): value for name, value in reading_inputs(setting.composition, [readings]).items()}

    def run(laid: Mapping[Key, Array], worlds: int) -> tuple[Mapping[int, Array], Mask]:
        values = program.run({**laid, **chosen}, worlds, lent=True)
        return values, values.apart

    return run


def _bounds(setting: Setting, key: Key) -> tuple[Array, Array]:
    """[rows] The least and the greatest value that a drawn column has in each row; what is on record is what it is."""
    kind, name = key
    low, high = setting.columns[key][:, 0].copy(), setting.columns[key][:, 0].copy()
    rows = setting.varying.rows[kind]
    if name.rpartition(".")[2] == "occurred":
        low[rows], high[rows] = [slot.first for slot in setting.slots.by_kind[kind]], NEVER
    elif key in setting.slots.words:
        low[rows], high[rows] = NOTHING, _MOST_WORDS
    else:
        least, most = zip(*(_between(slot, name) for slot in setting.slots.by_kind[kind]), strict=True)
        low[rows], high[rows] = np.minimum(low[rows], least), most  # a date that is written may be one before the slot
    return low, high


def _between(slot: Slot, name: str) -> tuple[int, int]:
    """The least and the greatest number that a slot may draw for a column."""
    column = slot.source.kind.column(name)
    if column is None or not is_moment(column):
        return -MOST_PARTS, MOST_PARTS
    return slot.first * parts_a_day(column), column.absent


def _of_join(setting: Setting, join: Join) -> tuple[Array, Array]:
    """[rows] A row with none to be joined with has none in any world."""
    count = len(setting.columns.records[join.of].table)
    others = len(setting.columns.records[join.to].table) if join.to in setting.columns.records else 0
    high = np.full(count, -1, np.int64)
    high[join.asking] = others - 1
    return np.full(count, -1, np.int64), high
