"""Settlements as files: what other programs make of them."""

import csv
import io
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pyarrow.parquet as parquet
import pytest

from adidem.desk.output import inert
from adidem.desk.settling.closing import Asked, Settling
from adidem.desk.settling.files import FORMS, as_csv, text_of, write
from adidem.desk.settling.journal import journal
from adidem.desk.settling.settlement import settlement_view
from adidem.kernel.problem import ProblemError
from property.settling import FIRST, HEAD, SIGNED, Deal, late, netting, random_changes, random_events, share
from property.strategies import iso
from unit.desk.spreadsheet import Book

View = dict[str, Any]
Q1, Q2, Q3 = FIRST + 89, FIRST + 180, FIRST + 272


def deal(seed: int) -> Deal:
    """An agreement with netting and interest, a first quarter that is closed, and what came to be known since."""
    chance = Random(seed)
    shares = (
        share("share", "ada", "ben"),
        share("fee", "ben", "ada", rate="{is: 5 %, basis: assumed, range: 4 % to 6 %}"),
    )
    made = Deal("\n".join([HEAD, SIGNED, *shares, netting(chance), late(chance)]))
    made.events += random_events(chance, 8, FIRST, Q1, FIRST, "a")
    made.close("2025-Q1", iso(Q1 + 10))
    made.events += random_changes(chance, [e for e in made.events if e["kind"] in ("revenue", "payment")], Q1 + 20)
    made.events += random_events(chance, 8, FIRST, Q3, Q1 + 20, "b")
    return made


def view_of(seed: int, period: str = "2025-Q2") -> View:
    """A settlement as plain data."""
    return settlement_view(deal(seed).settling(period, iso(Q3)))


VIEWS = [view for seed in range(7) if (view := view_of(seed))["settlements"][0]["totals"]]
LINES = ("lines", "adjustments")


def sums(view: View, key: str) -> Decimal:
    """A column of all lines, in units of money."""
    return sum((Decimal(line[key]) / 100 for s in view["settlements"] for of in LINES for line in s[of]), Decimal(0))


@pytest.mark.parametrize("view", VIEWS)
def test_csv_has_every_cent(view: View):
    """The amounts of the lines, as exact decimals."""
    rows = list(csv.DictReader(io.StringIO(as_csv(view))))
    assert sum((Decimal(row["amount"]) for row in rows), Decimal(0)) == sums(view, "amount_minor")
    assert all(Decimal(row["new"]) - Decimal(row["original"]) == Decimal(row["amount"]) for row in rows)
    assert {row["kind"] for row in rows} <= {"figure", "adjustment"}


@pytest.mark.parametrize("view", VIEWS)
def test_parquet_has_every_cent(view: View, tmp_path: Path):
    """As minor units, with the receipt beside them."""
    write(view, "parquet", tmp_path / "s.parquet")
    table = parquet.read_table(tmp_path / "s.parquet")
    assert Decimal(sum(table["amount_minor"].to_pylist())) / 100 == sums(view, "amount_minor")
    assert json.loads(table.schema.metadata[b"receipt"]) == json.loads(json.dumps(view["receipt"]))


@pytest.mark.parametrize("view", VIEWS)
def test_the_workbook_ties_out(view: View, tmp_path: Path):
    """Its formulas, worked out, give the engine's figures; and when a line is changed, they say so."""
    write(view, "xlsx", tmp_path / "s.xlsx")
    found = openpyxl.load_workbook(tmp_path / "s.xlsx")
    book, ties = Book(found), found["Tie-out"]
    rows = [row for row in range(2, ties.max_row + 1) if ties.cell(row, 2).value]
    assert {book.value("Tie-out", f"G{row}") for row in rows} == {"ties"}
    summary = {found["Summary"].cell(row, 1).value: row for row in range(1, found["Summary"].max_row + 1)}
    assert book.value("Summary", f"B{summary['Ties out']}") == "yes"
    ways = [way for s in view["settlements"] for total in s["totals"] for way in total["directions"]]
    for way, name in product(ways, ("settled", "adjusted", "open")):
        row = summary[f"{name.capitalize()}, {way['payer']} to {way['payee']}"]
        assert book.value("Summary", f"B{row}") == Decimal(way[f"{name}_minor"]) / 100
    off = Book(found, {("Lines", "K2"): 10**9})
    assert off.value("Summary", f"B{summary['Ties out']}") == "no"


@pytest.mark.parametrize("view", VIEWS)
def test_beside_each_formula_stands_its_value(view: View, tmp_path: Path):
    """What previewers show, which work out no formula, is what the formula gives, worked out here by itself; of the
    differences nothing. The same settlement gives the same bytes.
    """
    write(view, "xlsx", tmp_path / "s.xlsx")
    with_formulas = openpyxl.load_workbook(tmp_path / "s.xlsx")
    values, book = openpyxl.load_workbook(tmp_path / "s.xlsx", data_only=True), Book(with_formulas)
    cells = [(sheet.title, cell) for sheet in with_formulas for row in sheet for cell in row if cell.data_type == "f"]
    assert len(cells) > len(view["settlements"][0]["lines"])
    for sheet, cell in cells:
        shown, given = values[sheet][cell.coordinate].value, book.value(sheet, cell.coordinate)
        assert (shown if isinstance(given, str) else Decimal(str(shown))) == given, (sheet, cell.coordinate)
    last = values["Tie-out"].max_row
    assert {values["Tie-out"].cell(row, 6).value for row in range(2, last + 1)} <= {0}
    write(view, "xlsx", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "s.xlsx").read_bytes()


def test_no_amount_of_the_workbook_is_a_float_before_it_is_written(tmp_path: Path):
    """What stands in the file is the exact decimal: ten trillion and a cent."""
    view = view_of(1)
    line = next(line for s in view["settlements"] for of in LINES for line in s[of])
    line |= {"new_minor": 10**15 + 1, "original_minor": 0, "amount_minor": 10**15 + 1}
    write(view, "xlsx", tmp_path / "s.xlsx")
    import zipfile

    sheet = zipfile.ZipFile(tmp_path / "s.xlsx").read("xl/worksheets/sheet2.xml").decode()
    assert "<v>10000000000000.01</v>" in sheet


@pytest.mark.parametrize("view", VIEWS)
def test_focus_rows_are_valid(view: View):
    """By the linter of focus-data-toolkit, against the model of FOCUS 1.4; and they sum to what is settled."""
    toolkit = pytest.importorskip("focus_data_toolkit")
    rows = list(csv.DictReader(io.StringIO(text_of(view, "focus") or "")))
    report = toolkit.lint_focus_1_4_structure("cost and usage", rows)
    assert report.messages() == []
    assert sum((Decimal(row["BilledCost"]) for row in rows), Decimal(0)) == sums(view, "amount_minor")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("program", ["bean-check", "hledger", "ledger"])
def test_journals_are_read(view: View, program: str, tmp_path: Path):
    """One text, which each of the three programs takes; and the last two find it in balance."""
    at = Path(sys.executable).parent / program
    found = str(at) if at.exists() else shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: see https://plaintextaccounting.org")
    file = tmp_path / "s.beancount"
    file.write_text(journal(view), encoding="utf-8")
    command = {"bean-check": [found, str(file)], "hledger": [found, "-f", f"journal:{file}", "check"]}.get(program)
    done = subprocess.run(command or [found, "-f", str(file), "balance"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    if program == "ledger" and done.stdout:
        assert done.stdout.rstrip().endswith("0")


@pytest.mark.parametrize("seed", range(4))
def test_journals_of_all_periods_leave_what_is_open(seed: int):
    """Entries of the closed and of the open period together: what is owed less what was paid and netted."""
    made = deal(seed)
    balance: dict[str, int] = {}
    for period in ("2025-Q1", "2025-Q2"):
        (settlement,) = settlement_view(made.settling(period, iso(Q2)))["settlements"]
        for of in LINES:
            for line in settlement[of]:
                balance[line["payer"]] = balance.get(line["payer"], 0) + line["amount_minor"]
        for moved in settlement["movements"]:
            balance[moved["payer"]] = balance.get(moved["payer"], 0) - moved["amount_minor"]
    result = made.settling("2025-Q2", iso(Q2)).now().results[0]
    expected: dict[str, int] = {}
    for figure in result.figures:
        if figure.fixed <= Q2:
            payer = figure.transfer.payer
            expected[payer] = expected.get(payer, 0) + figure.transfer.amount_minor - figure.paid
    for payment, rest in result.unmatched:
        expected[payment.payer] = expected.get(payment.payer, 0) - rest
    assert {p: n for p, n in balance.items() if n} == {p: n for p, n in expected.items() if n}


def sold(id: str, by: str, on: str, recorded: str) -> dict[str, str]:
    """USD 1,000 of revenue."""
    head = {"id": id, "kind": "revenue", "occurred": on, "recorded": recorded}
    return {**head, "by": by, "product": "lemonade", "amount": "USD 1000"}


def late_told(pay_within: str = "30 days") -> Deal:
    """A first quarter that is closed, and of which more came to be known since."""
    made = Deal("\n".join([HEAD, SIGNED, share("share", "ada", "ben", pay_within=pay_within)]))
    made.events.append(sold("one", "ada", "2025-02-01", "2025-02-01"))
    made.close("2025-Q1", "2025-04-10")
    made.events.append(sold("two", "ada", "2025-03-01", "2025-04-20"))
    made.events.append(sold("three", "ada", "2025-05-01", "2025-05-01"))
    return made


def test_an_adjustment_is_entered_in_the_open_period():
    """A closed quarter's books stay as they are: what is told of it later is entered on the last day of the next."""
    text = journal(settlement_view(late_told().settling("2025-Q2", "2025-08-31")))
    heads = [line for line in text.splitlines() if ' * "' in line]
    assert heads == [
        '2025-06-30 * "ada" "share/2025-Q2/share"',
        '2025-06-30 * "ada" "share/2025-Q1/share, adjustment of 2025-Q1"',
    ]


def test_the_periods_of_focus_rows():
    """A correction is of the quarter that it corrects, and is billed with the open one; each period ends before the
    first instant that is no more in it.
    """
    text = text_of(settlement_view(late_told().settling("2025-Q2", "2025-08-31")), "focus")
    names = ("ChargeClass", *(f"{of}Period{end}" for of in ("Charge", "Billing") for end in ("Start", "End")))
    found = [tuple(row[name].removesuffix("T00:00:00Z") for name in names) for row in csv.DictReader(io.StringIO(text))]
    assert found == [
        ("", "2025-04-01", "2025-07-01", "2025-04-01", "2025-07-01"),
        ("Correction", "2025-01-01", "2025-04-01", "2025-04-01", "2025-07-01"),
    ]


def test_parties_that_are_written_alike():
    """In a journal each has accounts of its own: the second and the third are numbered."""
    names = ("ada-x", "ada_x", "ada.x")
    view = settlement_view(late_told().settling("2025-Q2", "2025-08-31"))
    (settlement,) = view["settlements"]
    for line in settlement["lines"]:
        line |= {"payer": names[1], "payee": names[2]}
    for line in settlement["adjustments"]:
        line |= {"payer": names[0], "payee": names[2]}
    text = journal({**view, "parties": dict.fromkeys(names, "")})
    accounts = {line.split()[2] for line in text.splitlines() if " open " in line}
    assert accounts == {
        "Assets:Ada-x-3:From-Ada-x-2",
        "Liabilities:Ada-x-2:To-Ada-x-3",
        "Assets:Ada-x-3:From-Ada-x",
        "Liabilities:Ada-x:To-Ada-x-3",
    }


@pytest.mark.parametrize(("on", "overdue"), [("2025-06-30", False), ("2025-07-01", True)])
def test_what_is_open_of_a_closed_period(on: str, overdue: bool):
    """It is late from the day after it was due."""
    (settlement,) = settlement_view(late_told("91 days").settling("2025-Q2", on))["settlements"]
    (earlier,) = settlement["open_of_earlier_periods"]
    told = (earlier["id"], earlier["due"], earlier["open_minor"], earlier["overdue"])
    assert told == ("share/2025-Q1/share", "2025-06-30", 20_000, overdue)


@pytest.mark.parametrize("view", VIEWS)
def test_the_summary_has_every_position_and_every_assumption(view: View, tmp_path: Path):
    """None is written over another."""
    write(view, "xlsx", tmp_path / "s.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx")["Summary"]
    heads = [str(sheet.cell(row, 1).value) for row in range(1, sheet.max_row + 1)]
    positions = [each["party"] for settlement in view["settlements"] for each in settlement["positions"]]
    assert sum(head.startswith("Position of ") for head in heads) == len(positions)
    others = [each for settlement in view["settlements"] for key in ("carried", "withheld") for each in settlement[key]]
    assert sum(head.startswith(("Carried, ", "Withheld, ")) for head in heads) == len(others)
    assert [head for head in heads if head == "fee.rate"] == [each["term"] for each in view["assumed"]]


NASTY = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", 'a "quoted" name', "back\\slash", "two\nlines"]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_becomes_a_formula(text: str, tmp_path: Path):
    """Titles are written by whoever writes the documents: in each form they stay texts, and journals stay whole."""
    view = view_of(1)
    for line in (line for s in view["settlements"] for of in LINES for line in s[of]):
        line |= {"title": text, "id": text}
    view["agreement"] = text
    for form in ("csv", "focus"):
        for row in csv.reader(io.StringIO(text_of(view, form) or "")):
            assert not [cell for cell in row if cell[:1] in ("=", "@", "+", "\t", "\r")]
            assert [cell for cell in row if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()] == []
    write(view, "xlsx", tmp_path / "s.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx")["Lines"]
    assert {sheet.cell(2, column).data_type for column in (3, 5)} == {"s"}
    heads = [line for line in journal(view).splitlines() if line[:2] == "20" and " open " not in line]
    assert all(line.count('"') == 4 for line in heads)
    assert inert("USD 5") == "USD 5"


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "focus", "journal", "json"])
def test_a_file_is_written_whole_or_not_at_all(form: str, tmp_path: Path):
    """What cannot be written leaves the file that was there, and nothing beside it."""
    view = view_of(1)
    old = tmp_path / "s"
    old.write_text("old", encoding="utf-8")
    broken = {**view, "settlements": [{**view["settlements"][0], "lines": [{"adjusts": None}], "movements": 1}]}
    broken["receipt"] = object()
    with pytest.raises((KeyError, TypeError)):
        write(broken, form, old)
    assert old.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    write(view, form, old)
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert old.read_bytes() != b"old"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "table"])
def test_nothing_settled_can_be_written(form: str, tmp_path: Path):
    """A settlement without a line, of a workspace without an event."""
    empty = Deal("\n".join([HEAD, SIGNED, share("share", "ada", "ben")]))
    view = settlement_view(Settling(empty.workspace(), Asked("2025-Q1", Q1)))
    assert view["settlements"][0]["lines"] == []
    write(view, form, tmp_path / "s")
    assert (tmp_path / "s").stat().st_size > 0


def test_a_folder_is_no_file(tmp_path: Path):
    """D309, and nothing was changed."""
    with pytest.raises(ProblemError) as error:
        write(view_of(1), "csv", tmp_path)
    assert [problem.code for problem in error.value.problems] == ["D309"]
    assert list(tmp_path.iterdir()) == []
