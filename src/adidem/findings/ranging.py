"""How far each figure may be off and each norm's state may be another, and which terms and questions move it: the
program again at other values.

Knows figures, standings, the box of what is assumed, and readings. Does not know how figures are read out of an
evaluation.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from adidem.findings.figure import Figure
from adidem.findings.standing import Life, Standing
from adidem.findings.worlds import Box, Spread, Worlds, at, evaluate_box
from adidem.kernel.composition import Composition
from adidem.kernel.engine import Evaluation
from adidem.kernel.formula import Formula
from adidem.kernel.norm import STATES, Norm
from adidem.kernel.transfer import Leg
from adidem.records.columns import Columns

if TYPE_CHECKING:
    from adidem.findings.outcome import Result

Choice = Mapping[str, str]
Read = Callable[[Composition, Columns, Evaluation, Sequence[Choice]], list[dict[str, Figure]]]
"""How the figures of every world are read out of an evaluation, by their ids."""


def ranges_of(worlds: Worlds, results: "list[Result]") -> None:
    """Give every figure, and every state of a norm, its range over what is assumed and left open; keep of what it rests
    on only what moves it.

    At another value of one term a branch may be taken that rests on further terms and questions: these join the box.
    """
    composition, columns = worlds.composition, worlds.columns
    waiting = [*_places(worlds, results)]
    while waiting:
        groups: dict[Box, list[_Place]] = {}
        for place in waiting:
            groups.setdefault(place.box, []).append(place)
        waiting = []
        for box, places in groups.items():
            numbers = list(dict.fromkeys(place.number for place in places))
            choices = [worlds.choices[results[number].world] for number in numbers]
            nodes = {formula.index for place in places for formula in place.formulas}
            spread = evaluate_box(composition, columns, choices, box, nodes, worlds.basis.bits())
            seen = _Seen(spread, columns.as_of.occurred)
            for place in places:
                choice = numbers.index(place.number)
                on = spread.bits(place.formulas, place.row, choice)
                place.box = worlds.wider(box, on)
                if place.box == box:
                    place.settle(seen, choice)
                else:
                    waiting.append(place)


@dataclass
class _Place:
    """Where a result holds a figure or a standing, and the box over which it is looked at."""

    number: int
    held: list[Figure] | list[Standing]
    index: int
    box: Box = field(default_factory=Box)

    @property
    def row(self) -> int:
        return self.held[self.index].row

    @property
    def formulas(self) -> Sequence[Formula]:
        each = self.held[self.index]
        return each.norm.dates.formulas if isinstance(each, Standing) else _parts(each.leg)

    def settle(self, seen: "_Seen", choice: int) -> None:
        """Write down what was seen."""
        each = self.held[self.index]
        found = seen.standing(each, choice) if isinstance(each, Standing) else seen.figure(each, choice)
        moved = seen.spread.moved_by(found)
        if isinstance(each, Standing):
            states = tuple(dict.fromkeys(STATES[code] for code, _ in found))
            dues = [due for _, due in found]
            each = replace(each, rests_on=moved.terms, states=states, dues=(min(dues), max(dues)))
        else:
            amounts, dues, *_ = zip(*found, strict=True)
            each = _ranged(each, moved, amounts, dues)
        self.held[self.index] = each  # type: ignore[assignment, call-overload]


def _ranged(figure: Figure, moved: Box, amounts: Sequence[int], dues: Sequence[int]) -> Figure:
    """The figure with its range, and with the questions too that move it at other values of what is assumed."""
    questions = tuple(dict.fromkeys([*figure.questions, *moved.questions]))
    low, high, due = min(amounts), max(amounts), (min(dues), max(dues))
    return replace(figure, rests_on=moved.terms, questions=questions, low=low, high=high, dues=due)


def _places(worlds: Worlds, results: "list[Result]") -> Iterator[_Place]:
    """What rests on an assumed term, or on a question that is left open, at the values as taken."""
    apart, left_open, bits = touched(worlds.composition), worlds.left_open, worlds.evaluation.bits
    for number, result in enumerate(results):
        figures = (result.figures, result.possible.figures)
        for held in (*figures, result.obligations, result.possible.standings):
            for index, each in enumerate(held):
                if isinstance(each, Figure) and each.transfer.clause in apart:
                    continue
                if each.rests_on or left_open:
                    place = _Place(number, held, index)
                    on = reduce(or_, (at(bits[formula.index], each.row, result.world) for formula in place.formulas), 0)
                    if each.rests_on or on & left_open:
                        place.box = worlds.wider(place.box, on)
                        yield place


class _Seen:
    """What a spread shows of figures and of norms."""

    def __init__(self, spread: Spread, as_of: int):
        self.spread, self.as_of = spread, as_of
        self.lives: dict[int, Life] = {}

    def figure(self, figure: Figure, choice: int) -> list[tuple[int, ...]]:
        """The amount, the due day and whether it is provisional, at every point."""
        return list(zip(*(self.spread.of(f, figure.row, choice) for f in _parts(figure.leg)), strict=True))

    def standing(self, standing: Standing, choice: int) -> list[tuple[int, ...]]:
        """The state's code and the due day, at every point."""
        return self._life(standing.norm).seen(standing.row, self.spread.worlds(choice))

    def _life(self, norm: Norm) -> Life:
        if id(norm) not in self.lives:
            self.lives[id(norm)] = Life.of(norm, self.spread.evaluation.values, self.as_of)
        return self.lives[id(norm)]


def disputed(worlds: Worlds, results: "list[Result]") -> None:
    """Keep of the questions of every figure those of which another reading alone would move it."""
    composition, columns = worlds.composition, worlds.columns
    names = dict.fromkeys(q for result in results for figure in result.figures for q in figure.questions)
    apart = touched(composition)
    if not names:
        return
    choices = [worlds.choices[result.world] for result in results]
    others = _others(composition, choices, names)
    legs = {id(figure.leg): figure.leg for result in results for figure in result.figures if figure.questions}.values()
    nodes = [part.index for leg in legs for part in _parts(leg)]
    out = evaluate_box(composition, columns, [*choices, *(choice for _, _, choice in others)], Box(), nodes).evaluation
    read: dict[tuple[int, str], list[int]] = {}
    for world, (number, question, _) in enumerate(others, len(choices)):
        read.setdefault((number, question), []).append(world)
    for number, result in enumerate(results):
        for place, figure in enumerate(result.figures):
            if figure.questions and figure.transfer.clause not in apart:
                values = [out.values[part.index] for part in _parts(figure.leg)]
                now = [at(each, figure.row, number) for each in values]
                kept = tuple(
                    question
                    for question in figure.questions
                    if any(now != [at(each, figure.row, world) for each in values] for world in read[number, question])
                )
                result.figures[place] = replace(figure, questions=kept)


def _others(composition: Composition, choices: Sequence[Choice], names: Iterable[str]) -> list[tuple[int, str, Choice]]:
    """Each choice by its number with one of the questions read otherwise, and that question."""
    return [
        (number, question, {**choice, question: reading})
        for number, choice in enumerate(choices)
        for question in names
        for reading in composition.questions[question].readings
        if reading != choice[question]
    ]


def _parts(leg: Leg) -> list[Formula]:
    return [formula for formula in (leg.amount, leg.due, leg.provisional) if formula is not None]


def touched(composition: Composition) -> frozenset[str]:
    """The clauses whose figures are netted or bear interest, and those that say so."""
    rules = (*composition.nettings, *composition.late)
    return frozenset({name for rule in rules for name in rule.clauses} | {rule.text.id for rule in rules})


def reread(worlds: Worlds, results: "list[Result]", wanted: Sequence[int], read: Read) -> None:
    """The same for figures that clauses of netting or late interest touch: whoever pays what, and when, moves them too,
    so that all figures are read anew at every point.
    """
    composition, columns = worlds.composition, worlds.columns
    apart = touched(composition)
    places = [
        (number, place)
        for number, result in enumerate(results)
        for place, figure in enumerate(result.figures)
        if figure.transfer.clause in apart and (figure.rests_on or figure.questions)
    ]
    if not places:
        return
    figures = [results[number].figures[place] for number, place in places]
    choices = [worlds.choices[result.world] for result in results]
    spread, found = _read_over(worlds, choices, figures, wanted, read)
    names = list(dict.fromkeys(question for figure in figures for question in figure.questions))
    others = _others(composition, choices, names)
    asked = [choice for _, _, choice in others]
    otherwise = (
        read(composition, columns, evaluate_box(composition, columns, asked, Box(), wanted).evaluation, asked)
        if asked
        else []
    )
    for number, place in places:
        figure = results[number].figures[place]
        id, now = figure.transfer.id, _seen(figure)
        seen = [_seen(found[world].get(id)) for world in spread.worlds(number)]
        moving = {
            question
            for (base, question, _), world in zip(others, otherwise, strict=True)
            if base == number and _seen(world.get(id)) != now
        }
        figure = replace(figure, questions=tuple(question for question in names if question in moving))
        amounts, dues = [amount for amount, _, _ in seen], [due for amount, due, _ in seen if amount]
        results[number].figures[place] = _ranged(figure, spread.moved_by(seen), amounts, dues)


def _read_over(
    worlds: Worlds,
    choices: Sequence[Choice],
    figures: Iterable[Figure],
    wanted: Sequence[int],
    read: Read,
) -> tuple[Spread, list[dict[str, Figure]]]:
    """All figures, at every point of the box of what some of them rest on at any of its points."""
    composition, columns = worlds.composition, worlds.columns
    ids = {figure.transfer.id for figure in figures}
    box = _wider(worlds, Box(), figures)
    while True:
        spread = evaluate_box(composition, columns, choices, box, wanted, worlds.basis.bits())
        found = read(composition, columns, spread.evaluation, [choice for choice in choices for _ in spread.points])
        wider = _wider(worlds, box, (world[id] for world in found for id in ids & world.keys()))
        if wider == box:
            return spread, found
        box = wider


def _wider(worlds: Worlds, box: Box, figures: Iterable[Figure]) -> Box:
    """The box with what the figures rest on too."""
    terms, questions = {*box.terms}, {*box.questions}
    for figure in figures:
        terms.update(figure.rests_on)
        questions.update(set(figure.questions).difference(worlds.decided))
    return Box.of(worlds.composition, terms, questions)


def _seen(figure: Figure | None) -> tuple[int, int, bool]:
    """What a figure shows of itself; nothing where there is none."""
    if figure is None:
        return 0, 0, False
    return figure.transfer.amount_minor, figure.transfer.due, figure.transfer.provisional
