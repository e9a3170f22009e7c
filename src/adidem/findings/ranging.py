"""How far each figure may be off and each norm's state may be another, and which terms and questions move it: the
program again at other values.

Knows figures, standings, the box of what is assumed, and readings. Does not know how figures are read out of an
evaluation.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from adidem.findings.figure import Figure
from adidem.findings.standing import Life, Standing
from adidem.findings.worlds import Basis, Spread, Worlds, at, box, evaluate_box, moved_by
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


def ranges_of(composition: Composition, columns: Columns, worlds: Worlds, results: "list[Result]") -> None:
    """Give every figure, and every state of a norm, its range over what is assumed; keep of what it rests on only what
    moves it.

    At another value of one term a branch may be taken that rests on further terms: these join the box.
    """
    waiting = [*_places(results, touched(composition))]
    order = list(composition.assumptions)
    while waiting:
        groups: dict[tuple[str, ...], list[_Place]] = {}
        for place in waiting:
            groups.setdefault(place.assumed, []).append(place)
        waiting = []
        for assumed, places in groups.items():
            numbers = list(dict.fromkeys(place.number for place in places))
            choices = [worlds.choices[results[number].world] for number in numbers]
            nodes = {formula.index for place in places for formula in place.formulas}
            spread = evaluate_box(composition, columns, choices, assumed, nodes, worlds.basis.bits())
            seen = _Seen(spread, worlds.basis, columns.as_of.occurred)
            for place in places:
                choice = numbers.index(place.number)
                found = {*assumed, *seen.rests_on(place, choice)}
                if len(found) == len(assumed):
                    place.settle(seen, choice)
                else:
                    place.assumed = tuple(id for id in order if id in found)
                    waiting.append(place)


@dataclass
class _Place:
    """Where a result holds a figure or a standing, and the assumed terms that are to span its box."""

    number: int
    held: list[Figure] | list[Standing]
    index: int
    assumed: tuple[str, ...]

    @property
    def formulas(self) -> Sequence[Formula]:
        each = self.held[self.index]
        return each.norm.dates.formulas if isinstance(each, Standing) else _parts(each.leg)

    def settle(self, seen: "_Seen", choice: int) -> None:
        """Write down what was seen."""
        each = self.held[self.index]
        found = seen.standing(each, choice) if isinstance(each, Standing) else seen.figure(each, choice)
        moves = moved_by(seen.spread.points, found)
        rests_on = tuple(id for id, moved in zip(self.assumed, moves, strict=True) if moved)
        if isinstance(each, Standing):
            states = tuple(dict.fromkeys(STATES[code] for code, _ in found))
            dues = [due for _, due in found]
            each = replace(each, rests_on=rests_on, states=states, dues=(min(dues), max(dues)))
        else:
            amounts, dues, *_ = zip(*found, strict=True)
            each = replace(each, rests_on=rests_on, low=min(amounts), high=max(amounts), dues=(min(dues), max(dues)))
        self.held[self.index] = each  # type: ignore[assignment, call-overload]


def _places(results: "list[Result]", apart: frozenset[str]) -> Iterator[_Place]:
    for number, result in enumerate(results):
        for figures in (result.figures, result.possible.figures):
            for index, figure in enumerate(figures):
                if figure.rests_on and figure.transfer.clause not in apart:
                    yield _Place(number, figures, index, figure.rests_on)
        for standings in (result.obligations, result.possible.standings):
            for index, standing in enumerate(standings):
                if standing.rests_on:
                    yield _Place(number, standings, index, standing.rests_on)


class _Seen:
    """What a spread shows of figures and of norms."""

    def __init__(self, spread: Spread, basis: Basis, as_of: int):
        self.spread, self.basis, self.as_of = spread, basis, as_of
        self.lives: dict[int, Life] = {}

    def rests_on(self, place: _Place, choice: int) -> list[str]:
        """The assumed terms on which it rests at any point."""
        row, worlds, on = place.held[place.index].row, self.spread.worlds(choice), 0
        for formula in place.formulas:
            bits = self.spread.evaluation.bits[formula.index]
            one = bits[min(row, len(bits) - 1)]
            on |= int(np.bitwise_or.reduce(one[worlds.start : worlds.stop] if len(one) > 1 else one))
        return self.basis.named(on, "term")

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


def disputed(composition: Composition, columns: Columns, worlds: Worlds, results: "list[Result]") -> None:
    """Keep of the questions of every figure those of which another reading alone would move it."""
    names = dict.fromkeys(q for result in results for figure in result.figures for q in figure.questions)
    apart = touched(composition)
    if not names:
        return
    choices = [worlds.choices[result.world] for result in results]
    others = [
        (number, question, {**choice, question: reading})
        for number, choice in enumerate(choices)
        for question in names
        for reading in composition.questions[question].readings
        if reading != choice[question]
    ]
    legs = {id(figure.leg): figure.leg for result in results for figure in result.figures if figure.questions}.values()
    nodes = [part.index for leg in legs for part in _parts(leg)]
    out = evaluate_box(composition, columns, [*choices, *(choice for _, _, choice in others)], [], nodes).evaluation
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


def _parts(leg: Leg) -> list[Formula]:
    return [formula for formula in (leg.amount, leg.due, leg.provisional) if formula is not None]


def touched(composition: Composition) -> frozenset[str]:
    """The clauses whose figures are netted or bear interest, and those that say so."""
    rules = (*composition.nettings, *composition.late)
    return frozenset({name for rule in rules for name in rule.clauses} | {rule.text.id for rule in rules})


def reread(
    composition: Composition,
    columns: Columns,
    worlds: Worlds,
    results: "list[Result]",
    wanted: Sequence[int],
    read: Read,
) -> None:
    """The same for figures that clauses of netting or late interest touch: whoever pays what, and when, moves them too,
    so that all figures are read anew at every point.
    """
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
    assumed = tuple(dict.fromkeys(id for figure in figures for id in figure.rests_on))
    choices = [worlds.choices[result.world] for result in results]
    points = box(composition, assumed)
    spread = [choice for choice in choices for _ in points]
    found = read(composition, columns, evaluate_box(composition, columns, choices, assumed, wanted).evaluation, spread)
    names = list(dict.fromkeys(question for figure in figures for question in figure.questions))
    others = [
        (number, question, {**choice, question: reading})
        for number, choice in enumerate(choices)
        for question in names
        for reading in composition.questions[question].readings
        if reading != choice[question]
    ]
    asked = [choice for _, _, choice in others]
    otherwise = (
        read(composition, columns, evaluate_box(composition, columns, asked, [], wanted).evaluation, asked)
        if asked
        else []
    )
    for number, place in places:
        figure = results[number].figures[place]
        id = figure.transfer.id
        seen = [_seen(found[number * len(points) + i].get(id)) for i in range(len(points))]
        kept = tuple(name for name, moves in zip(assumed, moved_by(points, seen), strict=True) if moves)
        now = _seen(figure)
        moving = {
            question
            for (base, question, _), world in zip(others, otherwise, strict=True)
            if base == number and _seen(world.get(id)) != now
        }
        amounts, dues = [amount for amount, _, _ in seen], [due for amount, due, _ in seen if amount]
        questions = tuple(question for question in names if question in moving)
        results[number].figures[place] = replace(
            figure,
            rests_on=kept,
            questions=questions,
            low=min(amounts),
            high=max(amounts),
            dues=(min(dues), max(dues)),
        )


def _seen(figure: Figure | None) -> tuple[int, int, bool]:
    """What a figure shows of itself; nothing where there is none."""
    if figure is None:
        return 0, 0, False
    return figure.transfer.amount_minor, figure.transfer.due, figure.transfer.provisional
