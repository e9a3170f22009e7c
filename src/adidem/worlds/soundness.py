"""Whether what an outlook assumes can be: correlations, probabilities, and what a scenario makes of a parameter.

Knows matrices and sums. Does not know documents, drivers' paths or events.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from adidem.kernel.quantity import show_rate
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Value
from adidem.worlds.draft import Draft
from adidem.worlds.outlook import Correlation, Scenario, Source

_NEAR = 1e-9
"""How far below zero an eigenvalue may be by rounding alone."""


def correlated(draft: Draft, correlations: Sequence[Correlation], scenarios: Iterable[Scenario]) -> None:
    """No shocks can move together in every way. Problems: W106 a pair twice, or of one driver; numbers that together
    are no correlations, as they stand or in a scenario.
    """
    seen: dict[frozenset[str], Correlation] = {}
    for pair in correlations:
        first = seen.setdefault(frozenset((pair.one, pair.other)), pair)
        if pair.one == pair.other:
            sentence = f"the driver {pair.one} is named twice, and moves with itself anyway"
            draft.problem("W106", sentence, pair.span, "name two drivers")
        elif first is not pair:
            sentence = f"the correlation of {pair.one} and {pair.other} is told twice"
            see = [(first.span, "the first")] if first.span is not None else []
            draft.problem("W106", sentence, pair.span, "keep one of the two", see)
    pairs = [pair for pair in seen.values() if pair.one != pair.other]
    own = {pair.parameter: draft.parameters[pair.parameter].value for pair in pairs}
    if any(abs(value) > 1 for value in own.values()) or not _sound(draft, pairs, own, ""):
        return
    for scenario in scenarios:
        changed = {id: value for id, value in scenario.changes.items() if id in own}
        if changed:
            _sound(draft, pairs, {**own, **changed}, f" in the scenario {scenario.name}")


def _sound(draft: Draft, pairs: Sequence[Correlation], values: Mapping[str, float], where: str) -> bool:
    """Whether these numbers can be correlations; if not, the pair that most stands against the others is named."""
    matrix = _matrix(pairs, values)
    lowest, vectors = np.linalg.eigh(matrix) if pairs else (np.zeros(1), np.zeros((1, 1)))
    if lowest[0] >= -_NEAR:
        return True
    ids = _ids(pairs)
    direction = vectors[:, 0]
    # In the direction in which the variance would be negative each pair adds 2 × strength × its two components.
    adds = [
        2 * values[pair.parameter] * float(direction[ids.index(pair.one)] * direction[ids.index(pair.other)])
        for pair in pairs
    ]
    worst = pairs[int(np.argmin(adds))]
    sentence = f"{worst.one} and {worst.other} cannot be correlated so{where}, as strongly as the others are"
    room = _room(pairs, values, worst)
    mend = f"with the others as they are, write between {room[0]:.2f} and {room[1]:.2f}" if room else ""
    see = [(pair.span, f"{pair.one} and {pair.other}") for pair in pairs if pair is not worst and pair.span is not None]
    draft.problem("W106", sentence, worst.span, mend or "weaken the correlations of these drivers", see[:5])
    return False


def _ids(pairs: Sequence[Correlation]) -> list[str]:
    return list(dict.fromkeys(id for pair in pairs for id in (pair.one, pair.other)))


def _matrix(pairs: Sequence[Correlation], values: Mapping[str, float]) -> np.ndarray:
    """[drivers, drivers] The correlations, with 1 of each driver with itself."""
    ids = _ids(pairs)
    matrix = np.eye(len(ids))
    for pair in pairs:
        one, other = ids.index(pair.one), ids.index(pair.other)
        matrix[one, other] = matrix[other, one] = values[pair.parameter]
    return matrix


def _room(pairs: Sequence[Correlation], values: Mapping[str, float], worst: Correlation) -> tuple[float, float] | None:
    """Between what the strength of one pair may lie, with the others as they are, to hundredths; None where nowhere."""
    fit = [
        step / 100
        for step in range(-100, 101)
        if np.linalg.eigvalsh(_matrix(pairs, {**values, worst.parameter: step / 100}))[0] >= -_NEAR
    ]
    return (fit[0], fit[-1]) if fit else None


def partitioned(draft: Draft, scenarios: Sequence[Scenario]) -> None:
    """The scenarios of a partition are all there is. Problems: W107 their probabilities do not sum to 1.

    As each lies within its range, ranges of probabilities that sum to 1 always allow that sum.
    """
    parted: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        parted.setdefault(scenario.partition, []).append(scenario)
    for name, members in parted.items():
        terms = [scenario.probability.term for scenario in members]
        whole = sum((_exact(term.value) for term in terms), Fraction(0))
        if whole != 1:
            see = [(term.span, each.name) for each, term in zip(members, terms, strict=True) if term.span is not None]
            sentence = f"the probabilities of the partition {name} sum to {show_rate(whole)}"
            mend = "let them sum to 100 %, with a scenario for whatever else may come"
            draft.problem("W107", sentence, terms[-1].span, mend, see[:-1])


def _exact(value: Value) -> Fraction:
    return Fraction(value.value, value.unit.denominator) if isinstance(value, Quantity) else Fraction(0)


def changed(draft: Draft, scenarios: Iterable[Scenario], places: Mapping[tuple[str, str], Span | None]) -> None:
    """What a scenario makes of a parameter must be possible too. Problems: those of the parameter's bound."""
    for scenario in scenarios:
        for id, value in scenario.changes.items():
            bound = draft.bounds.get(id)
            if bound is not None and not bound.holds(value):
                draft.problem(bound.code, f"{id}: {bound.sentence}", places.get((scenario.name, id)), bound.mend)


def answered(draft: Draft, sources: Iterable[Source], scenarios: Sequence[Scenario]) -> None:
    """A record has one answer at most. Problems: W105 chances of an answer that sum to more than 1; W111 a latest day
    before the soonest; as they stand, or in a scenario.
    """
    cases = [("", {}), *((f" in the scenario {scenario.name}", scenario.changes) for scenario in scenarios)]
    for source in sources:
        for stage in source.stages:
            ids = [id for _, id in stage.chances]
            for where, changes in cases:
                if changes and not {*ids, *stage.within} & {*changes}:
                    continue
                values = {id: changes.get(id, draft.parameters[id].value) for id in (*ids, *filter(None, stage.within))}
                whole = sum((Fraction(values[id]).limit_denominator(10**9) for id in ids), Fraction(0))
                if whole > 1:
                    sentence = f"the chances of {source.id}.{stage.kind.name} sum to {show_rate(whole)}{where}"
                    draft.problem("W105", sentence, stage.span, "let them sum to at most 100 %")
                for soonest, latest in pairwise(stage.within) if all(stage.within) else ():
                    if values[latest] < values[soonest]:
                        sentence = f"the latest day of {source.id}.{stage.kind.name} is before the soonest{where}"
                        draft.problem("W111", sentence, stage.span, "write within: SOONEST to LATEST")
