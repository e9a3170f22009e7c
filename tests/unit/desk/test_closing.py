"""Closing a period: once, in order, by one of those who try, and for good."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from adidem.cli.main import app
from adidem.desk.keeping import book
from adidem.desk.settling.closing import Asked, Settling
from adidem.desk.settling.closings import closings, why_none
from adidem.desk.settling.journal import journal
from adidem.desk.settling.settlement import settlement_view
from adidem.desk.workspace import open_workspace
from adidem.findings.closed import period_of
from adidem.findings.settlement import content
from adidem.kernel.period import day, show_day
from adidem.kernel.problem import ProblemError
from property.settling import FIRST, HEAD, SIGNED, Deal, netting, share

TEXT = "\n".join([HEAD, SIGNED, share("share", "ada", "ben")])
Q1 = FIRST + 89
EARNED = {"kind": "revenue", "occurred": "2025-02-01", "by": "ada", "product": "lemonade", "amount": "USD 5,000"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a share, and one event."""
    (tmp_path / "agreement.lgd").write_text(TEXT, encoding="utf-8")
    book.append(tmp_path, [json.dumps({**EARNED, "id": "r1", "recorded": "2025-02-02"})])
    return tmp_path


@given(st.dates(date(1, 1, 1), date(9998, 12, 31)))
def test_each_day_lies_in_its_periods(when: date):
    """The month, the quarter and the year of a day hold it, and neither the day before nor the one after them."""
    for label in (f"{when:%Y-%m}".zfill(7), f"{when.year:04}-Q{(when.month + 2) // 3}", f"{when.year:04}"):
        period = period_of(label)
        assert period is not None
        assert period.holds(day(when))
        assert show_day(period.first)[8:] == "01"
        assert (date(1970, 1, 1) + timedelta(days=period.last + 1)).day == 1
        assert not period.holds(period.first - 1)
        assert not period.holds(period.last + 1)


@given(st.one_of(st.text(max_size=9), st.from_regex(r"\d{3,5}-?Q?\d{0,3}", fullmatch=True)))
def test_whatever_is_typed(label: str):
    """A text is a period, and then its own label, or none."""
    period = period_of(label)
    assert period is None or period.label == label


@pytest.mark.parametrize(
    "label", ["2025-", "2025-Q0", "2025-Q5", "2025-00", "2025-13", "2025-1", "25", "2025-q1", "2025_Q1", ""]
)
def test_what_is_no_period(label: str):
    """Nothing is guessed."""
    assert period_of(label) is None


def test_what_comes_in_the_same_second(folder: Path):
    """A closing as of now holds what was recorded until now, and nothing that is appended after it."""
    closing = Settling(open_workspace(folder), Asked("2025-Q1", Q1)).close()
    book.append(folder, [json.dumps({**EARNED, "id": "r2"})])
    settling = Settling(open_workspace(folder), Asked("2025-Q1", Q1))
    (line,) = settlement_view(settling)["settlements"][0]["lines"]
    assert (closing.period.label, line["amount_minor"]) == ("2025-Q1", 100_000)
    (changed,) = settlement_view(settling)["since"][0]["lines"]
    assert (changed["delta_minor"], changed["new_minor"]) == (100_000, 200_000)


def test_one_of_those_who_close(folder: Path):
    """Of four that close the same period at once one does, and the others are told that it is closed."""
    command = [str(Path(sys.executable).parent / "adidem"), "settle", str(folder), "2025-Q1", "--close"]
    running = [
        subprocess.Popen([*command, "--at", "2025-03-31"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate()[1] for process in running]
    assert sorted(process.returncode for process in running) == [0, 2, 2, 2]
    assert sum("D303" in words for words in said) == 3
    assert len(closings(open_workspace(folder), 2**61)) == 1


def test_readings_are_kept(tmp_path: Path):
    """A closing that read a question one way shows that settlement, however the question is read now."""
    text = TEXT.replace("rate: 20 %", "rate: {readings: {fifth: {is: 20 %}, tenth: {is: 10 %}}}")
    (tmp_path / "agreement.lgd").write_text(text, encoding="utf-8")
    book.append(tmp_path, [json.dumps({**EARNED, "id": "r1", "recorded": "2025-02-02"})])
    second = (Q1 + 1) * 86_400
    asked = Asked("2025-Q1", Q1, second, {"share.rate": "tenth"}, "ann", "bob")
    Settling(open_workspace(tmp_path), asked).close()
    view = settlement_view(Settling(open_workspace(tmp_path), Asked("2025-Q1", Q1)))
    assert [line["amount_minor"] for line in view["settlements"][0]["lines"]] == [50_000]
    assert view["closing"]["readings"] == {"share.rate": "tenth"}
    assert (view["closing"]["prepared_by"], view["closing"]["approved_by"]) == ("ann", "bob")
    assert [each["lines"][0]["delta_minor"] for each in view["since"]] == [50_000, 0]


def test_a_question_that_no_longer_stands(tmp_path: Path):
    """A closing took a reading of a question that a clarification settles later: it stays as it was."""
    text = TEXT.replace("rate: 20 %", "rate: {readings: {fifth: {is: 20 %}, tenth: {is: 10 %}}}")
    (tmp_path / "agreement.lgd").write_text(text, encoding="utf-8")
    book.append(tmp_path, [json.dumps({**EARNED, "id": "r1", "recorded": "2025-02-02"})])
    asked = Asked("2025-Q1", Q1, (Q1 + 1) * 86_400, {"share.rate": "tenth"})
    Settling(open_workspace(tmp_path), asked).close()
    head = HEAD.replace("sides:", "amends:\n  title: Lemonade\n  file: agreement.lgd\nsides:").replace(
        "2025-01-01", "2025-06-01"
    )
    said = "# S {#s}\n\n```terms\nfamily: document\nsigned: 2025-06-01\neffective: 2025-06-01\n```\n"
    said += "\n# C {#c}\n\n```terms\nfamily: clarification\nsettles: {share.rate: fifth}\n```\n"
    (tmp_path / "letter.lgd").write_text(f"{head}\n{said}", encoding="utf-8")
    view = settlement_view(Settling(open_workspace(tmp_path), Asked("2025-Q1", Q1 + 90)))
    assert [line["amount_minor"] for line in view["settlements"][0]["lines"]] == [50_000]
    assert [line["delta_minor"] for each in view["since"] for line in each["lines"]] == [50_000]


def test_a_line_of_the_record_that_was_edited(folder: Path):
    """D307, and no figure is shown."""
    Settling(open_workspace(folder), Asked("2025-Q1", Q1, (Q1 + 1) * 86_400)).close()
    file = folder / "ledger.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        del line["seal"]
    lines[0]["amount"] = "USD 6,000"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        settlement_view(Settling(open_workspace(folder), Asked("2025-Q1", Q1)))
    assert [problem.code for problem in error.value.problems] == ["D307"]


@pytest.mark.parametrize("period", ["2025-Q2", "2025-Q4", "2025-02", "2025"])
def test_nothing_builds_on_a_document_that_was_edited(folder: Path, period: str):
    """D307 for a later period, a part of the closed one and a longer one; nor is the next one closed."""
    Settling(open_workspace(folder), Asked("2025-Q1", Q1, (Q1 + 1) * 86_400)).close()
    (folder / "agreement.lgd").write_text(TEXT.replace("20 %", "21 %"), encoding="utf-8")
    settling = Settling(open_workspace(folder), Asked(period, FIRST + 364))
    for act in (lambda: settlement_view(settling), settling.prove):
        with pytest.raises(ProblemError) as error:
            act()
        assert [problem.code for problem in error.value.problems] == ["D307"]
    with pytest.raises(ProblemError) as error:
        Settling(open_workspace(folder), Asked("2025-Q2", FIRST + 364)).closing_event(2**60)
    assert [problem.code for problem in error.value.problems] == ["D307"]


@pytest.fixture
def corrected(folder: Path) -> Path:
    """The first quarter closed at USD 1,000, of which 300 were paid; then paid to 700, and corrected to 1,200."""
    paid = {"kind": "payment", "by": "ada", "to": "ben", "pays": "share"}
    early = {**paid, "id": "p1", "occurred": "2025-03-30", "recorded": "2025-03-30", "amount": "USD 300"}
    book.append(folder, [json.dumps(early)])
    Settling(open_workspace(folder), Asked("2025-Q1", Q1 + 9, (Q1 + 10) * 86_400 - 1, {}, "ann")).close()
    events: list[dict[str, str]] = [
        {**paid, "id": "p2", "occurred": "2025-05-10", "amount": "USD 400"},
        {"id": "c1", "kind": "correction", "corrects": "r1", "amount": "USD 6,000", "occurred": "2025-06-10"},
        {**EARNED, "id": "r2", "occurred": "2025-06-20", "amount": "USD 2,000"},
    ]
    book.append(folder, [json.dumps(event) for event in events])
    return folder


def _view(folder: Path, period: str) -> dict[str, Any]:
    return settlement_view(Settling(open_workspace(folder), Asked(period, FIRST + 364)))


@pytest.mark.parametrize("period", ["2025-Q2", "2025-Q4", "2025-06", "2025-04", "2025", "2026"])
def test_one_period_takes_an_adjustment(corrected: Path, period: str):
    """The next of the length of the closed one; every other draft, and its journal, says where it goes."""
    view = _view(corrected, period)
    (settlement,) = view["settlements"]
    takes = period == "2025-Q2"
    assert view["adjustments_go_to"] == "2025-Q2"
    assert [line["amount_minor"] for line in settlement["adjustments"]] == ([20_000] if takes else [])
    assert [line["amount_minor"] for line in settlement["adjustments_elsewhere"]] == ([] if takes else [20_000])
    assert ("adjustment of 2025-Q1" in journal(view)) == takes
    said = CliRunner().invoke(app, ["settle", str(corrected), period, "--at", "2025-12-31"]).stdout
    assert ("adjustments go to 2025-Q2" in said) != takes


def test_periods_within_and_around_a_closed_one(corrected: Path):
    """March lies in the closed quarter and shows what that settled; so does the year, with its rest as a draft."""
    march, year = _view(corrected, "2025-03"), _view(corrected, "2025")
    assert (march["state"], march["lies_in"]) == ("closed", "2025-Q1")
    (of_march,), (of_year,) = march["settlements"], year["settlements"]
    assert [line["amount_minor"] for line in of_march["lines"]] == [100_000]
    assert (of_march["adjustments"], of_year["adjustments"]) == ([], [])
    assert (year["state"], year["closed_parts"]) == ("draft", ["2025-Q1"])
    assert [(each["amount_minor"], each["closed_in"]) for each in of_year["lines"]] == [
        (100_000, "2025-Q1"),
        (40_000, None),
    ]
    said = CliRunner().invoke(app, ["settle", str(corrected), "2025-03", "--at", "2025-12-31"]).stdout
    assert "lies in 2025-Q1, which is closed" in " ".join(said.split())


def test_what_was_paid_since_the_close(corrected: Path):
    """A closed period says it, and what of what it settled is open now; what was open then is headed so."""
    (since,) = _view(corrected, "2025-Q1")["since"]
    assert [(way["paid_since_minor"], way["open_now_minor"]) for way in since["paid"]] == [(40_000, 30_000)]
    said = CliRunner().invoke(app, ["settle", str(corrected), "2025-Q1", "--at", "2025-12-31"]).stdout
    assert "since the close, to 2025-12-31: paid USD 400.00, open now USD 300.00" in " ".join(said.split())
    assert "TO BE PAID, as it stood on 2025-04-09" in said


def test_what_is_open_of_earlier_periods(corrected: Path):
    """The open period lists it: 1,000 as closed, less 700; the adjustment of 200 is its own, and to be paid is both."""
    (settlement,) = _view(corrected, "2025-Q2")["settlements"]
    (earlier,) = settlement["open_of_earlier_periods"]
    assert (earlier["id"], earlier["open_minor"], earlier["overdue"]) == ("share/2025-Q1/share", 30_000, True)
    (total,) = settlement["totals"]
    assert (total["settled_minor"], total["adjusted_minor"], total["open_minor"]) == (40_000, 20_000, 60_000)
    assert sum(each["gross_minor"] for each in settlement["balances"]) == 90_000
    said = CliRunner().invoke(app, ["settle", str(corrected), "2025-Q2", "--at", "2025-12-31"]).stdout
    assert "open of earlier periods USD 300.00, ada to ben" in said


def test_what_is_withheld_is_not_carried(tmp_path: Path):
    """What a cap holds back stands apart from what goes on."""
    capped = TEXT.replace("rate: 20 %", "rate: 20 %\ncap: USD 600")
    (tmp_path / "agreement.lgd").write_text(capped, encoding="utf-8")
    book.append(tmp_path, [json.dumps({**EARNED, "id": "r1", "recorded": "2025-02-02"})])
    (settlement,) = _view(tmp_path, "2025-Q1")["settlements"]
    assert {each["quantity"]: each["after_minor"] for each in settlement["withheld"]} == {"share.withheld": 40_000}
    assert "share.withheld" not in {each["quantity"] for each in settlement["carried"]}


def test_a_year_may_hold_quarters(folder: Path):
    """Quarters are closed after months, if that is said, as long as none is closed twice."""
    for label, last in (("2025-01", FIRST + 30), ("2025-02", FIRST + 58), ("2025-03", Q1), ("2025-Q2", FIRST + 180)):
        asked = Asked(label, last, (last + 1) * 86_400, other_length=label == "2025-Q2")
        Settling(open_workspace(folder), asked).close()
    settled = closings(open_workspace(folder), 2**61)
    assert [closing.period.label for closing in settled] == ["2025-01", "2025-02", "2025-03", "2025-Q2"]
    with pytest.raises(ProblemError) as error:
        Settling(open_workspace(folder), Asked("2025", FIRST + 364, FIRST * 86_400 * 2)).close()
    assert [problem.code for problem in error.value.problems] == ["D303"]


def test_a_period_that_was_passed_over(tmp_path: Path):
    """The first closing is of the second quarter: what comes to be known of the first adjusts the third, and a draft of
    the first, which cannot be closed any more, holds nothing of it.
    """
    (tmp_path / "agreement.lgd").write_text(TEXT, encoding="utf-8")
    book.append(tmp_path, [json.dumps({**EARNED, "id": "r2", "occurred": "2025-05-01", "recorded": "2025-05-02"})])
    Settling(open_workspace(tmp_path), Asked("2025-Q2", FIRST + 180, (FIRST + 181) * 86_400)).close()
    book.append(tmp_path, [json.dumps({**EARNED, "id": "late", "recorded": "2025-08-01"})])
    first, third = _view(tmp_path, "2025-Q1"), _view(tmp_path, "2025-Q3")
    assert (first["state"], first["next_to_close"]) == ("passed over", "2025-Q3")
    ((draft,), (open_now,)) = first["settlements"], third["settlements"]
    assert draft["lines"] == draft["adjustments"] == []
    assert [each["amount_minor"] for each in draft["adjustments_elsewhere"]] == [100_000]
    assert [(each["adjusts"], each["amount_minor"]) for each in open_now["adjustments"]] == [("2025-Q1", 100_000)]
    assert open_now["lines"] == []
    with pytest.raises(ProblemError) as error:
        Settling(open_workspace(tmp_path), Asked("2025-Q1", FIRST + 364)).close()
    assert [problem.code for problem in error.value.problems] == ["D303"]


def test_a_closing_on_which_another_builds_is_taken_back(folder: Path):
    """What the first quarter settled would be settled nowhere: nothing is shown until the second is taken back too, and
    then both are closed again.
    """
    for label, last in (("2025-Q1", Q1), ("2025-Q2", FIRST + 180)):
        Settling(open_workspace(folder), Asked(label, last, (last + 1) * 86_400)).close()
    taken = {"kind": "withdrawal", "occurred": "2025-07-11"}
    book.append(folder, [json.dumps({**taken, "id": "w1", "corrects": "settlement-2025-Q1"})])
    for label in ("2025-Q1", "2025-Q2", "2025-Q3", "2025"):
        with pytest.raises(ProblemError) as error:
            _view(folder, label)
        assert [problem.code for problem in error.value.problems] == ["D307"]
    book.append(folder, [json.dumps({**taken, "id": "w2", "corrects": "settlement-2025-Q2"})])
    for label in ("2025-Q1", "2025-Q2"):
        Settling(open_workspace(folder), Asked(label, FIRST + 180)).close()
    assert [_view(folder, label)["state"] for label in ("2025-Q1", "2025-Q2", "2025-Q3")] == [
        "closed",
        "closed",
        "draft",
    ]


def test_another_length_is_said(corrected: Path):
    """April is no quarter: it is closed in the place of the second quarter where that is said, and drafted alike."""
    at, known = FIRST + 119, (FIRST + 200) * 86_400
    with pytest.raises(ProblemError) as error:
        Settling(open_workspace(corrected), Asked("2025-04", at, known)).close()
    assert [problem.code for problem in error.value.problems] == ["D310"]
    draft = Settling(open_workspace(corrected), Asked("2025-04", FIRST + 364, other_length=True))
    (settlement,) = settlement_view(draft)["settlements"]
    assert [line["amount_minor"] for line in settlement["adjustments"]] == [20_000]
    done = CliRunner().invoke(
        app, ["settle", str(corrected), "2025-04", "--close", "--other-length", "--at", "2025-12-31"]
    )
    assert done.exit_code == 0, done.output
    assert _view(corrected, "2025-Q2")["next_to_close"] == "2025-05"


def test_what_will_be_known_is_not_known(folder: Path):
    """A closing as known at a time to come is refused, and so is one of a period that has not ended by the clock."""
    for words in (["2025-Q1", "--known-at", "2999-01-01"], ["2998", "--at", "2998-12-31"]):
        done = CliRunner().invoke(app, ["settle", str(folder), *words, "--close"])
        assert (done.exit_code, "D306" in done.output) == (2, True), done.output


def test_a_credit_against_invoices(tmp_path: Path):
    """Is not paid: the page says so at the figure, and where it says what is to be paid."""
    page = (Path(__file__).parents[2] / "terms/service-level.md").read_text(encoding="utf-8")
    text, told = (re.search(rf"^(`{{3,}}){kind}\n(.*?)^\1$", page, re.M | re.S) for kind in ("lgd", "jsonl"))
    assert text is not None
    assert told is not None
    (tmp_path / "agreement.lgd").write_text(text[2], encoding="utf-8")
    (tmp_path / "ledger.jsonl").write_text(told[2], encoding="utf-8")
    said = CliRunner().invoke(app, ["settle", str(tmp_path), "2025", "--at", "2025-12-31"]).stdout
    assert "given against invoices" in said
    assert "against invoices to" in said
    other = text[2].replace("given: against-invoices", "given: payment")
    (tmp_path / "agreement.lgd").write_text(other, encoding="utf-8")
    said = CliRunner().invoke(app, ["settle", str(tmp_path), "2025", "--at", "2025-12-31"]).stdout
    assert "against invoices" not in said


def test_the_second_agreement(tmp_path: Path):
    """Closings of one workspace are nothing to another beside it."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "agreement.lgd").write_text(TEXT, encoding="utf-8")
        book.append(tmp_path / name, [json.dumps({**EARNED, "id": "r1", "recorded": "2025-02-02"})])
    Settling(open_workspace(tmp_path / "one"), Asked("2025-Q1", Q1, (Q1 + 1) * 86_400)).close()
    assert Settling(open_workspace(tmp_path / "one"), Asked("2025-Q1", Q1)).state == "closed"
    assert Settling(open_workspace(tmp_path / "two"), Asked("2025-Q1", Q1)).state == "draft"


def test_what_is_shown_is_the_same_twice(folder: Path):
    """The same question, the same answer, to the byte; and a closed period is told as it was before it was closed."""
    asked = Asked("2025-Q1", Q1, (Q1 + 1) * 86_400)
    draft = settlement_view(Settling(open_workspace(folder), asked))
    assert settlement_view(Settling(open_workspace(folder), asked)) == draft
    before = Settling(open_workspace(folder), asked)
    found = content(before.settlements(before.now())[0])
    before.close()
    assert content(Settling(open_workspace(folder), asked).as_closed()[0]) == found


def test_amounts_of_another_day_are_not_netted():
    """Without a settlement day of its own netting takes what is due on one day; with set-off, what is overdue too."""
    for off, met in (("no", 0), ("yes", 10_000)):
        from random import Random

        clause = netting(Random(1))
        terms = {"settlement_day": "due-day", "set_off": off}
        lines = [f"{k}: {terms[k]}" if (k := line.partition(":")[0]) in terms else line for line in clause.splitlines()]
        deal = Deal("\n".join([TEXT, share("fee", "ben", "ada"), *lines, ""]))
        deal.events.append({**EARNED, "id": "r1", "recorded": "2025-02-02"})
        late = {
            **EARNED,
            "id": "r2",
            "by": "ben",
            "occurred": "2025-05-01",
            "recorded": "2025-05-01",
            "amount": "USD 500",
        }
        deal.events.append(late)
        figures = deal.settling("2025", "2025-12-31").now().results[0].figures
        assert [figure.paid for figure in figures if figure.transfer.clause == "fee"] == [met]


def test_a_future_day_is_asked_for(folder: Path):
    """`--at` before the period is over shows a draft that says so."""
    done = CliRunner().invoke(app, ["settle", str(folder), "2025-Q1", "--at", "2025-02-10", "--json"])
    assert json.loads(done.stdout)["state"] == "not ended"


def _told(folder: Path, *events: dict[str, str]) -> list[int]:
    """What the first quarter comes to after these events: as it was closed, and what has changed since."""
    book.append(folder, [json.dumps(event) for event in events])
    view = settlement_view(Settling(open_workspace(folder), Asked("2025-Q1", Q1 + 200)))
    since = [line["delta_minor"] for line in view["since"][0]["lines"]]
    return [*(line["amount_minor"] for line in view["settlements"][0]["lines"]), *filter(None, since)]


def test_the_text_enters_the_record_after_a_closing(folder: Path):
    """What was closed stays closed when the ledger is told later, and today, of the document that it was made of."""
    entry = {"id": "text", "kind": "document", "occurred": "2024-12-01", "file": "agreement.lgd"}
    Settling(open_workspace(folder), Asked("2025-Q1", Q1)).close()
    assert _told(folder, entry) == [100_000]
    assert _told(folder, {"kind": "withdrawal", "corrects": "text", "occurred": "2025-06-01"}) == [100_000]
    assert _told(folder, {**entry, "id": "again", "recorded": "2024-12-01"}) == [100_000]


def test_an_entry_that_is_taken_back(folder: Path):
    """A document of which every entry is withdrawn counts from the day it was signed, as one that has none."""
    book.append(
        folder, [json.dumps({"id": "text", "kind": "document", "occurred": "2024-12-01", "file": "agreement.lgd"})]
    )
    book.append(folder, [json.dumps({"kind": "withdrawal", "corrects": "text", "occurred": "2025-06-01"})])
    (line,) = settlement_view(Settling(open_workspace(folder), Asked("2025-Q1", Q1)))["settlements"][0]["lines"]
    assert line["amount_minor"] == 100_000


def test_an_amendment_that_enters_the_record_after_a_closing(folder: Path):
    """It was signed before, and nobody had told of it: the closing stands, and what it changes is an adjustment."""
    Settling(open_workspace(folder), Asked("2025-Q1", Q1)).close()
    front = HEAD.replace("sides:", "amends:\n  title: Lemonade\n  file: agreement.lgd\nsides:", 1)
    signing = SIGNED.replace("{#signing}", "{#signing-2}")
    text = "\n".join([front, signing, share("share", "ada", "ben").replace("20 %", "30 %")])
    text = text.replace("family: revenue-share", "family: revenue-share\nreplaces: share")
    (folder / "amendment.lgd").write_text(text, encoding="utf-8")
    entry = {"id": "text", "kind": "document", "occurred": "2025-01-02", "file": "amendment.lgd"}
    other = {**EARNED, "id": "r9", "occurred": "2025-08-01"}
    assert _told(folder, entry, other) == [100_000, 50_000]
    assert _told(folder, {"kind": "withdrawal", "corrects": "r9", "occurred": "2025-08-02"}) == [100_000, 50_000]


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("2025-13", "the months of a year are 01 to 12"),
        ("2025-Q5", "the quarters of a year are Q1 to Q4"),
        ("9999", "the years that can be settled are 0001 to 9998"),
        ("late-13", ""),
        ("\u0662\u0660\u0662\u0665-13", ""),
        ("25-13", ""),
    ],
)
def test_why_a_label_is_no_period(label: str, why: str):
    """What is wrong is said of a label that begins with a year, and of no other."""
    assert why_none(label) == why
