"""How far each figure may be off, and which terms and questions move it: the program again at other values.

Knows figures, the box of what is assumed, and readings. Does not know how figures are read out of an evaluation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adidem.findings.worlds import Worlds, box, evaluate_box, moved_by
from adidem.kernel.composition import Composition
from adidem.kernel.engine import Evaluation
from adidem.kernel.formula import Formula
from adidem.kernel.quantity import Array
from adidem.kernel.transfer import Leg
from adidem.records.columns import Columns

if TYPE_CHECKING:
    from adidem.findings.outcome import Figure, Result

Choice = Mapping[str, str]
Read = Callable[[Composition, Columns, Evaluation, Sequence[Choice]], "list[dict[str, Figure]]"]
"""How the figures of every world are read out of an evaluation, by their ids."""


def at(array: Array, row: int, world: int) -> int:
    """The value of a row in a world; what has one row or one world has it everywhere."""
    return int(array[min(row, len(array) - 1), min(world, array.shape[1] - 1)])


def ranges_of(composition: Composition, columns: Columns, worlds: Worlds, results: "list[Result]") -> None:
    """Give every figure its range over what is assumed, and keep of what it rests on only what moves it."""
    groups: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, result in enumerate(results):
        for place, figure in enumerate(result.figures):
            if figure.rests_on and figure.transfer.clause not in touched(composition):
                groups.setdefault(figure.rests_on, []).append((number, place))
    choices = [worlds.choices[result.world] for result in results]
    for assumed, places in groups.items():
        legs = {id(f.leg): f.leg for f in (results[n].figures[p] for n, p in places)}.values()
        nodes = [f.index for leg in legs for f in (leg.amount, leg.due, leg.provisional) if f is not None]
        points = box(composition, assumed)
        out = evaluate_box(composition, columns, choices, assumed, nodes)
        for number, place in places:
            figure = results[number].figures[place]
            seen = [
                tuple(at(out.values[f.index], figure.row, number * len(points) + i) for f in _parts(figure.leg))
                for i in range(len(points))
            ]
            amounts = [values[0] for values in seen]
            kept = tuple(id for id, moves in zip(assumed, moved_by(points, seen), strict=True) if moves)
            results[number].figures[place] = replace(figure, rests_on=kept, low=min(amounts), high=max(amounts))


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
    out = evaluate_box(composition, columns, [*choices, *(choice for _, _, choice in others)], [], nodes)
    for number, result in enumerate(results):
        for place, figure in enumerate(result.figures):
            if figure.transfer.clause in apart:
                continue
            seen = (
                [[at(out.values[p.index], figure.row, number) for p in _parts(figure.leg)]] if figure.questions else []
            )
            moving = {
                question
                for world, (base, question, _) in enumerate(others, len(choices))
                if base == number and question in figure.questions
                if [at(out.values[p.index], figure.row, world) for p in _parts(figure.leg)] not in seen
            }
            result.figures[place] = replace(figure, questions=tuple(q for q in figure.questions if q in moving))


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
    found = read(composition, columns, evaluate_box(composition, columns, choices, assumed, wanted), spread)
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
        read(composition, columns, evaluate_box(composition, columns, asked, [], wanted), asked) if asked else []
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
        amounts = [amount for amount, _, _ in seen]
        questions = tuple(question for question in names if question in moving)
        results[number].figures[place] = replace(
            figure, rests_on=kept, questions=questions, low=min(amounts), high=max(amounts)
        )


def _seen(figure: "Figure | None") -> tuple[int, int, bool]:
    """What a figure shows of itself; nothing where there is none."""
    if figure is None:
        return 0, 0, False
    return figure.transfer.amount_minor, figure.transfer.due, figure.transfer.provisional
