"""The laws of the house, over random agreements and ledgers of all families."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adidem.desk.consolidated import consolidated
from adidem.desk.view import result_view, run_view
from adidem.desk.workspace import Workspace
from adidem.findings.figure import PAY
from adidem.findings.outcome import Outcome, run
from adidem.findings.ranging import touched
from adidem.kernel.agreement import Agreement
from adidem.kernel.period import AsOf
from adidem.kernel.problem import ProblemError
from adidem.kernel.source import Source
from adidem.kernel.term import Effect, Term
from adidem.text.document import read_document
from property.compare import agreement_known, answer_of, choices, differences, in_question, result_under
from property.oracle import Oracle, instant, told, zone_of
from property.strategies import LATEST, Case, cases, iso

Json = dict[str, Any]


@given(cases())
@settings(max_examples=300)
def test_the_engine_agrees_with_the_oracle(case: Case):
    """What is in force, who owes what and what is transferred are the oracle's, under every reading."""
    assert differences(case) == []


@given(cases(("revenue-share", "determination", "duration")))
@settings(max_examples=60)
def test_paid_and_withheld_are_what_is_due_before_caps(case: Case):
    """The share that is paid, and what the cap holds back, sum to the share of the same texts without a cap."""
    documents = {name: text for name, text in case.documents.items() if name != "statement.lgd"}
    without = {name: re.sub(r"(?m)^cap: .*\n", "", text) for name, text in documents.items()}
    events = [event for event in case.events if event.get("file") != "statement.lgd"]
    capped = _first_reading(replace(case, documents=documents, events=events))
    free = _first_reading(replace(case, documents=without, events=events))
    for name in {n.rpartition(".")[0] for n in (*capped, *free) if n.endswith(".paid")}:
        assert capped.get(f"{name}.paid", 0) + capped.get(f"{name}.withheld", 0) == free.get(f"{name}.paid", 0)


@given(cases(("minimum-commitment", "determination", "duration")))
@settings(max_examples=60)
def test_used_short_and_carried_are_what_is_committed(case: Case):
    """At a milestone what was spent, what was short before and what is short now sum to what is committed."""
    workspace = case.workspace()
    agreement = agreement_known(case, workspace)
    readings = choices(agreement)[0]
    result = result_under(workspace.run(case.as_of), readings)
    oracle = Oracle(agreement, zone_of(workspace.whole), case.ledger.splitlines(), case.day, case.second, readings)
    for text in (t for t in agreement.clauses if t.family == "minimum-commitment"):
        owed = [f.transfer for f in result.figures if f.transfer.clause == text.id]
        for milestone in oracle.value(text, "milestones"):
            if (
                milestone.by <= case.day
                and oracle.binds(text, milestone.by)
                and oracle.value(text, "shortfall") == "payable"
            ):
                carried = sum(t.amount_minor for t in owed if t.id.split("/")[1] < iso(milestone.by))
                short = sum(t.amount_minor for t in owed if t.id.split("/")[1] == iso(milestone.by))
                all_in = oracle.spent(text, milestone.by) + carried + short
                assert all_in == milestone.amount.value or (all_in > milestone.amount.value and not short)


@given(cases(), st.lists(st.integers(0, 540), max_size=4))
@settings(max_examples=60)
def test_adjustments_lead_to_full_knowledge(case: Case, days: list[int]):
    """The first settlement and every adjustment sum to the settlement of a ledger that was right from the start."""
    case = replace(case, events=[e for e in case.events if e["kind"] != "document"], day=case.day + 60)
    workspace = case.workspace()
    first = max(d.signed for d in workspace.whole.documents)
    known = [*sorted({(first + offset) * 86_400 for offset in days}), LATEST]
    case = replace(case, day=max(case.day, first))
    settled = [_settlement(case, workspace, second) for second in known]
    running = Counter(settled[0])
    for before, after in pairwise(settled):
        for figure in {*before, *after}:
            running[figure] += after.get(figure, 0) - before.get(figure, 0)
    zone = zone_of(workspace.whole)
    clean = [
        {k: v for k, v in event.items() if k not in ("day", "second", "order")}
        for event in told(case.ledger.splitlines(), case.day + 10_000, LATEST, zone)
    ]
    there = {event["id"] for event in clean}
    right = replace(case, events=[event for event in clean if _names(event) <= there])
    assert {f: a for f, a in running.items() if a} == _settlement(right, right.workspace(), LATEST)


@given(cases())
@settings(max_examples=100)
def test_a_world_is_what_it_is_alone(case: Case):
    """What holds under one combination of readings among others holds under it alone."""
    workspace = case.workspace()
    together = workspace.run(case.as_of)
    for result in together.results:
        assert {tuple(each) for each in (result.readings, *result.also)} == {tuple(together.questions)}
    for readings in choices(agreement_known(case, workspace)):
        alone = workspace.run(case.as_of, in_question(workspace, case, readings))
        assert len(alone.results) == 1
        one, among = alone.results[0], result_under(together, readings)
        assert answer_of(one).transfers == answer_of(among).transfers
        assert answer_of(one).obligations == answer_of(among).obligations
        assert answer_of(one).in_force == answer_of(among).in_force
        for figure, wider in zip(one.figures, among.figures, strict=True):  # the range of all that are told as one
            assert wider.low <= figure.low <= figure.high <= wider.high


@given(cases(assumed=70), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_another_value_within_the_ranges_gives_what_was_told(case: Case, chance: Random):
    """Taken at another corner of what is assumed, amounts, due days and states are among those told before, whether the
    readings were asked for or not.
    """
    workspace = case.workspace()
    agreement = agreement_known(case, workspace)
    readings = chance.choice(choices(agreement))
    pinned = in_question(workspace, case, readings)
    told = workspace.run(case.as_of, chance.choice((pinned, None)))
    assume(told.composition.assumptions)
    assumed = {
        id: replace(term, value=chance.choice((term.low, term.value, term.high)))
        for id, term in told.composition.assumptions.items()
    }
    composition = replace(told.composition, assumptions=assumed)
    other = run(composition, told.columns.under(composition), pinned, ranges=False).results[0]
    before = result_under(told, readings)
    apart = touched(composition)
    figures = {figure.transfer.id: figure for figure in before.every_figure}
    for figure in (f for f in other.figures if f.transfer.clause not in apart):
        was = figures[figure.transfer.id]
        assert was.low <= figure.transfer.amount_minor <= was.high
        assert was.dues[0] <= figure.transfer.due <= was.dues[1]
    standings = {(o.id, o.norm.says): o for o in before.every_standing}
    for standing in (o for o in other.obligations if o.norm.says != PAY):
        was = standings[standing.id, standing.norm.says]
        assert standing.state in was.states
        assert was.dues[0] <= standing.due <= was.dues[1]


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_what_is_recorded_later_changes_nothing(case: Case, chance: Random):
    """An answer known at r is the same without what was recorded after r."""
    workspace = case.workspace()
    zone = zone_of(workspace.whole)
    seconds = sorted({instant(e["recorded"], zone)[2] for e in case.events} | {case.second})
    since = max(d.signed for d in workspace.whole.documents if not d.amends) * 86_400
    second = max(since, seconds[chance.randrange(len(seconds))])
    case = replace(case, second=second)
    fewer = replace(case, events=_known_at(case, second, zone))
    assume(workspace.known(case.as_of) and _in_order(fewer))
    assert _results(workspace.run(case.as_of)) == _results(fewer.workspace().run(case.as_of))


@given(cases())
@settings(max_examples=60)
def test_the_same_question_has_the_same_answer(case: Case):
    """The same documents, ledger and readings give the same bytes."""
    assert _bytes(case) == _bytes(case)


def test_the_order_of_hashing_shows_nowhere():
    """Two processes that hash words differently give the same bytes."""
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent.parent)!r})\n" + (
        "from property.test_laws import _bytes\nfrom property.strategies import make\nfrom random import Random\n"
        "import hashlib\nprint(hashlib.sha256(b''.join(_bytes(make(Random(n))) for n in range(25))).hexdigest())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]


@given(cases())
@settings(max_examples=60)
def test_settlements_sum_to_zero(case: Case):
    """What one party pays another receives: per currency, the totals of all parties sum to nothing."""
    workspace = case.workspace()
    outcome = workspace.run(case.as_of)
    for result in outcome.results:
        net: Counter[str] = Counter()
        said = result_view(outcome, result)
        for transfer in said["transfers"]:
            net[transfer["payer"]] -= transfer["amount_minor"]
            net[transfer["payee"]] += transfer["amount_minor"]
        for total in said["totals"]:
            net[total["payer"]] += total["settled_minor"]
            net[total["payee"]] -= total["settled_minor"]
        assert not any(net.values())


@given(cases())
@settings(max_examples=80)
def test_the_consolidated_text_says_the_same(case: Case):
    """Documents, their agreement, its text in force, and the agreement that this text makes: the same terms."""
    workspace = case.workspace()
    case = replace(case, day=max(case.day, min(d.effective for d in workspace.whole.documents)))
    agreement = agreement_known(case, workspace)
    assume(not _left_without_effects(agreement, case.day))
    text, _ = consolidated(workspace, case.as_of)
    document, problems = read_document(Source("consolidated.lgd", text))
    assert document is not None, problems
    assert not problems
    again = Workspace(Path("."), [document], [], []).whole
    assert _terms(again, case.day) == _terms(agreement, case.day)


# How answers are compared


def _first_reading(case: Case) -> dict[str, int]:
    """The quantities under the first reading of every question."""
    workspace = case.workspace()
    readings = choices(agreement_known(case, workspace))[0]
    return workspace.run(case.as_of, in_question(workspace, case, readings)).results[0].quantities


def _settlement(case: Case, workspace: Workspace, second: int) -> dict[str, int]:
    """Figure → minor units, as known at a second, under the first reading of every question."""
    case = replace(case, second=second)
    readings = choices(agreement_known(case, workspace))[0]
    result = result_under(workspace.run(AsOf(case.day, second)), readings)
    return {f.transfer.id: f.transfer.amount_minor for f in result.figures}


def _known_at(case: Case, second: int, zone: Any) -> list[Json]:
    """The events recorded by a second, with those that they name, and those by which documents enter the record."""
    by_id = {e["id"]: e for e in case.events}
    keep = {e["id"] for e in case.events if e["kind"] == "document" or instant(e["recorded"], zone)[2] <= second}
    waiting = list(keep)
    while waiting:
        event = by_id[waiting.pop()]
        named = _names(event) & by_id.keys()
        waiting += named - keep
        keep |= named
    return [e for e in case.events if e["id"] in keep]


def _in_order(case: Case) -> bool:
    """Whether no stage comes before its record, as it may where a correction of either is not yet known (L115)."""
    try:
        return case.workspace().ledger is not None
    except ProblemError as found:
        if {problem.code for problem in found.problems} == {"L115"}:
            return False
        raise


def _names(event: Json) -> set[str]:
    """The events that an event names."""
    keys = {"answer": "offer", "consent": "request", "waiver": "act", "closing": "signing", "verdict": "declaration"}
    key = keys.get(event["kind"], "corrects")
    return {event[key]} if key in event else set()


def _results(outcome: Outcome) -> list[Json]:
    return [result_view(outcome, result) for result in outcome.results]


def _bytes(case: Case) -> bytes:
    workspace = case.workspace()
    return json.dumps(run_view(workspace, workspace.run(case.as_of))).encode()


def _terms(agreement: Agreement, day: int) -> dict[str, Any]:
    """Every clause that stands on a day, without its place, and without what it says of clauses that are gone."""
    standing = [c for c in agreement.standing(day) if c.family != "clarification"]
    there = {c.id for c in standing} | {"agreement"}
    return {
        c.id: (
            c.family,
            {name: _plain(_there(term, there), there) for name, term in c.terms.items()},
            sorted(there & {*c.yields_to}),
            sorted(there & {*c.overrides}),
        )
        for c in standing
    }


def _left_without_effects(agreement: Agreement, day: int) -> bool:
    """Whether some determination acts on nothing that still stands: no text can say so, as effects are never none."""
    standing = agreement.standing(day)
    there = {c.id for c in standing} | {"agreement"}
    effects = [clause.terms["effects"] for clause in standing if "effects" in clause.terms]
    lists: list[Any] = [value for term in effects for value in (term.value, *(r.value for r in term.readings))]
    return any(all(effect.verb != "prohibit" and effect.target not in there for effect in value) for value in lists)


def _plain(value: Any, there: set[str]) -> Any:
    if is_dataclass(value):
        return [
            (f.name, _plain(getattr(value, f.name), there)) for f in fields(value) if f.name not in ("span", "text")
        ]
    if isinstance(value, tuple):
        return [
            _plain(item, there)
            for item in value
            if not isinstance(item, Effect) or item.verb == "prohibit" or item.target in there
        ]
    return value


def _there(term: Term, there: set[str]) -> Term:
    """A term without the clauses in it that are gone."""
    if term.name != "survives" or not isinstance(term.value, tuple):
        return term
    return replace(term, value=tuple(str(name) for name in term.value if name in there))
