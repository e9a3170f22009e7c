"""What no line shows is found among the terms: whatever somebody reads otherwise, a run with that reading proves it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from adidem.cli.main import app
from adidem.desk.reconciling.asking import Asked, reconciled
from adidem.desk.reconciling.reconciled import reconcile_view
from adidem.desk.settling.closing import Asked as Closing
from adidem.desk.settling.closing import Settling
from adidem.desk.workspace import open_workspace
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.kernel.problem import ProblemError
from documents import block, front

HEAD = front("Lemonade", "2024-01-01", {"ada": "Ada Ltd", "ben": "Ben Ltd"})
SIGNED = block("signing", "family: document\nsigned: 2023-12-01\neffective: 2024-01-01")
SHARE = "family: revenue-share\npayer: ada\npayee: ben\nof: ada\nevery: quarter\npay_within: 30 days\n"
TERMS = {
    "products": "everything except free",
    "rate": "20 %",
    "rounding": "half even, per period",
    "cap": "USD 9,000",
    "tiers": '[{above: "USD 20,000", up_to: "USD 30,000", rate: 25 %}, {above: "USD 30,000", rate: 30 %}]',
    "tiers_count": "year",
    "tiers_apply": "incremental",
    "net_of": "[refund, tax]",
}
OTHERWISE = {
    "rounding": ("half even, per cumulative total", "up, per period"),
    "cap": (None,),
    "tiers_count": ("period", "life"),
    "tiers_apply": ("all-units",),
    "net_of": ("[refund]", "[tax]", None),
    "tiers": ('[{above: "USD 20,000", rate: 25 %}]', '[{above: "USD 30,000", rate: 30 %}]'),
}
"""Other values of terms: None where it is left out."""
CAUSES = {"rounding": "rounding place", "cap": "cap", "net_of": "base"}


def agreement(terms: dict[str, str | None]) -> str:
    """The agreement with these terms."""
    lines = [f"{name}: {value}" for name, value in terms.items() if value is not None]
    return HEAD + SIGNED + block("share", SHARE + "\n".join(lines))


def written(folder: Path, terms: dict[str, str | None], events: list[dict[str, str]]) -> Path:
    """A workspace."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreement.lgd").write_text(agreement(terms), encoding="utf-8")
    (folder / "ledger.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    return folder


def event(
    number: int, day: str, cents: int, item: str = "", product: str = "paid", recorded: str = ""
) -> dict[str, str]:
    one = {"id": f"e{number}", "kind": "revenue", "occurred": day, "recorded": recorded or day, "by": "ada"}
    one |= {"product": product, "amount": f"USD {'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"}
    return one | ({"item": item} if item else {})


EVENTS = [
    event(1, "2024-01-15", 15_000_37),
    event(2, "2024-02-20", -1_000_11, "refund"),
    event(3, "2024-04-03", 12_345_67),
    event(4, "2024-05-05", -432_10, "tax"),
    event(5, "2024-05-09", -765_43, "refund"),
    event(6, "2024-06-09", 9_876_54),
    event(7, "2024-06-10", 700_00, product="free"),
]


def figure(folder: Path, label: str) -> int:
    """What our program settles for a period, by `run`."""
    outcome = open_workspace(folder).run(AsOf(parse_date("2024-06-30"), 2**61))
    return sum(f.transfer.amount_minor for f in outcome.results[0].figures if f.transfer.id == f"share/{label}/share")


def answer(
    folder: Path, total: int, more: str = "", lines: str = "", period: str = "2024-Q2", **asked: Any
) -> dict[str, Any]:
    """A statement that says a total, and perhaps lines, reconciled: the one clause of the answer."""
    rules = "clause: share\nreference: Id\nbase: Net\namount: Due\ncurrency: USD\nrows:\n"
    rules += "  - {when: {Type: T}, is: total}\n  - {when: {Type: A}, is: adjustment}\n  - is: line\n"
    (folder / "statement.rules.yaml").write_text(rules + more, encoding="utf-8")
    text = f"Type,Id,Net,Due,Period\n{lines}T,,,{Decimal(total).scaleb(-2)},\n"
    (folder / "theirs.csv").write_text(text, encoding="utf-8")
    found = reconcile_view(reconciled(open_workspace(folder), Asked(folder / "theirs.csv", period, **asked)))
    (clause,) = found["clauses"]
    return clause


def explanations(clause: dict[str, Any]) -> list[set[str]]:
    """The sets of causes that are said to explain the difference."""
    return [{step["cause"] for step in clause["causes"]}, *({c["cause"] for c in some} for some in clause["or_else"])]


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_terms_read_otherwise(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """One or two terms of theirs are others: their figure, which `run` gives for such an agreement, is explained."""
    folder = tmp_path_factory.mktemp("terms")
    names = data.draw(st.lists(st.sampled_from(sorted(OTHERWISE)), min_size=1, max_size=2, unique=True))
    theirs = {**TERMS, **{name: data.draw(st.sampled_from(OTHERWISE[name])) for name in names}}
    ours = figure(written(folder / "ours", TERMS, EVENTS), "2024-Q2")
    total = figure(written(folder / "theirs", theirs, EVENTS), "2024-Q2")
    found = answer(folder / "ours", total)
    assert Decimal(found["unexplained"]) == 0
    assert sum((Decimal(step["amount"]) for step in found["causes"]), Decimal(0)) == Decimal(total - ours).scaleb(-2)
    causes = {CAUSES.get(name, "tier") for name in names}
    assert total == ours or len(names) > 1 or causes in explanations(found)


def test_two_terms_together(tmp_path: Path):
    """No cap, and tiers for all units: neither alone gives their figure, both together do."""
    theirs = {**TERMS, "cap": None, "tiers_apply": "all-units"}
    total = figure(written(tmp_path / "theirs", theirs, EVENTS), "2024-Q2")
    found = answer(written(tmp_path / "ours", TERMS, EVENTS), total)
    assert explanations(found)[0] == {"tier", "cap"}
    assert found["unexplained"] == "0.00"


def test_a_rival_reading_is_a_cause(tmp_path: Path):
    """Where a term is disputed, their reading of it explains the difference, and who holds it is said."""
    terms = {"products": "everything", "rounding": "half even, per period"}
    ours = "{readings: {low: {is: 12.345 %, held_by: ada}, high: {is: 13.579 %, held_by: ben}}}"
    folder = written(tmp_path / "ours", {**terms, "rate": ours}, EVENTS)
    total = figure(written(tmp_path / "theirs", {**terms, "rate": "13.579 %"}, EVENTS), "2024-Q2")
    found = answer(folder, total)
    assert [(step["cause"], step["what"]) for step in found["causes"]] == [("rate", "rate: read as high, as ben holds")]
    assert answer(folder, total, readings={"share.rate": "high"})["causes"] == []
    lines = "".join(f"L,{e['id']},{e['amount'].removeprefix('USD ')},,13.579 %\n" for e in EVENTS[2:])
    assert answer(folder, total, "rate: Period\n", lines, readings={"share.rate": "high"})["causes"] == []


def test_the_text_before_an_amendment_is_a_cause(tmp_path: Path):
    """Whoever still pays by the text that was replaced: that text's value explains it."""
    terms = {"products": "everything", "rounding": "half even, per period", "rate": "20 %"}
    folder = written(tmp_path, terms, EVENTS)
    amendment = agreement({**terms, "rate": "17.77 %"}).replace("2023-12-01", "2024-03-01")
    amendment = amendment.replace("2024-01-01", "2024-04-01")
    amendment = amendment.replace("title: Lemonade", "title: Amendment\namends: {title: Lemonade, file: agreement.lgd}")
    amendment = amendment.replace("family: revenue-share", "family: revenue-share\nreplaces: share")
    amendment = amendment.replace("{#signing}", "{#signing-again}").replace("{#share}", "{#share-again}")
    total = figure(folder, "2024-Q2")
    (folder / "amendment.lgd").write_text(amendment, encoding="utf-8")
    assert figure(folder, "2024-Q2") != total
    found = answer(folder, total)
    assert [step["cause"] for step in found["causes"]] == ["rate"]
    assert "as agreement.lgd has it" in found["causes"][0]["what"]


def test_adjustments_since_a_closing(tmp_path: Path):
    """A correction that came after a closing is due with the next statement; taken twice, it is one too many."""
    terms = {"products": "everything", "rounding": "half even, per period", "rate": "20 %"}
    late = event(8, "2024-03-03", 500_00, recorded="2024-05-20")
    closing = {"id": "settlement-2024-Q1", "kind": "settlement", "occurred": "2024-04-10", "recorded": "2024-04-10"}
    closing |= {"period": "2024-Q1", "as_of": "2024-04-10", "known_at": "2024-04-10T12:00:00Z", "digest": "00000000"}
    folder = written(tmp_path, terms, [*EVENTS, late, closing])
    own = figure(folder, "2024-Q2")
    period = "period: {column: Period}\n"
    found = answer(folder, own, period)
    assert [(step["cause"], step["amount"]) for step in found["causes"]] == [("adjustment", "-100.00")]
    assert answer(folder, own + 100_00, period, "A,,,100.00,2024-Q1\n")["causes"] == []
    twice = answer(folder, own + 200_00, period, "A,,,200.00,2024-Q1\n")
    assert (twice["causes"], twice["unexplained"]) == ([], "100.00")


def test_nothing_is_said_twice(tmp_path: Path):
    """What no run gives is no cause: the rest is a number, and the search ends."""
    folder = written(tmp_path, TERMS, EVENTS)
    found = answer(folder, figure(folder, "2024-Q2") + 12_34)
    assert (found["causes"], found["unexplained"]) == ([], "12.34")
    assert found["runs"] <= 310


def test_what_does_not_count_for_another_reason(tmp_path: Path):
    """What they count and we do not, whether for its product or its sort, is an exclusion, and proved."""
    terms = {"products": "everything except free", "rounding": "half even, per period", "rate": "20 %"}
    folder = written(tmp_path / "ours", {**terms, "net_of": "[refund]"}, EVENTS)
    other = {**terms, "products": "everything", "net_of": "[refund, tax]"}
    total = figure(written(tmp_path / "theirs", other, EVENTS), "2024-Q2")
    own = [(e["id"], e["amount"].removeprefix("USD ")) for e in EVENTS if e["occurred"] > "2024-03"]
    found = answer(folder, total, lines="".join(f"L,{id},{amount},,\n" for id, amount in own))
    assert [(step["cause"], step["count"]) for step in found["causes"]] == [("exclusion", 1), ("exclusion", 1)]
    assert found["unexplained"] == "0.00"


def test_a_product_left_out(tmp_path: Path):
    """A product of which they have no line is an exclusion, and a run with that scope proves it."""
    terms = {"products": "everything", "rounding": "half even, per period", "rate": "20 %"}
    events = [*EVENTS, event(8, "2024-06-11", 300_00, product="free")]
    folder = written(tmp_path / "ours", terms, events)
    other = {**terms, "products": "everything except free"}
    total = figure(written(tmp_path / "theirs", other, events), "2024-Q2")
    own = [(e["id"], e["amount"].removeprefix("USD ")) for e in EVENTS if e["product"] == "paid"]
    found = answer(folder, total, lines="".join(f"L,{id},{amount},,\n" for id, amount in own[2:]))
    (step,) = found["causes"]
    assert (step["cause"], step["count"], step["or_else"]) == ("exclusion", 2, "missing line")
    assert step["what"] == "free left out, as if products were: everything except free"
    assert found["unexplained"] == "0.00"


def test_some_lines_at_another_rate(tmp_path: Path):
    """Where only some lines say another rate, those are named, and what they come to at theirs and at ours."""
    terms = {"products": "everything", "rounding": "half even, per line", "rate": "20 %"}
    folder = written(tmp_path, terms, EVENTS)
    own = [(e["id"], e["amount"].removeprefix("USD ")) for e in EVENTS if e["occurred"] > "2024-03"]
    rates = {"e3": "17.5 %", "e6": "17.5 %"}
    lines = "".join(f"L,{id},{amount},,{rates.get(id, '20 %')}\n" for id, amount in own)
    shares = [(Decimal(amount), Decimal(rates.get(id, "20 %").removesuffix(" %")) / 100) for id, amount in own]
    total = sum(round(base * rate * 100) for base, rate in shares)
    found = answer(folder, total, "rate: Period\n", lines)
    (step,) = found["causes"]
    moved = sum(round(base * rate * 100) - round(base * 20) for base, rate in shares)
    assert (step["cause"], Decimal(step["amount"])) == ("rate", Decimal(moved).scaleb(-2))
    assert "2 of their lines" in step["what"]
    assert found["unexplained"] == "0.00"


def test_empty_ledger(tmp_path: Path):
    """Without a record of ours nothing can be supposed: what they state is unexplained."""
    folder = written(tmp_path, TERMS, [])
    found = answer(folder, 100_00, lines="L,e1,500.00,,\n")
    assert found["ours"] == "0.00"
    assert Decimal(found["unexplained"]) + sum(Decimal(step["amount"]) for step in found["causes"]) == 100


# Closed periods


CAPPED = {
    "products": "everything",
    "rounding": "half even, per period",
    "rate": "20 %",
    "tiers": '[{above: "USD 500,000", rate: 25 %}]',
    "tiers_count": "period",
    "tiers_apply": "incremental",
    "cap": "USD 20,000",
}
"""A share of which the cap is reached in the second quarter."""


def close(folder: Path, label: str, known: str) -> None:
    """A period is closed as known at the beginning of a day."""
    settling = Settling(open_workspace(folder), Closing(label, parse_date("2024-06-30")))
    tell(folder, {**settling.closing_event(parse_date(known) * 86_400), "recorded": known})


def correct(folder: Path, day: str, amount: str) -> None:
    """The sale of the first quarter is corrected."""
    change = {"id": f"c{day}", "kind": "correction", "occurred": day, "recorded": day, "corrects": "e1"}
    tell(folder, {**change, "amount": amount})


def tell(folder: Path, told: dict[str, str]) -> None:
    with (folder / "ledger.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n")


def closed(folder: Path) -> Path:
    """The first quarter is closed at 6,400.11; a correction then makes it 5,200.11, and the second 14,799.89."""
    sales = [event(1, "2024-01-15", 32_000_55), event(2, "2024-04-15", 100_000_00)]
    written(folder, CAPPED, [{**sale, "recorded": "2024-04-16"} for sale in sales])
    close(folder, "2024-Q1", "2024-05-01")
    correct(folder, "2024-06-01", "USD 26000.55")
    return folder


def named(clause: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["cause"], step["amount"]) for step in clause["causes"]]


def test_a_correction_counts_once(tmp_path: Path):
    """A closed period is what was settled; what came since adjusts the open one: both are what the cap lets be paid."""
    folder = closed(tmp_path)
    assert (figure(folder, "2024-Q1"), figure(folder, "2024-Q2")) == (5_200_11, 14_799_89)
    first = answer(folder, 6_400_11, period="2024-Q1")
    assert (first["ours"], first["causes"], first["unexplained"]) == ("6400.11", [], "0.00")
    second = answer(folder, 14_799_89)
    assert (second["ours"], named(second)) == ("13599.89", [("adjustment", "1200.00")])
    assert Decimal(first["ours"]) + Decimal(second["ours"]) == 20_000


def test_the_period_after_takes_no_adjustment(tmp_path: Path):
    """The open period takes the correction; the one after it does not take it again, nor what is not settled yet."""
    folder = closed(tmp_path)
    tell(folder, event(3, "2024-10-01", 1_00))
    found = answer(folder, 0, period="2024-Q3")
    assert (found["ours"], found["adjustments"], found["causes"]) == ("0.00", [], [])


def test_an_earlier_pair_knows_no_closing(tmp_path: Path):
    """As known before it was closed, or as of a day before that of the closing, the period is open: ours is the figure
    of that pair, and no period takes what a closing would adjust.
    """
    folder = closed(tmp_path)
    known = parse_date("2024-04-20") * 86_400
    assert answer(folder, 0, period="2024-Q1", known_at=known)["ours"] == "6400.11"
    assert answer(folder, 0, known_at=known)["adjustments"] == []
    assert answer(folder, 0, period="2024-Q1", day=parse_date("2024-06-29"))["ours"] == "5200.11"


def test_what_came_after_the_closing_is_a_cause(tmp_path: Path):
    """Whoever states a closed period with what came since: that is the cause, of a total and of a line."""
    folder = closed(tmp_path)
    assert named(answer(folder, 5_200_11, period="2024-Q1")) == [("adjustment", "-1200.00")]
    lines = "L,e1,26000.55,,\n"
    assert named(answer(folder, 5_200_11, lines=lines, period="2024-Q1")) == [("late data", "-1200.00")]


def test_a_closed_period_has_the_adjustments_of_its_closing(tmp_path: Path):
    """Of a period closed after another ours has the corrections known at its own closing, and none that came later."""
    folder = closed(tmp_path)
    close(folder, "2024-Q2", "2024-07-01")
    correct(folder, "2024-07-02", "USD 10000.55")
    first, second = answer(folder, 6_400_11, period="2024-Q1"), answer(folder, 13_599_89)
    assert (first["ours"], first["adjustments"], first["causes"]) == ("6400.11", [], [])
    assert (second["ours"], second["causes"]) == ("13599.89", [])
    assert second["adjustments"] == [{"period": "2024-Q1", "amount": "-1200.00"}]


def test_what_was_closed_and_is_rewritten_is_refused(tmp_path: Path):
    """Where what was settled cannot be shown again, nothing else is compared in its place."""
    folder = closed(tmp_path)
    ledger = folder / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace("USD 32000.55", "USD 32000.50"))
    with pytest.raises(ProblemError) as refused:
        answer(folder, 6_400_11, period="2024-Q1")
    assert [problem.code for problem in refused.value.problems] == ["D307"]


def test_equal_totals_are_no_difference(tmp_path: Path):
    """A total that is ours with the adjustment in it: nothing differs, and what ours is made of is said."""
    folder = closed(tmp_path)
    found = answer(folder, 13_599_89)
    assert (found["difference"], found["causes"], found["unexplained"]) == ("0.00", [], "0.00")
    assert (found["of_the_period"], found["adjustments"]) == (
        "14799.89", [{"period": "2024-Q1", "amount": "-1200.00"}]
    )  # fmt: skip
    typed = ["reconcile", str(folder), str(folder / "theirs.csv"), "--period", "2024-Q2"]
    done = CliRunner().invoke(app, typed)
    assert done.exit_code == 0
    assert "  share: ours 14,799.89, adjustment of 2024-Q1 -1,200.00\n" in done.output
    assert done.output.endswith("no differences\n")


def test_no_adjustment_is_made_up(tmp_path: Path):
    """A total that no run gives, with the adjustment or without: the rest is a number, and no cause is named."""
    found = answer(closed(tmp_path), 13_612_23)
    assert (found["causes"], found["unexplained"]) == ([], "12.34")


def test_a_cause_that_a_limit_hides(tmp_path: Path):
    """A base that moves nothing under the cap says what it would move by itself."""
    folder = closed(tmp_path)
    found = answer(folder, 13_599_89, lines="L,e2,100400.00,,\n")
    (step,) = found["causes"]
    assert (step["cause"], step["amount"]) == ("base", "0.00")
    assert step["alone"] == {"amount": "80.00", "without": "cap"}
    done = CliRunner().invoke(app, ["reconcile", str(folder), str(folder / "theirs.csv"), "--period", "2024-Q2"])
    assert "USD 0.00  base: 1 line, by itself 80.00 without cap\n" in done.output


def test_a_cause_that_another_hides(tmp_path: Path):
    """Where a cause before it reaches the cap, a cause says what it moves on our record as it stands."""
    folder = written(tmp_path, CAPPED, [event(1, "2024-04-15", 90_000_00), event(2, "2024-04-16", 5_000_00)])
    found = answer(folder, 20_000_00, lines="L,e1,90000.00,,\nL,e2,5400.00,,\nL,e9,50000.00,,\n")
    assert [(*cause, step.get("alone")) for cause, step in zip(named(found), found["causes"], strict=True)] == [
        ("extra line", "1000.00", None),
        ("base", "0.00", {"amount": "80.00", "without": ""}),
    ]
