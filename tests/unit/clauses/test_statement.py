"""The cycle of statements against a recomputation in plain Python: what is late, deemed accepted, audited and paid."""

import json
import re
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adidem.desk.program import STILL
from adidem.desk.workspace import open_workspace
from adidem.findings.outcome import Result, wanted
from adidem.kernel.period import AsOf, day
from adidem.kernel.problem import ProblemError
from adidem.kernel.schedule import schedule
from documents import agreement, share

AGREEMENT = agreement(
    "Lemonade",
    "2024-01-01",
    share=share("20 %", every="quarter"),
    statements="""
family: statement
reporter: lab
receiver: cloud
states: [share]
every: quarter
due_within: DUE days
object_within: OBJECT days
silence: SILENCE
look_back: LOOK days
threshold: THRESHOLD
threshold_of: OF
pay_within: PAY days
""",
)
THROUGH = date(2024, 3, 31)
AS_OF = date(2024, 12, 31)


PAGE = Path(__file__).parents[3] / "docs" / "reconcile.md"
COSTS = dict(re.findall(r"^\| (statement, [a-z ]+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
ALONE = ("reporter", "receiver", "states", "every", "due_within", "family")


def run(folder: Path, text: str, events: list[dict[str, str]], as_of: date = AS_OF) -> Result:
    """The record under these terms."""
    (folder / "agreement.lgd").write_text(text, encoding="utf-8")
    (folder / "ledger.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    (result,) = open_workspace(folder).run(AsOf(day(as_of), 2**61)).results
    return result


def terms(**values: object) -> str:
    """The agreement with these terms."""
    text = AGREEMENT
    for name, value in values.items():
        text = text.replace(name.upper(), str(value))
    return text


def told(kind: str, when: date, **columns: str) -> dict[str, str]:
    return {"id": f"{kind}-1", "kind": kind, "occurred": when.isoformat(), "recorded": when.isoformat(), **columns}


def money(cents: int) -> str:
    return f"USD {cents // 100}.{cents % 100:02d}"


DAYS = st.integers(1, 250)


@settings(max_examples=40, deadline=None)
@given(
    due=DAYS,
    objects=DAYS,
    look=DAYS,
    pay=DAYS,
    silence=st.sampled_from(["accepted", "open"]),
    percent=st.integers(0, 20),
    of=st.sampled_from(["stated", "found"]),
    stated=st.integers(0, 10**6),
    found=st.integers(0, 10**6),
    cost=st.integers(1, 10**6),
    sent=DAYS,
    objected=st.none() | DAYS,
    audited=st.none() | DAYS,
)
@example(30, 60, 200, 30, "accepted", 5, "stated", 1_000_00, 1_050_00, 77_00, 20, None, 40)  # just five per cent
@example(30, 60, 200, 30, "accepted", 5, "stated", 1_000_00, 1_050_01, 77_00, 20, None, 40)  # a cent more
@example(30, 60, 200, 30, "accepted", 5, "found", 951_00, 1_001_00, 77_00, 30, 60, 200)  # each on its last day
def test_cycle(
    tmp_path_factory: pytest.TempPathFactory,
    due: int,
    objects: int,
    look: int,
    pay: int,
    silence: str,
    percent: int,
    of: str,
    stated: int,
    found: int,
    cost: int,
    sent: int,
    objected: int | None,
    audited: int | None,
):
    """State and day of every right, and who bears the cost of the audit, are those that the words say."""
    came = THROUGH + timedelta(sent)
    events = [told("statement", came, by="lab", about="share", through=THROUGH.isoformat(), amount=money(stated))]
    if objected is not None:
        events.append(told("objection", came + timedelta(objected), by="cloud", statement="statement-1"))
    if audited is not None:
        numbers = {"found": money(found), "cost": money(cost)}
        events.append(told("audit", came + timedelta(audited), by="cloud", statement="statement-1", **numbers))
    text = terms(due=due, object=objects, silence=silence, look=look, threshold=f"{percent} %", of=of, pay=pay)
    result = run(tmp_path_factory.mktemp("cycle"), text, events)
    states = {o.id.removeprefix("statements/"): o.state for o in result.obligations if o.id.startswith("statements")}
    if came > AS_OF:
        return
    assert states["statement-1/stated"] == ("fulfilled" if sent <= due else "violated")
    in_time = objected is not None and objected <= objects and came + timedelta(objected) <= AS_OF
    lapsed = came + timedelta(objects) < AS_OF
    expected = "fulfilled" if in_time else "terminated" if lapsed else "in effect"
    assert states["statement-1/object"] == expected
    accepted = silence == "accepted" and lapsed and not in_time
    assert states.get("statement-1/accepted") == ("in effect" if accepted else None)
    seen = audited is not None and audited <= look and came + timedelta(audited) <= AS_OF
    beyond = found - stated > Fraction(percent * (stated if of == "stated" else found), 100)
    owed = [(f.transfer.payer, f.transfer.payee, f.transfer.amount_minor, f.transfer.due) for f in result.figures]
    paid = [("lab", "cloud", cost, day(came + timedelta((audited or 0) + pay)))] if seen and beyond else []
    assert owed == paid


@pytest.mark.parametrize(
    ("as_of", "state"), [("2024-03-31", None), ("2024-04-30", "in effect"), ("2024-05-01", "violated")]
)
def test_a_statement_that_does_not_come(tmp_path: Path, as_of: str, state: str | None):
    """From the end of the period it is owed, and the day after its last day it is violated; on an empty ledger too."""
    text = terms(due=30, object=60, silence="open", look=300, threshold="5 %", of="stated", pay=30)
    result = run(tmp_path, text, [], date.fromisoformat(as_of))
    assert {o.id: o.state for o in result.obligations}.get("statements/state share") == state


def test_what_a_text_leaves_open_owes_nothing(tmp_path: Path):
    """Without a threshold nobody bears an audit's cost, and without a look-back every audit is in time."""
    text = terms(due=30, object=60, silence="open", look=300, threshold="5 %", of="stated", pay=30)
    owes_none = text.replace("threshold_of: stated\npay_within: 30 days\n", "")
    short = "\n".join(row for row in owes_none.splitlines() if not row.startswith(("threshold", "look")))
    events = [told("statement", date(2024, 4, 20), by="lab", about="share", through="2024-03-31", amount="USD 1")]
    audit = told("audit", date(2024, 12, 30), by="cloud", statement="statement-1", found="USD 900", cost="USD 5")
    assert run(tmp_path, short, [*events, audit]).figures == []
    late = text.replace("look_back: 300 days\n", "")
    assert [f.transfer.amount_minor for f in run(tmp_path, late, [*events, audit]).figures] == [500]


def test_states_clauses_that_are_there(tmp_path: Path):
    """Figures of a clause that the agreement has not cannot be stated."""
    text = terms(due=30, object=60, silence="open", look=300, threshold="5 %", of="stated", pay=30)
    with pytest.raises(ProblemError) as refused:
        run(tmp_path, text.replace("[share]", "[shares]"), [])
    assert [problem.code for problem in refused.value.problems] == ["A107"]


def operations(folder: Path, text: str) -> int:
    """How many operations the program of an agreement has that compute something."""
    (folder / "agreement.lgd").write_text(text, encoding="utf-8")
    composition = open_workspace(folder).run(AsOf(day(AS_OF), 2**61)).composition
    live = [index for step in schedule(composition.program, wanted(composition)) for index in step]
    return sum(composition.program.nodes[index].operator not in STILL for index in live)


@pytest.mark.parametrize("name", ["statement, due alone", "statement, with every term"])
def test_cost(tmp_path: Path, name: str):
    """The clause adds so many operations as docs/reconcile.md says, and terms that it has not add none."""
    text = terms(due=30, object=60, silence="accepted", look=300, threshold="5 %", of="stated", pay=30)
    head, block = text.split("# Statements")
    if name.endswith("alone"):
        block = "\n".join(
            row for row in block.splitlines() if ":" not in row or row.split(":")[0] in ALONE or "#" in row
        )
    before = operations(tmp_path, head)
    assert operations(tmp_path, f"{head}# Statements{block}\n") - before == int(COSTS[name])


@pytest.mark.parametrize(("through", "missing"), [(None, THROUGH), (THROUGH, date(2024, 6, 30))])
def test_the_earliest_period_without_a_statement(through: date | None, missing: date, tmp_path: Path):
    """One statement is enough for its period: what is owed next is that of the period after it."""
    came = THROUGH + timedelta(10)
    stated = {"by": "lab", "about": "share", "amount": "USD 5"}
    events = [] if through is None else [told("statement", came, through=through.isoformat(), **stated)]
    values = {"due": 30, "object": 60, "silence": "open", "look": 200, "threshold": "5 %", "of": "stated", "pay": 30}
    result = run(tmp_path, terms(**values), events)
    (due,) = [each.due for each in result.obligations if each.id.endswith("state share")]
    assert due == day(missing + timedelta(30))
