"""What sampled worlds came to, as plain data: totals, positions, months, states, readings, and how sure each is.

Knows counted futures. Does not know terminals, files or how worlds are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adidem.desk.simulating.futures import Future
from adidem.desk.workspace import hash_of, hashes
from adidem.findings.futures import Futures
from adidem.findings.measures import PaymentStream
from adidem.findings.setting import Readings
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.quantity import Array
from adidem.worlds.histogram import Binned
from adidem.worlds.mixture import bounds_of_mean, bounds_of_quantile, feasible
from adidem.worlds.outlook import Scenario
from adidem.worlds.quantile import exceedance, quantile
from adidem.worlds.tally import ALL

QUANTILES = (0.05, 0.1, 0.5, 0.9, 0.95)
WHOLE = "all"
"""The name under which all scenarios stand together, by their probabilities."""

TOO_LARGE = "a figure is too large to be kept exactly"


@dataclass(frozen=True)
class Sample:
    """The values of one figure under one set of readings, by scenario and in all; ascending.

    by_scenario  [scenarios] of [worlds]
    """

    by_scenario: list[Array]
    whole: Array

    def of(self, scenario: int) -> Array:
        """Those of a scenario, or of all."""
        return self.whole if scenario == ALL else self.by_scenario[scenario]


def forecast_view(future: Future, futures: Futures) -> dict[str, Any]:
    """The JSON of `simulate`."""
    setting, counts = futures.setting, futures.counts
    measures, outlook = setting.measures, setting.outlook
    samples = [
        [_sample(futures, number, figure) for figure in range(measures.figures)] for number in range(len(counts))
    ]
    return {
        "agreement": setting.composition.agreement.title,
        "worlds": futures.worlds,
        "set_apart": _set_apart(future, futures),
        "starts": show_day(outlook.starts),
        "until": show_day(outlook.until),
        "currency": setting.composition.currency(),
        "seed": setting.seed,
        "readings": [told(setting.sets, number) for number in range(len(counts))],
        "scenarios": [_scenario(one) for one in setting.scenarios],
        "totals": [line for number in range(len(counts)) for line in _totals(futures, samples, number)],
        "positions": [line for number in range(len(counts)) for line in _positions(futures, samples, number)],
        "months": [line for number in range(len(counts)) for line in _months(futures, number)],
        "states": [line for number in range(len(counts)) for line in _states(futures, number)],
        "differences": [line for number in range(1, len(counts)) for line in _differences(futures, number)],
        "rests_on": sorted(setting.composition.assumptions),
        "receipt": receipt(future, futures.worlds),
    }


def _set_apart(future: Future, futures: Futures) -> dict[str, Any]:
    """The worlds that count nowhere, the first of them by number, and what went wrong in each of these."""
    first = futures.counts[0].apart.first
    reasons: dict[str, list[int]] = {}
    for world in first:
        for reason in future.set_apart(world) or [TOO_LARGE]:
            reasons.setdefault(reason, []).append(world)
    return {
        "worlds": futures.counts[0].apart.count,
        "first": list(first),
        "reasons": [{"reason": reason, "first": worlds} for reason, worlds in reasons.items()],
        "worlds_by_readings": [count.apart.count for count in futures.counts],
    }


def told(sets: tuple[Readings, ...], number: int) -> dict[str, Any]:
    """A set of readings, by name: what it reads otherwise than the first set."""
    other = {q: r for q, r in sets[number].items() if sets[0].get(q) != r}
    name = ", ".join(f"{q}={r}" for q, r in other.items()) or "as first read"
    return {"name": name, "readings": sets[number]}


def _sample(futures: Futures, number: int, figure: int) -> Sample:
    scenarios = max(1, len(futures.setting.scenarios))
    parts = futures.spills[number].ordered_by_scenario(figure, scenarios)
    whole = parts[0] if scenarios == 1 else np.sort(np.concatenate(parts), kind="stable")
    return Sample(parts, whole)


def _scenario(scenario: Scenario) -> dict[str, Any]:
    probability = scenario.probability
    return {
        "name": scenario.name,
        "partition": scenario.partition,
        "probability": probability.value,
        "probability_low": probability.low,
        "probability_high": probability.high,
        "basis": probability.term.basis,
        "source": probability.term.source,
        "resolves": scenario.resolves,
    }


def _rows(futures: Futures) -> Iterator[tuple[int, str]]:
    """The rows of a tally with their names: all scenarios together first."""
    yield ALL, WHOLE
    for number, scenario in enumerate(futures.setting.scenarios):
        yield number, scenario.name


def _totals(futures: Futures, samples: list[list[Sample]], number: int) -> Iterator[dict[str, Any]]:
    for figure, stream in enumerate(futures.setting.measures.streams):
        for row, name in _rows(futures):
            line = {**_stream(stream), "scenario": name, "readings": number}
            yield line | _spread(futures, samples[number][figure], number, figure, row)


def _stream(stream: PaymentStream) -> dict[str, Any]:
    return {"payer": stream.payer, "payee": stream.payee, "clause": stream.clause, "currency": stream.legs[0].currency}


def _positions(futures: Futures, samples: list[list[Sample]], number: int) -> Iterator[dict[str, Any]]:
    """What each party is left with in all, and how much it may lose."""
    measures = futures.setting.measures
    for place, party in enumerate(measures.parties):
        figure = len(measures.streams) + place
        for row, name in _rows(futures):
            sample = samples[number][figure]
            line = {"party": party, "scenario": name, "readings": number}
            line |= _spread(futures, sample, number, figure, row)
            lost = exceedance(-sample.of(row)[::-1])
            if lost is not None:
                line["loss"] = {
                    "expected_minor": round(lost.expected),
                    "worst_minor": lost.worst_minor,
                    "probability": lost.any,
                    "exceedance": [[amount, share] for amount, share in lost.curve],
                }
            yield line


def _spread(futures: Futures, sample: Sample, number: int, figure: int, row: int) -> dict[str, Any]:
    """Mean with its error, quantiles with theirs, and the bounds over all mixtures where probabilities are ranges."""
    moments, ordered = futures.counts[number].totals, sample.of(row)
    mean, error = moments.mean(figure, row), moments.standard_error(figure, row)
    line: dict[str, Any] = {
        "mean_minor": round(mean) if mean is not None else None,
        "standard_error_minor": round(error) if error is not None else None,
    }
    too_few: list[str] = []
    for p in QUANTILES:
        found, name = quantile(ordered, p), f"p{round(p * 100):02d}"
        line[f"{name}_minor"] = found.amount_minor if found is not None else None
        if found is not None:
            line[f"{name}_error_minor"] = found.standard_error_minor
        if found is None or not found.enough:
            too_few.append(name)
    line["not_enough_worlds_for"] = too_few
    if row == ALL:
        line |= _bounds(futures, sample, number, figure)
    return line


def _bounds(futures: Futures, sample: Sample, number: int, figure: int) -> dict[str, Any]:
    lows, highs = _probabilities(futures)
    if lows == highs or not all(len(part) for part in sample.by_scenario) or not feasible(lows, highs):
        return {}
    means = [futures.counts[number].totals.mean(figure, row) or 0 for row in range(len(lows))]
    low, high = bounds_of_mean(means, lows, highs)
    middle = bounds_of_quantile(sample.by_scenario, 0.5, lows, highs)
    assert middle is not None, "a scenario without worlds"
    return {
        "mean_low_minor": round(low),
        "mean_high_minor": round(high),
        "p50_low_minor": middle[0],
        "p50_high_minor": middle[1],
    }


def _months(futures: Futures, number: int) -> Iterator[dict[str, Any]]:
    """Every stream month by month; the quantiles are known to within the bin that each is counted in."""
    measures, histogram = futures.setting.measures, futures.counts[number].periods
    for figure, stream in enumerate(measures.streams):
        for row, name in _rows(futures):
            for period, last in enumerate(measures.closes.tolist()):
                found = {p: histogram.quantile(figure, period, p, row) for p in QUANTILES}
                if any(each is not None and (each.amount_minor or each.error_minor) for each in found.values()):
                    line = {**_stream(stream), "scenario": name, "readings": number, "month": show_day(last)[:7]}
                    yield line | _binned(found)


def _binned(found: dict[float, Binned | None]) -> dict[str, Any]:
    """The quantiles of one month, each with half the width of its bin."""
    line: dict[str, Any] = {}
    for p, each in found.items():
        if each is not None:
            name = f"p{round(p * 100):02d}"
            line |= {f"{name}_minor": each.amount_minor, f"{name}_error_minor": each.error_minor}
    return line


def _states(futures: Futures, number: int) -> Iterator[dict[str, Any]]:
    states = futures.counts[number].states
    for place, state in enumerate(futures.setting.measures.states):
        for row, name in _rows(futures):
            first = states.periods_to_first(place, row)
            bounds = _bounds_of_state(futures, number, place) if row == ALL else {}
            yield bounds | {
                "name": state.name,
                "clause": state.clause,
                "scenario": name,
                "readings": number,
                "probability": states.probability(place, row),
                "standard_error": states.standard_error(place, row),
                "probability_ever": states.probability_ever(place, row),
                "months_to_first_p50": first if first < NEVER else None,
                "probability_by_month": states.probabilities(place, row) if row == ALL else None,
            }


def _bounds_of_state(futures: Futures, number: int, place: int) -> dict[str, Any]:
    """Between what the probability at the end lies, as those of the scenarios lie in their ranges."""
    lows, highs, states = *_probabilities(futures), futures.counts[number].states
    shares = [states.probability(place, row) for row in range(len(lows))]
    known = [share for share in shares if share is not None]
    if lows == highs or len(known) < len(shares) or not feasible(lows, highs):
        return {}
    low, high = bounds_of_mean(known, lows, highs)
    return {"probability_low": float(low), "probability_high": float(high)}


def _probabilities(futures: Futures) -> tuple[list[float], list[float]]:
    """The lowest and the highest probability of each scenario."""
    scenarios = futures.setting.scenarios
    return [one.probability.low for one in scenarios], [one.probability.high for one in scenarios]


def _differences(futures: Futures, number: int) -> Iterator[dict[str, Any]]:
    """Against the first set of readings, world by world on the same draws."""
    count, measures = futures.counts[number], futures.setting.measures
    kept = max(1, count.totals.worlds[ALL])
    names = [_stream(stream) for stream in measures.streams] + [{"party": party} for party in measures.parties]
    for figure, name in enumerate(names):
        mean, error = count.differences.mean(figure), count.differences.standard_error(figure)
        yield {
            **name,
            "readings": number,
            "mean_minor": round(mean) if mean is not None else None,
            "standard_error_minor": round(error) if error is not None else None,
            "probability": int(count.differing[figure]) / kept,
        }


def receipt(future: Future, worlds: int) -> dict[str, Any]:
    """What the answer was made of: hashes of documents, outlook and ledger, the engine's version, seed and worlds."""
    from adidem import __version__

    setting = future.setting
    outlook = setting.outlook.document
    return {
        "documents": hashes(setting.composition.agreement),
        "outlook": hash_of(outlook.source) if outlook is not None else "",
        "ledger": future.workspace.ledger.digest,
        "engine": __version__,
        "seed": setting.seed,
        "worlds": worlds,
        "readings": list(setting.sets),
    }
