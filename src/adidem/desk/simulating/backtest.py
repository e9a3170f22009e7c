"""The outlook of a workspace tried on the past: played from an earlier day, and scored against what happened since.

Knows workspaces, futures, the record and the criteria of scenarios. Does not know terminals.

Documents and events are those that were known on the earlier day. What the outlook assumes is not: its numbers are as
they were written, perhaps later, and the answer says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adidem.desk.event_line import said_at
from adidem.desk.simulating.discovery import asked_of, named
from adidem.desk.simulating.forecast import receipt
from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.simulating.outlook import read_outlook
from adidem.desk.workspace import Workspace
from adidem.findings.backtest import (
    PERIODS,
    WHOLE,
    Amount,
    Comparison,
    Course,
    OneSided,
    StateForecast,
    compared,
    foretold,
    recorded,
    resolved,
    size_bytes,
    supposed,
)
from adidem.findings.measures import Measures, State
from adidem.findings.points import Floats
from adidem.findings.scoring import Bands, Forecast, Score, Scores, claim, scores
from adidem.findings.varied import Sampled
from adidem.kernel.period import AsOf, add_months, show_day
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.records.values import UNBOUNDED
from adidem.worlds.expression import Apart, holds_of
from adidem.worlds.outlook import Outlook, Scenario

MOST_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Trial:
    """What is tried: from when, until when, in how many worlds, and which scenario is taken to have come.

    starts  None for the day that the outlook names
    until   None for the last day of the record
    """

    starts: int | None = None
    until: int | None = None
    worlds: int = 10_000
    seed: int = 1
    came: str = ""
    readings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Resolution:
    """A partition of scenarios beside the record: which criteria hold, and which scenario came.

    holds  scenario → whether its criteria hold; None where they stand in words alone
    came   None where no scenario came, or more than one
    """

    name: str
    scenarios: list[Scenario]
    holds: dict[str, bool | None]
    came: str | None
    told: bool

    @property
    def forecast(self) -> Forecast:
        """It as a forecast over its scenarios."""
        return resolved({one.name: one.probability.value for one in self.scenarios}, self.name, self.came)


def backtested(
    workspace: Workspace, trial: Trial, progress: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """The JSON of `backtest`.

    Problems: those of the outlook (W); D110 no such scenario; D113 too many worlds; D116 the outlook does not start
    on an earlier day; D117 the record ends before; W103 a criterion names what the record has not.
    """
    own = read_outlook(workspace)
    starts, until = _span(workspace, own, trial)
    _known(own, trial.came)
    played = future(workspace, Play(trial.seed, until, starts, trial.readings))
    _affordable(played, trial.worlds)
    now = AsOf(until, UNBOUNDED)
    record, before = recorded(*workspace.composed(now), starts, played.setting.sets[0]), _before(played)
    resolutions = list(_resolutions(workspace, own, record, trial.came))
    comparison = compared(foretold(played.setting, trial.worlds, progress), record, before)
    wider = compared(foretold(played.setting, trial.worlds, progress, True), record, before)
    return {
        **_view(played, own, comparison, resolutions, trial),
        "coverage": list(_coverages(comparison, wider)),
        "events_since": _since(workspace, now, starts),
        "changed": list(_changed(record, starts, until)),
        "receipt": receipt(played, trial.worlds) | {"record": workspace.ledger.digest},
    }


def _span(workspace: Workspace, own: Outlook, trial: Trial) -> tuple[int, int]:
    """The day after which worlds are sampled, and the last day that is compared."""
    starts = own.backtest_from if trial.starts is None else trial.starts
    if starts is None:
        mend = "type --from DATE, or write backtest_from: in the block of the family outlook"
        raise ProblemError([Problem("D116", "no day is named on which the outlook is tried", at="--from", mend=mend)])
    if starts > own.starts:
        sentence = f"the outlook starts after {show_day(own.starts)}, and is not tried from {show_day(starts)} on"
        raise ProblemError([Problem("D116", sentence, at="--from", mend="name that day or an earlier one")])
    last = min(workspace.last_day(), own.until)
    until = last if trial.until is None else trial.until
    if until > last:
        sentence = f"nothing is known of the days after {show_day(last)}, and {show_day(until)} is asked for"
        raise ProblemError([Problem("D117", sentence, at="--until", mend="name that day or an earlier one")])
    if until <= starts:
        sentence = f"nothing has happened from {show_day(starts)} to {show_day(until)} that could be compared"
        at = "--until" if trial.until is not None else "--from"
        raise ProblemError([Problem("D117", sentence, at=at, mend="name days that are further apart")])
    return starts, until


def _known(outlook: Outlook, came: str) -> None:
    names = [one.name for one in outlook.scenarios]
    if came and came not in names:
        mend = did_you_mean(came, names) if names else "leave it out: the outlook has no scenarios"
        raise ProblemError([Problem("D110", f"the outlook has no scenario {came}", at="--came", mend=mend)])


def _affordable(played: Future, worlds: int) -> None:
    size = size_bytes(played.setting, worlds)
    if size > MOST_BYTES:
        sentence = f"{worlds:,} worlds would take {size / 1e9:,.0f} GB of memory, month by month"
        mend = f"ask for at most {worlds * MOST_BYTES // size:,}"
        raise ProblemError([Problem("D113", sentence, at="--worlds", mend=mend)])


def _before(played: Future) -> Course:
    """The year before, as it was known when the outlook starts."""
    starts = played.setting.outlook.starts
    composition, columns = played.workspace.composed(AsOf(starts, UNBOUNDED))
    year = int(add_months(np.array([starts + 1]), np.array([-12]))[0]) - 1
    return recorded(composition, columns, max(year, int(columns.grid.cuts[0]) - 1), played.setting.sets[0])


# Scenarios


def _resolutions(workspace: Workspace, outlook: Outlook, record: Course, came: str) -> Iterator[Resolution]:
    """Each partition. A scenario has come if its criteria hold and those of no other do; or where one is told."""
    names = _names(workspace, record) if any(one.came_if for one in outlook.scenarios) else {}
    problems = [
        Problem("W103", f"no state or total of the record is called {name}", syntax.span, did_you_mean(name, names))
        for syntax in (one.came_if for one in outlook.scenarios)
        if syntax is not None
        for name in dict.fromkeys(asked_of(syntax))
        if name not in names
    ]
    if problems:
        raise ProblemError(problems)
    for partition, scenarios in outlook.partitions().items():
        holds = {one.name: _holds(one, names) for one in scenarios}
        held = [name for name, so in holds.items() if so]
        told = came in holds
        found = came if told else held[0] if len(held) == 1 else None
        yield Resolution(partition, scenarios, holds, found, told)


def _holds(scenario: Scenario, names: Mapping[str, Floats]) -> bool | None:
    if scenario.came_if is None:
        return None
    apart = Apart(1)
    holds = np.broadcast_to(holds_of(scenario.came_if, names, apart, scenario.name), (1, 1))
    return None if apart.reasons else bool(holds[0, 0])


def _names(workspace: Workspace, record: Course) -> dict[str, Floats]:
    """What a criterion may name. What no document has said by then, or what has ended before, is no state and nothing
    is paid under it.
    """
    composition, columns = workspace.composed(AsOf(workspace.last_day(), UNBOUNDED))
    whole = Measures(composition, columns.grid, record.measures.starts)
    out: dict[str, Floats] = {}
    for clause in workspace.whole.clauses:
        out |= {f"{clause.id}.{name}": np.zeros((1, 1)) for name in ("in_force", "ever_in_force")}
    out |= named(whole, _nothing(whole))
    found = Sampled(record.amounts.sum(axis=1), record.held[:, -1], np.asarray(record.held.any(axis=1)), record.apart)
    return out | named(record.measures, found)


def _nothing(measures: Measures) -> Sampled:
    flags = np.zeros((len(measures.states), 1), np.bool_)
    return Sampled(np.zeros((measures.figures, 1), np.int64), flags, flags, np.zeros(1, np.bool_))


# As plain data


def _view(
    played: Future, own: Outlook, comparison: Comparison, resolutions: list[Resolution], trial: Trial
) -> dict[str, Any]:
    setting = played.setting
    asked = [resolution.forecast for resolution in resolutions]
    by_id = {score.id: score for score in scores([*asked, *(s.forecast for s in comparison.states)]).settled}
    scored = scores([*asked, *(s.forecast for s in comparison.states if not s.plain)])
    counted = {every: comparison.bands(every) for every in (*PERIODS, WHOLE)}
    claimed = next((every for every in ("quarter", "month", WHOLE) if counted[every].of), WHOLE)
    return {
        "agreement": setting.composition.agreement.title,
        "from": show_day(setting.outlook.starts),
        "until": show_day(setting.outlook.until),
        "outlook_written_for": show_day(own.starts),
        "worlds": trial.worlds,
        "currency": setting.composition.currency(),
        "seed": setting.seed,
        "readings": setting.sets[0],
        "amounts": [_amount(amount) for amount in comparison.amounts if not amount.empty],
        "states": [_state(each, by_id[each.state.name]) for each in comparison.states],
        "partitions": [_partition(resolution, by_id) for resolution in resolutions],
        "scores": _scores(scored) | {"plain": sum(s.plain for s in comparison.states)},
        "not_compared": [_one_sided(each) for each in comparison.one_sided],
        "claim": " ".join([claim(scored, counted[claimed]), *_sure(comparison)]),
        "claim_on": claimed,
        "rests_on": sorted(setting.composition.assumptions),
    }


def _since(workspace: Workspace, now: AsOf, starts: int) -> dict[str, int]:
    """How many events the record tells of since, and how many of them are assumed themselves."""
    ledger, count, assumed = workspace.ledger, 0, 0
    for kind, table in ledger.tables.items():
        known = (table.recorded <= now.recorded) & (now.recorded < table.superseded)
        for row in np.flatnonzero(known & (table.occurred > starts) & (table.occurred <= now.occurred)).tolist():
            count += 1
            assumed += said_at(ledger.span(kind, row)).get("basis") == "assumed"
    return {"all": count, "assumed": assumed}


def _sure(comparison: Comparison) -> Iterator[str]:
    """What has to be said of forecasts without chance."""
    plain = sum(each.plain for each in comparison.states)
    if plain:
        yield f"{plain:,} more states were the same in every world and came so: of chances they say nothing."


def _coverages(comparison: Comparison, wider: Comparison) -> Iterator[dict[str, Any]]:
    """How many values lay in their bands: at the numbers as written, over their ranges, and of texts that stayed."""
    for every in (*PERIODS, WHOLE):
        yield {
            "by": every,
            **_coverage(comparison.bands(every)),
            "nothing_told_nothing_came": comparison.empty(every),
            "over_ranges": _coverage(wider.bands(every)),
            "same_text": _coverage(comparison.bands(every, True)),
            "same_text_over_ranges": _coverage(wider.bands(every, True)),
        }


def _coverage(found: Bands) -> dict[str, Any]:
    return {
        "of": found.of,
        "inside": found.inside,
        "below": found.below,
        "above": found.above,
        "coverage": found.coverage,
        "score_minor": found.score,
        "baseline_minor": found.baseline,
        "skill": found.skill,
    }


def _amount(amount: Amount) -> dict[str, Any]:
    stream = amount.stream
    return {
        "payer": stream.payer,
        "payee": stream.payee,
        "clause": stream.clause,
        "by": amount.every,
        "period": amount.period,
        "p10_minor": amount.low_minor,
        "p50_minor": amount.middle_minor,
        "p90_minor": amount.high_minor,
        "came_minor": amount.came_minor,
        "last_minor": amount.last_minor,
        "place": amount.place,
        "enough_worlds": amount.sure,
        "other_text": amount.other_text,
    }


def _state(found: StateForecast, score: Score) -> dict[str, Any]:
    return {
        "name": found.state.name,
        "clause": found.state.clause,
        "when": found.when,
        "chance": found.chance,
        "came": found.came,
        "certain": found.certain,
        "brier": score.brier,
        "logarithmic": score.logarithmic,
        "brier_by_month": found.brier_months,
    }


def _partition(resolution: Resolution, by_id: Mapping[str, Score]) -> dict[str, Any]:
    forecast, score = resolution.forecast, by_id.get(resolution.name)
    had = {each.came: each for name in forecast.chances for each in scores([supposed(forecast, name)]).settled}
    return {
        "name": resolution.name,
        "came": resolution.came,
        "came_by": "told" if resolution.told else "criteria" if resolution.came else None,
        "brier": score.brier if score is not None else None,
        "logarithmic": score.logarithmic if score is not None else None,
        "baseline_brier": score.baseline_brier if score is not None else None,
        "baseline_logarithmic": score.baseline_logarithmic if score is not None else None,
        "scenarios": [
            {
                "name": one.name,
                "probability": forecast.chances[one.name],
                "probability_low": one.probability.low,
                "probability_high": one.probability.high,
                "resolves": one.resolves,
                "criteria_hold": resolution.holds[one.name],
                "brier_had_it_come": had[one.name].brier,
                "logarithmic_had_it_come": had[one.name].logarithmic,
            }
            for one in resolution.scenarios
        ],
    }


def _scores(scored: Scores) -> dict[str, Any]:
    return {
        "settled": len(scored.settled),
        "open": list(scored.still_open),
        "brier": scored.brier,
        "baseline_brier": scored.baseline_brier,
        "logarithmic": scored.logarithmic,
        "baseline_logarithmic": scored.baseline_logarithmic,
    }


def _changed(record: Course, starts: int, until: int) -> Iterator[dict[str, str]]:
    """The clauses whose text became another since: what was foretold of them is of the text before."""
    agreement = record.measures.composition.agreement
    for id in dict.fromkeys(clause.id for clause in agreement.clauses):
        texts = agreement.texts_of(id)
        begun = {text.starts for text in texts}
        for text in texts:
            if starts < text.starts <= until:
                did = "changed" if text is not texts[0] else "added"
                yield {"clause": id, "did": did, "on": show_day(text.starts), "document": text.document.name}
            if starts < text.ends <= until and text.ends not in begun:
                yield {"clause": id, "did": "ended", "on": show_day(text.ends), "document": text.ended_by}


def _one_sided(found: OneSided) -> dict[str, Any]:
    what = found.what
    if isinstance(what, State):
        return {"state": what.name, "clause": what.clause, "side": found.side}
    return {
        "payer": what.payer,
        "payee": what.payee,
        "clause": what.clause,
        "side": found.side,
        "amount_minor": found.amount_minor,
    }
