"""Statements with planted errors: each is found, named, with its clause and amount, and nothing is left unexplained."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from adidem.cli.main import app
from adidem.desk.reconciling.asking import Asked, reconciled
from adidem.desk.reconciling.reconciled import differing, reconcile_view
from adidem.desk.reconciling.xlsx import as_csv
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.problem import ProblemError
from adidem.records.exported import Days, number
from unit.desk import royalties
from unit.desk.royalties import CLAUSES, ERRORS, PERIOD, figure, statement

_FIRST = {"api": "tier", "licence": "cap", "maps": "adjustment"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace of the royalties, opened once."""
    folder = tmp_path_factory.mktemp("royalties")
    royalties.workspace(folder)
    return open_workspace(folder)


def asked(desk: Workspace, text: str, rules: str = "", name: str = "theirs.csv", period: str = PERIOD) -> Asked:
    """What is asked of a statement, by the rules of the workspace or by others."""
    (desk.root / name).write_text(text, encoding="utf-8")
    other = desk.root / f"{name}.rules.yaml"
    if rules:
        other.write_text(rules, encoding="utf-8")
    return Asked(desk.root / name, period, other if rules else None)


def view(desk: Workspace, text: str, rules: str = "", name: str = "theirs.csv", period: str = PERIOD) -> dict[str, Any]:
    """The answer as data."""
    return reconcile_view(reconciled(desk, asked(desk, text, rules, name, period)))


def causes(found: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    """What was found: (clause, cause) → amount."""
    return {
        (one["clause"], step["cause"]): Decimal(step["amount"]) for one in found["clauses"] for step in one["causes"]
    }


def cents(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


# Rules


def test_a_column_in_two_ways(desk: Workspace):
    """A column that is named by {column: NAME} is the column that is named by its name alone."""
    rules = royalties.RULES
    for key in ("reference", "occurred", "base", "rate", "exchange", "amount"):
        rules = re.sub(f"^{key}: (.*)$", rf"{key}: {{column: \1}}", rules, flags=re.MULTILINE)
    assert rules.count("{column: ") == royalties.RULES.count("{column: ") + 6
    assert causes(view(desk, statement(ERRORS), rules)) == causes(view(desk, statement(ERRORS)))


@pytest.mark.parametrize("wrong", ["{name: Due}", "[Due]"])
def test_no_column(desk: Workspace, wrong: str):
    """Anything else names none, and is refused."""
    with pytest.raises(ProblemError) as error:
        view(desk, statement(()), royalties.RULES.replace("amount: Due", f"amount: {wrong}"))
    assert [problem.code for problem in error.value.problems] == ["I103"]


# Twelve errors


def test_twelve_errors(desk: Workspace):
    """One statement with all twelve: each is named with its clause, and nothing is left unexplained."""
    found = view(desk, statement(ERRORS))
    assert set(causes(found)) == {(clause, error) for error, clause in ERRORS.items()}
    for one in found["clauses"]:
        assert Decimal(one["theirs"]) == cents(figure(one["clause"], ERRORS))
        assert Decimal(one["ours"]) == cents(figure(one["clause"], ()))
        assert Decimal(one["unexplained"]) == 0


@pytest.mark.parametrize("error", ERRORS)
def test_one_error(desk: Workspace, error: str):
    """Planted alone, an error is the one cause, and its amount is what it moves."""
    clause = ERRORS[error]
    moved = figure(clause, [error]) - figure(clause, ())
    assert moved, "an error that moves nothing tests nothing"
    assert causes(view(desk, statement([error]))) == {(clause, error): cents(moved)}


@settings(max_examples=12, deadline=None)
@given(st.sets(st.sampled_from(list(ERRORS))))
def test_any_errors(desk: Workspace, errors: set[str]):
    """Of any errors together the parts and the rest are theirs less ours; the rest is nothing."""
    found = view(desk, statement(errors))
    assert set(causes(found)) == {(ERRORS[error], error) for error in errors}
    for one in found["clauses"]:
        parts = sum((Decimal(step["amount"]) for step in one["causes"]), Decimal(0))
        theirs, ours = (cents(figure(one["clause"], which)) for which in (errors, ()))
        assert parts == theirs - ours
        assert Decimal(one["unexplained"]) == 0
    assert found["equal"] == (not errors)


def test_order_of_lines_is_nothing(desk: Workspace):
    """The same lines in another order give the same causes and amounts."""
    head, *rows = statement(ERRORS).splitlines()
    turned = "\n".join([head, *reversed(rows)]) + "\n"
    assert causes(view(desk, turned)) == causes(view(desk, statement(ERRORS)))


def test_same_bytes_twice(desk: Workspace):
    """The same question has the same answer, to the byte."""
    assert json.dumps(view(desk, statement(ERRORS))) == json.dumps(view(desk, statement(ERRORS)))


def test_line_and_event_are_named(desk: Workspace):
    """A differing line says its line in the file, our event with its place, and both amounts."""
    (base,) = [one for one in differing(reconciled(desk, asked(desk, statement(["base"])))) if one["cause"] == "base"]
    shown = statement(["base"]).splitlines()[base["line"] - 1]
    assert base["event"] in shown
    assert (base["ours"], base["theirs"]) == ("7300.25", "7030.25")
    file, _, line = str(base["place"]).partition(":")
    assert f'"id": "{base["event"]}"' in (desk.root / file).read_text().splitlines()[int(line) - 1]


def test_what_nobody_planted_is_unexplained(desk: Workspace):
    """A total that no change of an input gives is left as a number, and no cause is invented for it."""
    text = statement(()).replace('Total,MAPS,Q2 2025,,,,,,,"2,000.00"', "Total,MAPS,Q2 2025,,,,,,,2001.37")
    (maps,) = [one for one in view(desk, text)["clauses"] if one["clause"] == "maps"]
    assert (maps["causes"], maps["unexplained"]) == ([], "1.37")


def test_two_explanations_are_both_shown(desk: Workspace):
    """Where a tier for all units and a plain rate give the same figure, both are said."""
    (api,) = [one for one in view(desk, statement(["tier"]))["clauses"] if one["clause"] == "api"]
    assert [step["cause"] for step in api["causes"]] == ["tier"]
    assert [[change["cause"] for change in changes] for changes in api["or_else"]] == [["rate"]]


# Without references


KEYED = """clause: search
line: {column: Product}
occurred: Date
base: Net
amount: Due
currency: USD
known_at: 2025-07-31
rounding: half even
"""


def keyed(rows: Collection[tuple[str, str, int]]) -> str:
    """A statement of one clause whose lines name no invoice."""
    out = [f"{product},{day},{base // 100}.{base % 100:02d},{base * 20 / 10_000:.4f}" for product, day, base in rows]
    return "\n".join(["Product,Date,Net,Due", *out]) + "\n"


def sales(clause: str) -> list[tuple[str, str, int]]:
    """Our sales of the quarter."""
    own = (sale for sale in royalties.SALES if sale.product.startswith(f"product/{clause}"))
    return [(sale.product, sale.day, sale.cents) for sale in own if "2025-04-01" <= sale.day <= "2025-06-30"]


def test_matched_by_what_it_is_about(desk: Workspace):
    """Lines that name no event of ours are matched by product and day; all alike is no difference."""
    assert view(desk, keyed(sales("search")), KEYED)["equal"]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_lines_without_references(desk: Workspace, data: st.DataObject):
    """Whatever lines are dropped, doubled, changed or added: our program gives their figure, line for line."""
    rows = list(sales("search"))
    for place in sorted(data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=3)), reverse=True):
        what = data.draw(st.sampled_from(["drop", "double", "change", "add"]))
        product, day, base = rows[place]
        if what == "drop":
            del rows[place]
        else:
            other = data.draw(st.integers(1, 10**7))
            changed = {"double": (product, day, base), "change": (product, day, other)}
            rows.append(changed.get(what, (product, "2025-06-05", other)))
            if what == "change":
                del rows[place]
    found = view(desk, keyed(rows), KEYED)
    (one,) = found["clauses"]
    theirs = round(Fraction(sum(base for _, _, base in rows), 5))
    assert Decimal(one["theirs"]) == cents(theirs)
    assert Decimal(one["unexplained"]) == 0
    assert found["equal"] == (sorted(rows) == sorted(sales("search")))


# What else a statement can be


def printed(desk: Workspace, text: str, *more: str, rules: str = "") -> tuple[int, str]:
    """Exit code and everything printed."""
    one = asked(desk, text, rules)
    options = ["--map", str(one.rules)] if one.rules else []
    done = CliRunner().invoke(
        app, ["reconcile", str(desk.root), str(one.statement), "--period", PERIOD, *options, *more]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_equal_ends_with_0(desk: Workspace):
    """No differences: exit code 0, and it is said."""
    code, out = printed(desk, statement(()))
    assert (code, out.splitlines()[-1]) == (0, "no differences")


def test_differences_end_with_1(desk: Workspace):
    """Differences: exit code 1."""
    assert printed(desk, statement(["base"]))[0] == 1


def test_empty_statement(desk: Workspace):
    """A header alone: everything of ours is missing, in each clause that the rules name."""
    head = statement(()).splitlines()[0] + "\n"
    found = view(desk, head)
    assert [one["clause"] for one in found["clauses"]] == list(CLAUSES)
    assert all(one["theirs"] == "0.00" and one["unexplained"] == "0.00" for one in found["clauses"])
    assert {step["cause"] for one in found["clauses"] for step in one["causes"]} == {
        "missing line", "late data", "adjustment"
    }  # fmt: skip


def test_no_bytes(desk: Workspace):
    """A file without a byte is refused with a sentence."""
    code, out = printed(desk, "")
    assert (code, "I113" in out) == (2, True)


def test_wrong_period(desk: Workspace):
    """A statement of another quarter is refused, and says of which."""
    code, out = printed(desk, statement(()).replace("Q2 2025", "Q4 2024"))
    assert code == 2
    assert "D353" in out
    assert "Q4 2024" in out


@pytest.mark.parametrize("period", ["2025-13", "2025-Q5", "Q2", "2025-06", "1999-Q2", "2025-06-31", "", "9999"])
def test_no_such_period(desk: Workspace, period: str):
    """What is no period, or none that a clause settles by, is refused."""
    with pytest.raises(ProblemError) as refused:
        view(desk, statement(()), period=period)
    assert {problem.code for problem in refused.value.problems} <= {"D352", "D353"}


def test_wrong_currency(desk: Workspace):
    """Rows in other money are counted, added up and listed, and enter nothing."""
    found = view(desk, statement(()), royalties.RULES.replace("currency: USD", "currency: EUR"))
    total = sum((cents(figure(clause, ())) for clause in CLAUSES), Decimal(0))
    # A total has the adjustment in it, which is a row of its own beside it.
    assert found["statement"]["heaps"]["rejected"] == {
        "rows": len(statement(()).splitlines()) - 1,
        "sum": str(total + cents(royalties.adjustment(()))),
    }
    assert not found["equal"]
    assert found["statement"]["listed"][0]["reason"] == "its currency is EUR, and not USD"


def test_unknown_clause(desk: Workspace):
    """Rows about what is no clause of ours are unmapped: counted, added up and listed."""
    text = statement(()) + "Total,BOOKS,Q2 2025,,,,,,,12.50\n"
    found = view(desk, text)
    assert found["statement"]["heaps"]["unmapped"] == {"rows": 1, "sum": "12.50"}
    assert found["statement"]["listed"] == [
        {
            "row": len(text.splitlines()) - 1,
            "line": len(text.splitlines()),
            "is": "unmapped",
            "reason": "no clause of ours is named",
            "amount": "12.50",
        }
    ]
    assert not found["equal"]


def test_unknown_clause_in_rules(desk: Workspace):
    """Rules that name a clause that the agreement has not are refused at their place."""
    code, out = printed(desk, statement(()), rules=royalties.RULES.replace("MAPS: maps", "MAPS: mops"))
    assert code == 2
    assert "D351" in out
    assert "mops" in out


def test_duplicate_lines(desk: Workspace):
    """Every line twice: as many extra lines as there are lines."""
    head, *rows = statement(()).splitlines()
    text = "\n".join([head, *(row for row in rows for _ in (0, 1) if row.startswith("Line"))]) + "\n"
    text += "\n".join(row for row in rows if not row.startswith("Line")) + "\n"
    found = view(desk, text)
    for one in found["clauses"]:
        extra = [step for step in one["causes"] if step["cause"] == "extra line"]
        assert [step["count"] for step in extra] == [one["records"]]


def test_corrupted_rows_are_listed(desk: Workspace):
    """A row that is no row, a base and a day that are none: each rejected, with its line; the rest is compared."""
    text = statement(()).replace('2025-04-18,"2,500.50"', "2025-04-18,2.5OO")
    text = text.replace("2025-05-05", "2025-15-05") + 'Line,SEARCH,"Q2\n'
    found = view(desk, text)
    reasons = {one["reason"] for one in found["statement"]["listed"]}
    assert "its base is no number" in reasons
    dates = "dates: iso, month/day/year, day/month/year, day.month.year"
    mend = f"write the day as in 2025-01-31, or say in the rules how days are written: {dates}"
    assert f"its day cannot be read: the day 2025-15-05 does not exist; {mend}" in reasons
    assert found["statement"]["heaps"]["rejected"]["rows"] == 3
    heaps = found["statement"]["heaps"].values()
    assert sum(heap["rows"] for heap in heaps) == found["statement"]["rows"]


def test_each_day_and_rate_that_is_not_read_is_told(desk: Workspace):
    """Each listed row says the text that stands in it, and what to write."""
    text = statement(()).replace("2025-05-05", "5/5/2025").replace("2025-04-18", "18th").replace("12 %", "a tenth")
    found = view(desk, text)
    reasons = sorted(one["reason"] for one in found["statement"]["listed"])
    assert [reason for reason in reasons if "“5/5/2025” is no day; say how days are written: dates: month" in reason]
    assert [reason for reason in reasons if "“18th” is no day; write the day as in 2025-01-31, or" in reason]
    assert [
        reason for reason in reasons if "rate cannot be read: “a tenth” is no number; write it as in 20 %" in reason
    ]


def test_parquet_is_as_csv(desk: Workspace):
    """The same statement as Parquet gives the same causes."""
    duckdb = pytest.importorskip("duckdb")
    (desk.root / "all.csv").write_text(statement(ERRORS), encoding="utf-8")
    file = desk.root / "all.parquet"
    connection = duckdb.connect()
    connection.execute(
        f"COPY (SELECT * FROM read_csv('{desk.root}/all.csv', all_varchar=true)) TO '{file}' (FORMAT parquet)"
    )
    connection.close()
    found = reconcile_view(reconciled(desk, Asked(file, PERIOD)))
    assert causes(found) == causes(view(desk, statement(ERRORS)))


@pytest.fixture(scope="module")
def workbook() -> bytes:
    """The statement with all errors as a workbook."""
    openpyxl = pytest.importorskip("openpyxl")
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(statement(ERRORS))):
        bare = {cell: cell.replace(",", "") for cell in row}
        book.active.append([float(bare[cell]) if bare[cell].replace(".", "").isdigit() else cell for cell in row])
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["all.xlsx", "all.dat"])
@pytest.mark.parametrize(("before", "behind"), [(0, 0), (512, 0), (0, 9), (0, 70_000), (3, 100_000)])
def test_workbook_is_as_csv(desk: Workspace, workbook: bytes, name: str, before: int, behind: int):
    """The same statement as a workbook gives the same causes, under any name and with bytes before and behind it, and
    its hash is that of the file.
    """
    padded = bytes(before) + workbook + bytes(behind)
    (desk.root / name).write_bytes(padded)
    found = reconcile_view(reconciled(desk, Asked(desk.root / name, PERIOD)))
    assert causes(found) == causes(view(desk, statement(ERRORS)))
    assert found["statement"]["sha256"] == hashlib.sha256(padded).hexdigest()


@pytest.mark.parametrize(
    ("dates", "numbers", "written"),
    [("iso", "plain", "1.234"), ("day/month/year", "grouped", "1.234"), ("day.month.year", "comma", "1,234")],
)
def test_cells_follow_the_rules(tmp_path: Path, dates: str, numbers: str, written: str):
    """Cells that are numbers or days say the same by every rules file: 1.234 is never taken for a thousand."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append([date(2025, 6, 7), 1.234, "as it is: 1.5"])
    book.save(tmp_path / "theirs.xlsx")
    with as_csv(tmp_path / "theirs.xlsx", "theirs.xlsx", dates, numbers) as text:
        ((when, share, words),) = csv.reader(io.StringIO(text.read_text(encoding="utf-8")))
    assert (share, number(share, numbers), words) == (written, Decimal("1.234"), "as it is: 1.5")
    assert Days(UTC, dates).moment(when).day == (date(2025, 6, 7) - date(1970, 1, 1)).days


def archive_of(name: str) -> bytes:
    """An archive with one file in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, statement(ERRORS))
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda book: book[:2_000], "it is cut off"),
        (
            lambda book: book.replace(b"<row", b"<\xffow").replace(b"\x00\x00\x08\x00", b"\x00\x00\x09\x00"),
            "is damaged",
        ),
        (lambda _: archive_of("theirs.csv"), "an archive (ZIP), and no workbook"),
        (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "locked with a password"),
    ],
)
def test_what_is_no_workbook(desk: Workspace, workbook: bytes, made: Callable[[bytes], bytes], says: str):
    """Each kind of file that is taken for a workbook, and is none, is refused with what is wrong with it."""
    (desk.root / "theirs.xlsx").write_bytes(made(workbook))
    with pytest.raises(ProblemError) as refused:
        reconciled(desk, Asked(desk.root / "theirs.xlsx", PERIOD))
    (problem,) = refused.value.problems
    assert (problem.code, says in problem.sentence) == ("I107", True), problem.sentence


@pytest.mark.parametrize("columns", [2_500, 1_000_000])
@pytest.mark.parametrize("where", ["header", "row", "both"])
def test_too_many_columns(desk: Workspace, columns: int, where: str):
    """Are refused, whether the header names them or a row has them, and no part of them is counted for the whole."""
    head, *rows = statement(ERRORS).splitlines()
    more = ["," + ",".join(f"c{n}" for n in range(columns)) if where != "row" else "", "," * columns]
    body = [row + (more[1] if where != "header" else "") for row in rows]
    code, out = printed(desk, "\n".join([head + more[0], *body]) + "\n")
    line = "line 2" if where == "row" else "the first line"
    assert code == 2, out
    assert f"I107 {line} has more than 2,000 columns, and no more are read" in out


def test_unknown_reference(desk: Workspace):
    """A line under another invoice number, with the same product, day and base as one of ours, is that one."""
    found = view(desk, statement(()).replace("sea-3", "INV/88"))
    assert found["equal"]


def test_out(desk: Workspace):
    """`--out FILE.csv` has every differing line; any other name the whole answer as JSON, and help says which."""
    told = " ".join(CliRunner().invoke(app, ["reconcile", "--help"]).output.replace("│", " ").split())
    assert "All of it as JSON; to a FILE.csv every line that differs instead." in told
    assert "CSV, Parquet or XLSX" in told
    printed(desk, statement(ERRORS), "--out", str(desk.root / "out.csv"))
    rows = list(csv.DictReader(io.StringIO((desk.root / "out.csv").read_text())))
    assert {row["cause"] for row in rows} >= {"missing line", "extra line", "base", "exclusion", "late data"}
    printed(desk, statement(ERRORS), "--out", str(desk.root / "out.json"))
    assert sorted(file.name for file in desk.root.glob("out.*")) == ["out.csv", "out.json"]
    assert json.loads((desk.root / "out.json").read_text()) == view(desk, statement(ERRORS))


def test_out_is_written_whole_or_not_at_all(desk: Workspace):
    """Where it cannot be, what stood there stands, and a sentence says why."""
    for name in ("out.csv", "out.json"):
        (desk.root / name).unlink(missing_ok=True)
        (desk.root / name).mkdir()
        code, out = printed(desk, statement(ERRORS), "--out", str(desk.root / name))
        assert (code, "D309 the answer cannot be written: it is a folder; nothing was changed" in out) == (2, True)
        (desk.root / name).rmdir()
    assert [path.name for path in desk.root.iterdir() if path.name.startswith(".")] == []


def test_settled_by_their_statement_event(desk: Workspace, tmp_path: Path):
    """Where nothing is closed, ours is what was known when their statement came, by the event that says so. What came
    since is said beside it; the next quarter adjusts it, and what they knew earlier than that is late.
    """
    royalties.workspace(tmp_path)
    told = {"id": "search-q2", "kind": "statement", "occurred": "2025-07-15", "recorded": "2025-07-15", "by": "ada"}
    told |= {"about": "search", "through": "2025-06-30", "amount": "USD 5360.15"}
    more = {"id": "q3", "kind": "revenue", "occurred": "2025-09-30", "recorded": "2025-09-30", "by": "ada"}
    more |= {"product": "product/other", "amount": "USD 1.00"}
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n" + json.dumps(more) + "\n")
    other, rules = open_workspace(tmp_path), royalties.RULES.replace("known_at: 2025-07-15\n", "")
    (search,) = [one for one in view(other, statement(["late data"]), rules)["clauses"] if one["clause"] == "search"]
    assert (search["causes"], search["stated"], search["since"]) == ([], "2025-07-15", "630.00")
    said = printed(other, statement(["late data"]), rules=rules)[1]
    assert "search: stated on 2025-07-15, and ours is what was known then" in said
    assert "what came since, USD 630.00, is no part of it" in " ".join(said.split())
    nothing = statement(()).partition("\n")[0] + "\n"
    (later,) = [one for one in view(other, nothing, rules, period="2025-Q3")["clauses"] if one["clause"] == "search"]
    assert later["adjustments"] == [{"period": "2025-Q2", "amount": "630.00"}]


@pytest.mark.parametrize(
    ("recorded", "ours", "says"),
    [
        ("2025-07-15T23:59:59Z", "2100.00", ["a correction of 2025-Q1 is taken as it was known on another day"]),
        ("2025-07-16T00:00:00Z", "2000.00", []),
    ],
)
def test_a_correction_in_the_last_second_of_the_day(tmp_path: Path, recorded: str, ours: str, says: list[str]):
    """It was known when their statement of that day came, and they took what was known before it; a second later it
    is no part of the statement.
    """
    royalties.workspace(tmp_path)
    told = {"id": "maps-q2", "kind": "statement", "occurred": "2025-07-15", "recorded": "2025-07-15", "by": "ada"}
    told |= {"about": "maps", "through": "2025-06-30", "amount": "USD 2000.00"}
    late = {"id": "map-late", "kind": "revenue", "occurred": "2025-03-31", "recorded": recorded, "by": "ada"}
    late |= {"product": "product/maps", "amount": "USD 500.00"}
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n" + json.dumps(late) + "\n")
    (maps,) = [one for one in view(open_workspace(tmp_path), statement(()))["clauses"] if one["clause"] == "maps"]
    assert (maps["ours"], [step["what"] for step in maps["causes"]]) == (ours, says)


def test_late_or_missing_where_nobody_says(desk: Workspace):
    """Where nobody says what they knew, a record told after all that they have is missing, or else late."""
    found = view(desk, statement(["late data"]), royalties.RULES.replace("known_at: 2025-07-15\n", ""))
    (search,) = [one for one in found["clauses"] if one["clause"] == "search"]
    assert [(step["cause"], step["or_else"]) for step in search["causes"]] == [("missing line", "late data")]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_fuzzed(desk: Workspace, data: st.DataObject):
    """Whatever is done to the bytes of a statement: an answer or a sentence, never a traceback, and no row is lost."""
    text = bytearray(statement(ERRORS).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        junk = st.sampled_from(
            [b'"', b",", b"\n", b"\r", b"-", b"e9", b"\xff", b"\x00", b"9" * 40, b"", b"NULL", b"\xc3\xa9"]
        )
        text[at : at + data.draw(st.integers(0, 8))] = data.draw(junk)
    (desk.root / "fuzzed.csv").write_bytes(bytes(text))
    try:
        found = reconcile_view(reconciled(desk, Asked(desk.root / "fuzzed.csv", PERIOD)))
    except ProblemError:
        return
    heaps = found["statement"]["heaps"]
    assert sum(heap["rows"] for heap in heaps.values()) == found["statement"]["rows"]
    for one in found["clauses"]:
        parts = sum((Decimal(step["amount"]) for step in one["causes"]), Decimal(one["unexplained"]))
        assert parts == Decimal(one["theirs"]) - Decimal(one["ours"])


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_fuzzed_rules(desk: Workspace, data: st.DataObject):
    """Whatever is done to a rules file: an answer or a sentence, never a traceback."""
    lines = royalties.RULES.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        words = [
            "",
            "clause: {}",
            "rows: []",
            "amount: [Due]",
            "period: Quarter",
            "line: x",
            "rates: percent",
            "figure: x",
        ]
        lines[at] = data.draw(
            st.sampled_from([*words, "known_at: never", "base: {column: FX}", "rows:", "  - x", "rate: FX"])
        )
    with suppress(ProblemError):
        view(desk, statement(ERRORS), "\n".join(lines) + "\n", name="rules-fuzzed.csv")
