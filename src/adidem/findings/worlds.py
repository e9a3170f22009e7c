"""Which worlds a question about the record needs: the readings that matter, and the corners of what is assumed.

Knows questions, assumptions and the bits that an evaluation carries. Does not know what figures mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

from adidem.kernel.composition import Composition
from adidem.kernel.engine import Evaluation, evaluate
from adidem.kernel.formula import Formula
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns

MOST_COMBINATIONS = 1024
_MOST_BITS = 60


def at(array: Array, row: int, world: int) -> int:
    """The value of a row in a world; what has one row or one world has it everywhere."""
    return int(array[min(row, len(array) - 1), min(world, array.shape[1] - 1)])


@dataclass(frozen=True)
class Basis:
    """Which bit stands for which question or assumed term."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, composition: Composition) -> "Basis":
        """Questions first, then assumed terms."""
        questions = [f"reading {id}" for id in composition.questions]
        return cls((*questions, *(f"term {id}" for id in composition.assumptions)))

    def bits(self) -> dict[str, int]:
        """Input → bit; past the sixtieth they share one, which then says more than is so, never less."""
        return {name: 1 << min(number, _MOST_BITS) for number, name in enumerate(self.names)}

    def mask(self, kind: str) -> int:
        """The bits of all questions (`reading`) or of all assumed terms (`term`)."""
        return sum({bit for name, bit in self.bits().items() if name.startswith(f"{kind} ")})

    def named(self, bits: int, kind: str) -> list[str]:
        """The questions (`reading`) or assumed terms (`term`) whose bits are set."""
        return [
            name.removeprefix(f"{kind} ")
            for number, name in enumerate(self.names)
            if bits >> min(number, _MOST_BITS) & 1 and name.startswith(f"{kind} ")
        ]


@dataclass
class Worlds:
    """The record under every combination of the readings that matter.

    live      the questions that something rests on, in order
    choices   for each world: question → reading
    left_out  questions that matter too, kept at one reading because there would be too many combinations
    """

    composition: Composition
    columns: Columns
    evaluation: Evaluation = field(default_factory=Evaluation)
    live: list[str] = field(default_factory=list[str])
    choices: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    left_out: list[str] = field(default_factory=list[str])

    @property
    def basis(self) -> Basis:
        """Which bit is whose."""
        return Basis.of(self.composition)


def explore(
    composition: Composition, columns: Columns, wanted: Sequence[int], pinned: Mapping[str, str] | None = None
) -> Worlds:
    """Evaluate under every combination of readings that something rests on.

    A question on which no branch that was taken rests changes nothing; the others are multiplied out until no new one
    shows. `pinned` questions are read one way only.
    """
    worlds = Worlds(composition, columns)
    pinned = dict(pinned or {})
    live: list[str] = []
    while True:
        kept = _bounded(composition, [q for q in live if q not in pinned])
        worlds.left_out = [q for q in live if q not in kept and q not in pinned]
        combinations = list(product(*(composition.questions[q].readings for q in kept)))
        worlds.choices = [{**_first(composition), **pinned, **dict(zip(kept, c, strict=True))} for c in combinations]
        columns.choose(reading_inputs(composition, worlds.choices))
        worlds.evaluation = evaluate(composition.program, columns, columns.shape, wanted, worlds.basis.bits())
        used = worlds.basis.named(_all_bits(worlds.evaluation.bits.values()), "reading")
        new = [q for q in used if q not in live]
        if not new:
            worlds.live = [q for q in kept if len(composition.questions[q].readings) > 1]
            return worlds
        live += new


def _first(composition: Composition) -> dict[str, str]:
    return {id: question.readings[0] for id, question in composition.questions.items()}


def _bounded(composition: Composition, live: list[str]) -> list[str]:
    kept: list[str] = []
    for question in live:
        if prod(len(composition.questions[q].readings) for q in [*kept, question]) <= MOST_COMBINATIONS:
            kept.append(question)
    return kept


def reading_inputs(composition: Composition, choices: Sequence[Mapping[str, str]]) -> dict[str, Array]:
    """The columns of the questions: one world for each choice of readings."""
    return {
        f"reading {id}": np.array([[question.readings.index(choice[id]) for choice in choices]], np.int64)
        for id, question in composition.questions.items()
    }


def _all_bits(bits: Iterable[Array]) -> int:
    out = 0
    for array in bits:
        out |= int(np.bitwise_or.reduce(array, axis=None)) if array.size else 0
    return out


def box(composition: Composition, assumed: Sequence[str]) -> list[tuple[int, ...]]:
    """The points of the box of what is assumed at which a figure is looked at, the values as taken first.

    Up to five terms: every combination of low, taken and high; up to eight: every corner; beyond, each term's ends
    alone, and all low and all high ends together.
    """
    terms = [composition.assumptions[id] for id in assumed]
    taken = tuple(term.value for term in terms)
    if len(terms) <= 5:
        points = product(*(dict.fromkeys((t.value, t.low, t.high)) for t in terms))
    elif len(terms) <= 8:
        points = product(*((t.low, t.high) for t in terms))
    else:
        ends = [(i, end) for i, term in enumerate(terms) for end in (term.low, term.high)]
        alone = [tuple(end if i == j else v for j, v in enumerate(taken)) for i, end in ends]
        points = iter([tuple(t.low for t in terms), tuple(t.high for t in terms), *alone])
    return list(dict.fromkeys([taken, *points]))


@dataclass(frozen=True)
class Spread:
    """The record at every point of the box of what is assumed: the worlds are choice by choice, points within.

    points  at each point the values of the assumed terms; those that are taken come first
    """

    points: list[tuple[int, ...]]
    evaluation: Evaluation

    def worlds(self, number: int) -> range:
        """The worlds of the choice of that number."""
        return range(number * len(self.points), (number + 1) * len(self.points))

    def of(self, formula: Formula, row: int, number: int) -> list[int]:
        """The values of a row at all points, under one choice."""
        values = self.evaluation.values[formula.index]
        return [at(values, row, world) for world in self.worlds(number)]


def evaluate_box(
    composition: Composition,
    columns: Columns,
    choices: Sequence[Mapping[str, str]],
    assumed: Sequence[str],
    wanted: Iterable[int],
    basis: Mapping[str, int] | None = None,
) -> Spread:
    """Evaluate each choice of readings at every point of the box; with `basis` the bits are carried along."""
    points = box(composition, assumed)
    inputs = reading_inputs(composition, [choice for choice in choices for _ in points])
    for number, id in enumerate(assumed):
        inputs[f"term {id}"] = np.array([[point[number] for point in points] * len(choices)], np.int64)
    columns.choose(inputs)
    return Spread(points, evaluate(composition.program, columns, columns.shape, wanted, basis))


def moved_by(points: Sequence[tuple[int, ...]], values: Sequence[object]) -> list[bool]:
    """For each coordinate, whether two points that differ in it alone have different values."""
    out: list[bool] = []
    for number in range(len(points[0])):
        groups: dict[tuple[int, ...], set[object]] = {}
        for point, value in zip(points, values, strict=True):
            groups.setdefault(point[:number] + point[number + 1 :], set()).add(value)
        out.append(any(len(found) > 1 for found in groups.values()))
    return out
