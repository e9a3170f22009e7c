"""Which worlds a question about the record needs: the readings that matter, and the corners of what is assumed.

Knows questions, assumptions and the bits that an evaluation carries. Does not know what figures mean.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, product
from math import prod

import numpy as np

from adidem.kernel.composition import Composition
from adidem.kernel.engine import Evaluation, evaluate
from adidem.kernel.formula import Formula
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns

MOST_COMBINATIONS = 1024
_MOST_BITS = 60
_MOST_READINGS = 16


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
    pinned    questions that are read one way only, as was asked
    decided   questions of which it is told how they are read; the others are left open, for they change nothing at the
              values as taken
    """

    composition: Composition
    columns: Columns
    evaluation: Evaluation = field(default_factory=Evaluation)
    live: list[str] = field(default_factory=list[str])
    choices: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    left_out: list[str] = field(default_factory=list[str])
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])
    decided: Collection[str] = ()

    @property
    def basis(self) -> Basis:
        """Which bit is whose."""
        return Basis.of(self.composition)

    @property
    def left_open(self) -> int:
        """The bits of the questions that may change something at other values of what is assumed."""
        bits = self.basis.bits()
        names = [id for id in self.live if id not in self.decided] if self.composition.assumptions else []
        return sum({bits[f"reading {id}"] for id in names})

    def wider(self, box: "Box", on: int) -> "Box":
        """The box, and in it all terms whose bits are set, and all such questions that are left open."""
        terms, questions = self.basis.named(on, "term"), self.basis.named(on, "reading")
        left_open = (id for id in questions if id not in self.decided)
        return Box.of(self.composition, (*box.terms, *terms), (*box.questions, *left_open))


def explore(
    composition: Composition, columns: Columns, wanted: Sequence[int], pinned: Mapping[str, str] | None = None
) -> Worlds:
    """Evaluate under every combination of readings that something rests on.

    A question on which no branch that was taken rests changes nothing; the others are multiplied out until no new one
    shows. `pinned` questions are read one way only.
    """
    pinned = dict(pinned or {})
    worlds = Worlds(composition, columns, pinned=pinned)
    live: list[str] = []
    while True:
        kept = _bounded(composition, [q for q in live if q not in pinned])
        worlds.left_out = [q for q in live if q not in kept and q not in pinned]
        combinations = list(product(*(composition.questions[q].readings for q in kept)))
        worlds.choices = [{**_first(composition), **pinned, **dict(zip(kept, c, strict=True))} for c in combinations]
        columns.choose(reading_inputs(composition, worlds.choices))
        worlds.evaluation = evaluate(composition.program, columns, columns.shape, wanted, worlds.basis.bits())
        used = worlds.basis.named(bits_of(worlds.evaluation), "reading")
        new = [q for q in used if q not in live]
        if not new:
            worlds.live = [q for q in kept if len(composition.questions[q].readings) > 1]
            worlds.decided = {*pinned, *worlds.left_out, *worlds.live}
            return worlds
        live = [q for q in composition.questions if q in live or q in new]


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


def bits_of(evaluation: Evaluation) -> int:
    """The bits of all that anything in an evaluation rests on."""
    on = 0
    for array in evaluation.bits.values():
        on |= int(np.bitwise_or.reduce(array, axis=None)) if array.size else 0
    return on


@dataclass(frozen=True)
class Box:
    """The assumed terms, and the questions left open, at all values and readings of which something is looked at.

    A question is left open whose readings give the same at the values as taken: at others they may not.
    """

    terms: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @classmethod
    def of(cls, composition: Composition, terms: Iterable[str], questions: Iterable[str]) -> "Box":
        """Those named, in the order in which the documents say them."""
        terms, questions = set(terms), set(questions)
        return cls(
            tuple(id for id in composition.assumptions if id in terms),
            tuple(id for id in composition.questions if id in questions),
        )

    def points(self, composition: Composition) -> list[tuple[int, ...]]:
        """The points at which it is looked at: the values of the terms, then the places of the readings; the values as
        taken and the first readings first.

        Up to five terms: every combination of low, taken and high; up to eight: every corner; beyond, each term's ends
        alone, and all low and all high ends together. Of readings every combination, up to sixteen; beyond, each other
        reading alone.
        """
        terms = [composition.assumptions[id] for id in self.terms]
        taken = tuple(term.value for term in terms)
        ends = [(term.low, term.high) for term in terms]
        if len(terms) <= 5:
            values = product(*(dict.fromkeys((t.value, t.low, t.high)) for t in terms))
        elif len(terms) <= 8:
            values = product(*ends)
        else:
            values = iter([*zip(*ends, strict=True), *_alone(taken, ends)])
        places = [range(len(composition.questions[id].readings)) for id in self.questions]
        first = (0,) * len(places)
        readings = (
            product(*places)
            if prod(map(len, places)) <= _MOST_READINGS
            else [first, *_alone(first, [each[1:] for each in places])]
        )
        distinct = dict.fromkeys([taken, *values])
        return [(*value, *reading) for reading in readings for value in distinct]

    def inputs(self, points: Sequence[tuple[int, ...]], times: int) -> dict[str, Array]:
        """The columns of its terms and questions: one world for each point, and all of them so many times."""
        names = (*(f"term {id}" for id in self.terms), *(f"reading {id}" for id in self.questions))
        return {
            name: np.array([[point[number] for point in points] * times], np.int64) for number, name in enumerate(names)
        }


def _alone(taken: tuple[int, ...], others: Sequence[Iterable[int]]) -> Iterator[tuple[int, ...]]:
    """Each of them alone at each of its other values."""
    for number, each in enumerate(others):
        for other in each:
            yield (*taken[:number], other, *taken[number + 1 :])


@dataclass(frozen=True)
class Spread:
    """The record at every point of a box: the worlds are choice by choice, points within.

    points  those of the box; the values as taken, and the first readings, come first
    """

    box: Box
    points: list[tuple[int, ...]]
    evaluation: Evaluation

    def worlds(self, number: int) -> range:
        """The worlds of the choice of that number."""
        return range(number * len(self.points), (number + 1) * len(self.points))

    def of(self, formula: Formula, row: int, number: int) -> list[int]:
        """The values of a row at all points, under one choice."""
        values = self.evaluation.values[formula.index]
        return [at(values, row, world) for world in self.worlds(number)]

    def bits(self, formulas: Iterable[Formula], row: int, number: int) -> int:
        """The bits of all that a row rests on at any point, under one choice."""
        on, worlds = 0, self.worlds(number)
        for formula in formulas:
            bits = self.evaluation.bits[formula.index]
            one = bits[min(row, len(bits) - 1)]
            on |= int(np.bitwise_or.reduce(one[worlds.start : worlds.stop] if len(one) > 1 else one))
        return on

    def moved_by(self, values: Sequence[object]) -> Box:
        """The terms and questions in one of which alone two points differ that have different values.

        values  at each point, under one choice
        """
        moved: list[bool] = []
        for number in range(len(self.box.terms) + len(self.box.questions)):
            groups: dict[tuple[int, ...], set[object]] = {}
            for point, value in zip(self.points, values, strict=True):
                groups.setdefault(point[:number] + point[number + 1 :], set()).add(value)
            moved.append(any(len(found) > 1 for found in groups.values()))
        terms, questions = moved[: len(self.box.terms)], moved[len(self.box.terms) :]
        return Box(tuple(compress(self.box.terms, terms)), tuple(compress(self.box.questions, questions)))


def evaluate_box(
    composition: Composition,
    columns: Columns,
    choices: Sequence[Mapping[str, str]],
    box: Box,
    wanted: Iterable[int],
    basis: Mapping[str, int] | None = None,
) -> Spread:
    """Evaluate each choice of readings at every point of the box; with `basis` the bits are carried along."""
    points = box.points(composition)
    inputs = reading_inputs(composition, [choice for choice in choices for _ in points])
    columns.choose(inputs | box.inputs(points, len(choices)))
    return Spread(box, points, evaluate(composition.program, columns, columns.shape, wanted, basis))


def spread_of(
    worlds: Worlds,
    choices: Sequence[Mapping[str, str]],
    wanted: Collection[int],
    on: int,
    rests: Callable[[Spread], int],
) -> Spread:
    """Each choice at every point of the box of what is rested on, at any of its points.

    on     the bits of what is rested on at the values as taken
    rests  the bits of what is rested on at any point of a box
    """
    box, bits = worlds.wider(Box(), on), worlds.basis.bits()
    while True:
        spread = evaluate_box(worlds.composition, worlds.columns, choices, box, wanted, bits)
        wider = worlds.wider(box, rests(spread))
        if wider == box:
            return spread
        box = wider
