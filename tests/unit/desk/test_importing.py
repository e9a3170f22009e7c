"""Imports as a whole: what is appended, what is told a second time, and that no row and no digit is lost."""

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk import answers
from adidem.desk.exports.import_report import report
from adidem.desk.exports.importing import Asked, run
from adidem.desk.keeping import book
from adidem.desk.keeping.verifying import verify
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import AsOf, day
from adidem.kernel.problem import ProblemError
from adidem.records.exported import number
from adidem.records.values import FOREVER
from unit.desk.exports import HEAD, ROOT, RULES, csv, row

NOW = datetime(2024, 5, 1, tzinfo=UTC)
LATER = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a commitment and without any spend."""
    return workspace(tmp_path)


def workspace(into: Path) -> Path:
    folder = into / "w"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "cloud-commitment" / "agreement.lgd", folder)
    return folder


def bring(
    folder: Path, text: str | bytes, rules: str = RULES, now: datetime = NOW, name: str = "costs.csv", **more: Any
) -> dict[str, Any]:
    """Import one file, by rules, and return the account."""
    file = folder.parent / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    (folder.parent / "rules.yaml").write_text(rules, encoding="utf-8")
    asked = Asked(more.pop("form", "focus"), [file], folder.parent / "rules.yaml", **more)
    return report(run(folder, asked, now))


def problems(folder: Path, text: str | bytes, rules: str = RULES, **more: Any) -> list[str]:
    """The codes of what is wrong."""
    with pytest.raises(ProblemError) as error:
        bring(folder, text, rules, **more)
    return [problem.code for problem in error.value.problems]


def ledger(folder: Path) -> list[dict[str, Any]]:
    file = folder / "ledger.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def standing(folder: Path, kind: str = "usage") -> list[tuple[str, int]]:
    """The last telling of each event that was not withdrawn: service or product, and amount in cents."""
    found = open_workspace(folder).ledger
    table = found.tables.get(kind)
    if table is None:
        return []
    column = "service" if kind == "usage" else "product"
    rows = [r for r in range(len(table)) if table.superseded[r] == FOREVER]
    return sorted((found.words[int(table.columns[column][r])], int(table.columns["amount"][r])) for r in rows)


AMOUNTS = st.one_of(
    st.decimals(-1000, 10**6, allow_nan=False, places=11).map(lambda d: f"{d:f}"),
    st.decimals(0, 10**3, places=25).map(lambda d: f"{d:f}"),
    st.sampled_from(
        ["0", "0.00", "1E-7", "2.5e3", "+3", ".5", "4.", "NULL", "null", "", " 7.10 ", "abc", "1,5", "NaN"]
    ),
)
ROWS = st.lists(
    st.builds(
        row,
        BilledCost=AMOUNTS,
        ServiceName=st.sampled_from(["Virtual Machines", "Object Store", "A, B", 'Queue "x"\nnew', "", "NULL"]),
        ChargeCategory=st.sampled_from(["Usage", "Usage", "Tax", "Credit"]),
        BillingCurrency=st.sampled_from(["USD", "USD", "USD", "EUR", "", "NULL"]),
        ChargePeriodEnd=st.sampled_from(
            ["2024-03-04T11:00:00Z", "2024-03-05T00:00:00Z", "2024-03-31T10:00:00+02:00", "2024-03-04 11:00:00", "soon"]
        ),
    ),
    max_size=25,
)


def exact(texts: Sequence[str]) -> Decimal:
    """The exact sum of those that are numbers, by the rules of `Decimal` alone."""
    total = Decimal(0)
    for text in texts:
        try:
            total += Decimal(text.strip(" ")) if "," not in text and text != "NaN" else 0
        except ArithmeticError:
            continue
    return total


def summed(sums: Mapping[str, str]) -> Decimal:
    return sum((Decimal(text) for text in sums.values()), Decimal(0))


@settings(max_examples=20, deadline=None)
@given(rows=ROWS, together=st.sampled_from(["row", "day", "month"]), end=st.sampled_from(["\n", "\r\n"]))
def test_nothing_is_lost(rows: list[dict[str, str]], together: str, end: str):
    """Every row is in one heap; events, rounding, unmapped, left out and rejected add up to the file, to the digit."""
    import decimal

    decimal.getcontext().prec = 200
    with tempfile.TemporaryDirectory() as place:
        folder = workspace(Path(place))
        found = bring(folder, csv(rows, end=end), RULES.replace("sum: day", f"sum: {together}"))
        heaps = ("mapped", "left_out", "unmapped", "rejected_rows")
        assert found["rows"] == len(rows) == sum(found[heap] for heap in heaps)
        assert found["left_out"] == sum(r["ChargeCategory"] == "Tax" for r in rows)
        assert sum(one["rows"] for one in found["rejected"]) == found["rejected_rows"]
        assert sum(one["rows"] for one in found["unmapped_rows"]) == found["unmapped"]
        assert summed(found["sums"]) == exact([r["BilledCost"] for r in rows])
        parts = sum(summed(found["sums_of"][heap]) for heap in ("left_out", "unmapped", "rejected"))
        events = Decimal(sum(cents for _, cents in standing(folder))) / 100
        taken = sum(Decimal(one["taken"]) for one in found["rounding"].values())
        assert events + taken + parts == exact([r["BilledCost"] for r in rows])
        again = bring(folder, csv(rows, end=end), RULES.replace("sum: day", f"sum: {together}"), LATER)
        assert again["events"]["added"] == again["events"]["corrected"] == again["events"]["withdrawn"] == 0


@settings(max_examples=12, deadline=None)
@given(before=ROWS, after=ROWS, together=st.sampled_from(["row", "day"]))
def test_changed_file_stands_for_itself(before: list[dict[str, str]], after: list[dict[str, str]], together: str):
    """After a changed file the ledger says what it would if that file had been imported alone; nothing was edited."""
    rules = RULES.replace("sum: day", f"sum: {together}")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        adjusted, alone = workspace(Path(one)), workspace(Path(other))
        bring(adjusted, csv([row(BilledCost="2.00"), *before]), rules)
        old, first = ledger(adjusted), standing(adjusted)
        found = bring(adjusted, csv([row(BilledCost="3.00"), *after]), rules, LATER)
        bring(alone, csv([row(BilledCost="3.00"), *after]), rules)
        assert standing(adjusted) == standing(alone)
        assert [{**e, "seal": ""} for e in ledger(adjusted)[: len(old)]] == [{**e, "seal": ""} for e in old]
        changed = found["events"]["corrected"] + found["events"]["withdrawn"]
        assert len(found["adjustments"]) == changed
        assert len(ledger(adjusted)) == len(old) + changed + found["events"]["added"]
        bring(adjusted, csv([row(BilledCost="2.00"), *before]), rules, datetime(2024, 7, 1, tzinfo=UTC))
        assert standing(adjusted) == first
        assert verify(adjusted).problems == []


def test_same_file_twice(folder: Path):
    """The second import changes not one byte."""
    text = csv([row(), row(ServiceName="Object Store", BilledCost="0.005")])
    bring(folder, text)
    before = (folder / "ledger.jsonl").read_bytes()
    assert bring(folder, text, now=LATER)["events"] == {"added": 0, "same": 2, "corrected": 0, "withdrawn": 0}
    assert (folder / "ledger.jsonl").read_bytes() == before


def test_changed_amount_is_a_correction(folder: Path):
    """What was told stays; a correction names both files by their hashes, and what was known before stays known."""
    bring(folder, csv([row(), row(ServiceName="Object Store")]))
    found = bring(folder, csv([row(BilledCost="1.25"), row(ServiceName="Object Store")]), now=LATER)
    assert found["events"] == {"added": 0, "same": 1, "corrected": 1, "withdrawn": 0}
    (change,) = found["adjustments"]
    assert (change["was"]["amount"], change["now"]["amount"]) == ("USD 1.00", "USD 1.25")
    first, _, correction = ledger(folder)
    assert correction["kind"] == "correction"
    assert correction["corrects"] == first["id"] == change["id"]
    assert correction["source"].split()[1] != first["source"].split()[1]
    assert standing(folder) == [("cloud/compute", 125), ("cloud/storage", 100)]


def test_each_telling_has_its_number(folder: Path):
    """An event that is corrected twice has been told three times, and both corrections name the event itself."""
    for on, amount in enumerate(("1.00", "1.25", "1.50"), 1):
        bring(folder, csv([row(BilledCost=amount)]), now=datetime(2024, 6, on, tzinfo=UTC))
    first, *corrections = ledger(folder)
    assert [each["id"] for each in corrections] == [f"{first['id']}-told-2", f"{first['id']}-told-3"]
    assert {each["corrects"] for each in corrections} == {first["id"]}
    assert standing(folder) == [("cloud/compute", 150)]


def test_row_that_is_gone_and_comes_back(folder: Path):
    """It is withdrawn, and told anew under its own id."""
    both = csv([row(), row(ServiceName="Object Store")])
    bring(folder, both)
    assert bring(folder, csv([row()]), now=LATER)["events"]["withdrawn"] == 1
    assert standing(folder) == [("cloud/compute", 100)]
    assert bring(folder, both, now=datetime(2024, 7, 1, tzinfo=UTC))["events"]["corrected"] == 1
    assert standing(folder) == [("cloud/compute", 100), ("cloud/storage", 100)]


ITEMS = """
kind: revenue
key: [id]
occurred: day
event: {by: nimbus, product: {column: what}, amount: {column: amount, currency: USD}, item: {column: item}}
"""


def test_column_that_is_said_no_longer(folder: Path):
    """A row that was a refund and is none any more is corrected to say nothing of it, also after it was gone; and that
    is told once.
    """
    head, other = "id,day,what,amount,item\n", "b,2024-04-02,model/b,2.00,gross\n"
    texts = [f"{head}a,2024-04-01,model/a,1.00,{item}\n{other}" for item in ("refund", "")]

    def item() -> list[str]:
        """What the last telling of the first row says of it."""
        found = open_workspace(folder).ledger
        words, table = found.words, found.tables["revenue"]
        last = (table.superseded == FOREVER) & (table.columns["amount"] == 100)
        return [words[code] if code >= 0 else "" for code in table.columns["item"][last].tolist()]

    def told(text: str, day: int) -> tuple[int, int]:
        now = datetime(2024, 6, day, tzinfo=UTC)
        events = bring(folder, text, ITEMS, now, "items.csv", form="table")["events"]
        return events["corrected"], events["withdrawn"]

    told(texts[0], 1)
    assert item() == ["refund"]
    assert told(texts[1], 2) == (1, 0)
    assert item() == [""]
    assert told(texts[1], 3) == (0, 0)
    assert told(texts[0], 4) == (1, 0)
    assert told(head + other, 5) == (0, 1)
    assert told(texts[1], 6) == (1, 0)
    assert item() == [""]


def test_correction_by_hand_takes_a_value_away(folder: Path):
    """A column that a correction names with null says nothing any more; one that it does not name stays."""
    event = {"id": "u", "kind": "usage", "occurred": "2024-04-01", "by": "harbour", "of": "nimbus"}
    book.append(folder, [json.dumps({**event, "service": "cloud/a", "amount": "USD 1", "unit": "hours"})], NOW)
    taken = {"kind": "correction", "corrects": "u", "occurred": "2024-05-02", "unit": None}
    book.append(folder, [json.dumps(taken)], LATER)
    table = open_workspace(folder).ledger.tables["usage"]
    assert [int(code) >= 0 for code in table.columns["unit"]] == [True, False]
    assert standing(folder) == [("cloud/a", 100)]


def test_correction_by_hand_stays(folder: Path):
    """The same file again does not take back what somebody corrected in the ledger."""
    text = csv([row()])
    bring(folder, text)
    id = ledger(folder)[0]["id"]
    hand = {"kind": "correction", "corrects": id, "occurred": "2024-05-02", "amount": "USD 9.00"}
    book.append(folder, [json.dumps(hand)], NOW)
    bring(folder, text, now=LATER)
    assert standing(folder) == [("cloud/compute", 900)]


def test_null_empty_and_zero_are_three_things(folder: Path):
    """Zero is an amount; NULL and empty are none, and are not taken for it."""
    found = bring(folder, csv([row(BilledCost=text) for text in ("0", "0.00", "NULL", "", "x")]))
    assert found["amounts"]["BilledCost"] == {"numbers": 2, "zero": 2, "null": 1, "empty": 1, "no_number": 1}
    assert (found["mapped"], found["rejected_rows"]) == (2, 3)
    reasons = {one["line"]: one["reason"] for one in found["rejected"]}
    assert reasons[4].startswith("BilledCost is NULL")
    assert reasons[5].startswith("BilledCost is empty")
    assert reasons[6] == "“x” is no number"


def test_exclusive_end_in_the_zone_of_the_agreement(folder: Path):
    """A charge until midnight belongs to the day before it, as days begin where the agreement counts them."""
    zone = str(open_workspace(folder).zone)
    bring(folder, csv([row(ChargePeriodEnd="2024-04-01T00:00:00+00:00")]))
    last = datetime(2024, 3, 31, 23, 59, 59, tzinfo=UTC).astimezone(open_workspace(folder).zone)
    assert ledger(folder)[0]["occurred"] == last.date().isoformat(), zone


def test_instants_without_a_zone_are_rejected_until_it_is_named(folder: Path):
    """Nobody guesses UTC."""
    text = csv([row(ChargePeriodEnd="2024-03-05 00:00:00")])
    found = bring(folder, text)
    assert found["rejected"][0]["mend"] == "name it in the rules: zone: UTC"
    assert bring(folder, text, "zone: UTC\n" + RULES)["mapped"] == 1


def test_two_currencies(folder: Path):
    """Sums are told for each; amounts of another currency than the agreement's are rejected, not converted."""
    found = bring(folder, csv([row(), row(BillingCurrency="EUR", BilledCost="2.50")]))
    assert found["sums"] == {"BilledCost USD": "1.00", "BilledCost EUR": "2.50"}
    assert "EUR" in found["rejected"][0]["reason"]
    assert standing(folder) == [("cloud/compute", 100)]


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_line_ends_and_quoted_line_ends(folder: Path, start: bytes, end: str):
    """All are read; a row that is listed has the line on which it begins."""
    rows = [row(), row(ServiceName=f"odd{end}name"), row(BilledCost="?")]
    found = bring(folder, start + csv(rows, end=end).encode())
    assert (found["mapped"], found["unmapped"], found["rejected_rows"]) == (1, 1, 1)
    assert found["unmapped_rows"][0]["line"] == 3
    assert found["unmapped_rows"][0]["columns"]["ServiceName"] == f"odd{end}name"
    assert found["rejected"][0]["line"] == 5


def test_packed_text_says_the_same(folder: Path):
    """A file packed with gzip gives the same events, rows and lines; the hash is of the file as it is."""
    text = csv([row(), row(ServiceName="odd\nname"), row(BilledCost="?"), row(), row(BilledCost="3.20")])
    plain, packed = bring(folder, text), bring(workspace(folder.parent / "other"), gzip.compress(text.encode()))
    same = ("rows", "mapped", "sums", "sums_of", "events", "unmapped_rows", "rejected")
    assert {key: plain[key] for key in same} == {key: packed[key] for key in same}
    assert packed["files"][0]["sha256"] != plain["files"][0]["sha256"]


@pytest.mark.parametrize("cut", [5, 30, -1, -9])
def test_packed_text_that_is_cut_off(folder: Path, cut: int):
    """It is damaged, whatever of it could still be read."""
    assert set(problems(folder, gzip.compress(csv([row()] * 50).encode())[:cut])) == {"I107"}
    assert ledger(folder) == []


def test_lines_that_are_no_rows(folder: Path):
    """Each is told with its line, and the others are read."""
    good = csv([row(), row(), row()]).splitlines()
    lines = [good[0], good[1], "a,b", good[2], good[3] + ",more", good[3]]
    found = bring(folder, "\n".join(lines) + "\n")
    assert (found["rows"], found["mapped"]) == (5, 3)
    assert [(one["line"], one["reason"]) for one in found["rejected"]] == [
        (3, "the line has fewer columns than the header"),
        (5, "the line has more columns than the header"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "I113"),
        (b"\xef\xbb\xbf\n\n", "I113"),
        (csv([row(ServiceName="é")]).encode("latin-1"), "I107"),
        (csv([row()]).encode("utf-16"), "I107"),
        (b"PAR1 and nothing more", "I107"),
        (csv([row()]).replace("BilledCost", "Billed"), "I106"),
        (csv([row()]).replace("ChargePeriodEnd", "End"), "I106"),
        (csv([row()]).replace("ServiceName", "ChargeCategory"), "I106"),
        (csv([row()]).replace(",", ";"), "I106"),
    ],
)
def test_files_that_are_refused(folder: Path, text: str | bytes, code: str):
    """One clear problem each, and nothing is appended."""
    assert set(problems(folder, text)) == {code}
    assert ledger(folder) == []


def test_header_alone(folder: Path):
    """A file without rows is no error, and takes back what the file told before."""
    assert bring(folder, csv([]))["rows"] == 0
    bring(folder, csv([row()]))
    assert bring(folder, csv([]), now=LATER)["events"]["withdrawn"] == 1


def test_parts_of_a_cent_need_a_rounding(folder: Path):
    """The rules must name it; the sum of a day is rounded once, not each row."""
    rows = [row(BilledCost="0.004"), row(BilledCost="0.004")]
    assert problems(folder, csv(rows), RULES.replace("rounding: half even\n", "")) == ["I108"]
    found = bring(folder, csv(rows))
    assert found["rounding"] == {"USD": {"exact": "0.008", "events": "0.01", "taken": "-0.002"}}


@pytest.mark.parametrize("words", ["[]", "[Tax, [Fee]]", "[Tax, {is: Fee}]"])
def test_what_is_no_list_of_words(folder: Path, words: str):
    """A condition is refused whole where a part of it is no word."""
    rules = RULES.replace("{ChargeCategory: Tax}", f"{{ChargeCategory: {words}}}")
    assert "I103" in problems(folder, csv([row()]), rules)


def test_same_bytes_under_another_name(folder: Path):
    """They would count twice."""
    bring(folder, csv([row()]))
    assert problems(folder, csv([row()]), name="copy.csv") == ["I109"]


def test_another_file_of_the_same_name(folder: Path):
    """One that shares no month does not take the first one back, unless told to."""
    bring(folder, csv([row()]))
    may = csv([row(ChargePeriodEnd="2024-05-04T00:00:00Z")])
    assert problems(folder, may) == ["I114"]
    assert bring(folder, may, name="may.csv")["events"]["added"] == 1
    assert bring(folder, csv([row(ChargePeriodEnd="2024-06-04T00:00:00Z")]), replace=True)["events"]["withdrawn"] == 1


def test_overlapping_file_is_noted(folder: Path):
    """A later export of the same costs under another name is said to be perhaps the same costs twice."""
    bring(folder, csv([row()]))
    assert bring(folder, csv([row(), row(BilledCost="2")]), name="later.csv")["overlaps"] == {"costs.csv": 1}


def test_what_counts_twice_is_taken_back(folder: Path):
    """As the note says: the header alone takes back what the second file told, and it may come as the first one."""
    bring(folder, csv([row()]))
    twice = csv([row(), row(BilledCost="2")])
    bring(folder, twice, name="later.csv")
    assert standing(folder) == [("cloud/compute", 100), ("cloud/compute", 300)]
    assert problems(folder, twice) == ["I109"]
    assert bring(folder, csv([]), name="later.csv")["events"]["withdrawn"] == 1
    assert bring(folder, twice)["events"]["corrected"] == 1
    assert standing(folder) == [("cloud/compute", 300)]


def test_what_is_told_without_its_minus(folder: Path):
    """A sign that is reversed is the event's: sums of the file stay as they are there, and sales keep theirs."""
    text = "Invoice,Date,Type,Net\nI-1,2024-03-04,sale,50.00\nI-2,2024-03-05,refund,7.25\nI-3,2024-03-05,refund,-1\n"
    event = "event: {by: harbour, product: api, item: WORD, amount: {column: Net, currency: USD, sign: SIGN}}"
    rules = "kind: revenue\noccurred: Date\nkey: Invoice\nrows:\n"
    for word, item, sign in (("sale", "gross", "kept"), ("refund", "refund", "reversed")):
        rules += f"  - when: {{Type: {word}}}\n    {event.replace('WORD', item).replace('SIGN', sign)}\n"
    found = bring(folder, text, rules, form="table", name="sales.csv")
    assert found["sums"] == {"Net": "56.25"}
    assert standing(folder, "revenue") == [("api", -725), ("api", 100), ("api", 5000)]


def test_recorded_before_what_it_corrects(folder: Path):
    """A correction cannot be known before what it corrects."""
    bring(folder, csv([row()]), now=LATER)
    assert problems(folder, csv([row(BilledCost="2")]), recorded="2024-03-31") == ["I110"]


def test_negative_where_the_kind_has_no_sign(folder: Path):
    """Rows that come to less than nothing are rejected together where the kind may not be negative, and stand where
    it may.
    """
    text = csv([row(), row(BilledCost="-3.00"), row(ServiceName="Object Store")])
    unsigned = "kind: funding\ncost: BilledCost\nsum: day\nevent: {by: harbour}\n"
    found = bring(folder, text, unsigned)
    assert (found["mapped"], found["rejected_rows"], found["rejected"][0]["sum"]) == (0, 3, "-1.00")
    assert found["sums_of"]["rejected"] == {"BilledCost": "-1.00"}
    signed = RULES.replace("kind: usage", "kind: revenue").replace("      of: nimbus\n", "")
    signed = signed.replace("service:", "product:")
    found = bring(folder, text, signed)
    assert standing(folder, "revenue") == [("cloud/compute", -200), ("cloud/storage", 100)]
    assert found["rejected_rows"] == 0


def test_parquet_says_the_same(folder: Path):
    """Typed columns give the same events as text."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [row(BilledCost="0.10"), row(BilledCost="0.20"), row(ServiceName="Object Store", BilledCost="3.00")]
    columns: dict[str, Any] = {name: [r[name] for r in rows] for name in rows[0]}
    columns["BilledCost"] = arrow.array([Decimal(r["BilledCost"]) for r in rows], arrow.decimal128(20, 11))
    ends = [datetime.fromisoformat(r["ChargePeriodEnd"]) for r in rows]
    columns["ChargePeriodEnd"] = arrow.array(ends, arrow.timestamp("us", "UTC"))
    file = folder.parent / "costs.parquet"
    parquet.write_table(arrow.table(columns), file)
    found = bring(folder, file.read_bytes(), name="costs.parquet")
    assert found["sums"]["BilledCost"] == "3.30000000000"
    assert standing(folder) == [("cloud/compute", 30), ("cloud/storage", 300)]


def test_table_of_any_columns(folder: Path):
    """Rows as events of one kind: known again by their key, or by what they say."""
    rules = """occurred: {column: Day}
event: {by: harbour, of: nimbus, service: {column: What}, amount: {column: Net, currency: {column: Cur}}}
key: [No]
"""
    text = "No,Day,What,Net,Cur\n1,2024-03-01,cloud/a,1.50,USD\n2,2024-03-02,cloud/b,2.00,USD\n"
    assert bring(folder, text, rules, form="table", kind="usage")["events"]["added"] == 2
    found = bring(folder, text.replace("2.00", "2.10"), rules, LATER, form="table", kind="usage")
    assert found["events"] == {"added": 0, "same": 1, "corrected": 1, "withdrawn": 0}
    assert standing(folder) == [("cloud/a", 150), ("cloud/b", 210)]


SALES = """kind: usage
occurred: Day
currency: USD
id: {column: Invoice}
event: {by: harbour, of: nimbus, service: {column: What}, amount: {column: Net}}
"""
INVOICES = "Invoice,Day,What,Net\nA-1,2024-03-01,cloud/a,1.50\nA-2,2024-03-02,cloud/b,2.00\n"


def sold(folder: Path, text: str, now: datetime = NOW, rules: str = SALES, **more: Any) -> dict[str, Any]:
    return bring(folder, text, rules, now, form="table", **more)


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("Invoice", ["A-1", "A-2"]),
        ("{column: Number | Invoice, prefix: may-}", ["may-A-1", "may-A-2"]),
        ("[Invoice, What]", ["A-1-cloud/a", "A-2-cloud/b"]),
        ("{column: [Invoice, What], prefix: x}", ["xA-1-cloud/a", "xA-2-cloud/b"]),
    ],
)
def test_column_names_the_event(folder: Path, said: str, ids: list[str]):
    """An event is called what the columns say, with file and row as its source; the same file again changes nothing."""
    rules = SALES.replace("{column: Invoice}", said)
    assert sold(folder, INVOICES.replace("A-2,", " A-2 ,"), rules=rules)["events"]["added"] == 2
    before = ledger(folder)
    assert [event["id"] for event in before] == ids
    assert [event["source"].partition(" row ")[2] for event in before] == ["1", "2"]
    assert sold(folder, INVOICES.replace("A-2,", " A-2 ,"), LATER, rules)["events"]["same"] == 2
    assert ledger(folder) == before


def test_named_event_that_is_told_otherwise(folder: Path):
    """Whatever else a row says, its event is the one of its id: corrected, withdrawn, and back again."""
    sold(folder, INVOICES)
    found = sold(folder, "Invoice,Day,What,Net\nA-2,2024-03-05,cloud/c,9.00\nA-3,2024-03-06,cloud/d,1.00\n", LATER)
    assert found["events"] == {"added": 1, "same": 0, "corrected": 1, "withdrawn": 1}
    assert [(event["id"], event.get("corrects")) for event in ledger(folder)[2:]] == [
        ("A-2-told-2", "A-2"),
        ("A-3", None),
        ("A-1-told-2", "A-1"),
    ]
    assert standing(folder) == [("cloud/c", 900), ("cloud/d", 100)]
    found = sold(folder, INVOICES, LATER)
    assert found["events"] == {"added": 0, "same": 0, "corrected": 2, "withdrawn": 1}
    assert standing(folder) == [("cloud/a", 150), ("cloud/b", 200)]


def test_rows_of_one_id_are_rejected(folder: Path):
    """Each with its own line and that of another; what is empty names no event; no row and no digit is lost."""
    more = 'A-1,2024-03-03,"cloud\nc",4.00\nA-3,2024-03-03,d,8.00\n,2024-03-03,e,16.00\n A-1,2024-03-03,f,1.00\n'
    more += "\x1b[1m,2024-03-03,g,2.00\n"
    found = sold(folder, INVOICES + more)
    assert [(entry["line"], entry["reason"], entry["sum"]) for entry in found["rejected"]] == [
        (2, "the id A-1 is that of this row and of line 4", "1.50"),
        (4, "the id A-1 is that of this row and of line 2", "4.00"),
        (7, "Invoice is empty, and names no event", "16.00"),
        (8, "the id A-1 is that of this row and of line 2", "1.00"),
        (9, "Invoice has a character that cannot be printed, and names no event", "2.00"),
    ]
    assert (found["mapped"], found["rejected_rows"], found["sums"]["Net"]) == (2, 5, "34.50")
    assert found["sums_of"] == {"mapped": {"Net": "10.00"}, "left_out": {"Net": "0"}, "unmapped": {"Net": "0"}} | {
        "rejected": {"Net": "24.50"}
    }
    assert [event["id"] for event in ledger(folder)] == ["A-2", "A-3"]


def test_id_that_another_event_has(folder: Path):
    """Neither an event of another file, nor one by hand, nor one of another kind is told anew; a prefix tells apart."""
    sold(folder, INVOICES)
    before = ledger(folder)
    other = INVOICES.replace("2024-03", "2024-04").replace("A-1", "B-1")
    assert problems(folder, other, SALES, form="table", name="april.csv") == ["I116"]
    assert problems(folder, INVOICES, SALES.replace("usage", "revenue").replace(" of: nimbus, service:", " product:"),
                    form="table") == ["I116"]  # fmt: skip
    assert ledger(folder) == before
    by_hand = {
        "id": "B-1",
        "kind": "fact",
        "occurred": "2024-04-01",
        "recorded": "2024-05-02",
        "about": "x",
        "text": "y",
    }
    book.append(folder, [json.dumps(by_hand)], LATER)
    assert problems(folder, other.replace("A-2", "B-2"), SALES, form="table", name="april.csv") == ["I116"]
    rules = SALES.replace("Invoice}", "Invoice, prefix: april-}")
    assert sold(folder, other, LATER, rules, name="april.csv")["events"]["added"] == 2


def test_two_files_of_one_id_at_once(folder: Path):
    """What two files of one command call the same is refused, and nothing is appended."""
    files = [folder.parent / "one.csv", folder.parent / "two.csv"]
    for file, amount in zip(files, ("1.50", "3.00"), strict=True):
        file.write_text(INVOICES.replace("1.50", amount), encoding="utf-8")
    (folder.parent / "rules.yaml").write_text(SALES, encoding="utf-8")
    with pytest.raises(ProblemError, match=r"I116 the id A-1 of two\.csv is that of an event of one\.csv"):
        run(folder, Asked("table", files, folder.parent / "rules.yaml"), NOW)
    assert ledger(folder) == []


def test_costs_by_row_are_named(folder: Path):
    """In a format of which `sum` must be said, an id says it."""
    rules = RULES.replace("sum: day\n", "id: SubAccountId\n")
    assert rules != RULES
    bring(folder, csv([row(SubAccountId="c-1"), row(SubAccountId="c-2")], (*HEAD, "SubAccountId")), rules)
    assert [event["id"] for event in ledger(folder)] == ["c-1", "c-2"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("id: {column: Invoice}", "id: {column: Invoice}\nsum: day", "I103"),
        ("id: {column: Invoice}", "id: {column: Invoice}\nkey: Invoice", "I103"),
        ("id: {column: Invoice}", "id: {prefix: x}", "I102"),
        ("id: {column: Invoice}", "id: {column: Invoice, words: {A: B}}", "I101"),
        ("id: {column: Invoice}", "id: {column: Number}", "I106"),
        ("{by: harbour", "{id: {column: Invoice}, by: harbour", "I105"),
    ],
)
def test_ids_that_are_refused(folder: Path, old: str, new: str, code: str):
    """What an id cannot be beside, and what it cannot be made of."""
    assert problems(folder, INVOICES, SALES.replace(old, new), form="table") == [code]


def test_equal_rows_without_a_key_are_two(folder: Path):
    """Two that say the same are two events, again and again."""
    rules = "occurred: Day\nkind: fact\nevent: {about: visit, text: {column: What}}\n"
    text = "Day,What\n2024-03-01,x\n2024-03-01,x\n"
    assert bring(folder, text, rules, form="table")["events"]["added"] == 2
    assert bring(folder, text + "2024-03-01,x\n", rules, form="table")["events"] == {
        "added": 1,
        "same": 2,
        "corrected": 0,
        "withdrawn": 0,
    }


def test_all_files_or_none(folder: Path):
    """One bad file, and none of them is imported."""
    good, bad = folder.parent / "good.csv", folder.parent / "bad.csv"
    good.write_text(csv([row()]), encoding="utf-8")
    bad.write_bytes(b"\xff")
    (folder / "focus.rules.yaml").write_text(RULES, encoding="utf-8")
    with pytest.raises(ProblemError):
        run(folder, Asked("focus", [good, bad]), NOW)
    assert ledger(folder) == []
    assert report(run(folder, Asked("focus", [good]), NOW))["mapped"] == 1


def test_provenance_reaches_explain(folder: Path):
    """The figure's events say from which rows of which file they come."""
    found = bring(folder, csv([row(BilledCost="100.00"), row(BilledCost="50.00")]))
    source = f"costs.csv sha256:{found['files'][0]['sha256']} rows 1-2 (2 rows)"
    assert ledger(folder)[0]["source"] == source
    workspace = open_workspace(folder)
    outcome = workspace.run(AsOf(day(date(2025, 6, 30)), 2**61))
    figure = next(f.transfer.id for f in outcome.results[0].figures if "2024" in f.transfer.id)
    assert source in json.dumps(answers.explain_view(outcome, figure))


def test_imports_at_once(folder: Path):
    """Four processes, two files, each twice: every event once, one chain, and nobody is refused."""
    (folder / "focus.rules.yaml").write_text(RULES, encoding="utf-8")
    files = [folder.parent / name for name in ("a.csv", "b.csv", "a.csv", "b.csv")]
    for dollars, file in enumerate(files[:2]):
        rows = [row(ChargePeriodEnd=f"2024-03-{day:02}T12:00:00Z", BilledCost=f"{dollars}.50") for day in range(1, 29)]
        file.write_text(csv(rows), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from adidem.desk.exports.importing import Asked, run; "
        "run(Path(sys.argv[1]), Asked('focus', [Path(sys.argv[2])]))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(folder), str(file)]) for file in files]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert standing(folder) == [("cloud/compute", 50)] * 28 + [("cloud/compute", 150)] * 28
    assert len(ledger(folder)) == 56
    assert verify(folder).problems == []


def test_a_million_rows_in_bounded_memory(folder: Path):
    """A file of a million rows is read in less memory than it has bytes, to the last digit and row."""
    file = folder.parent / "big.csv"
    line = "2024-03-04T10:00:00Z,2024-03-04T11:00:00Z,{},Usage,USD,0.00000{},{}\n"
    with file.open("w", encoding="utf-8") as out:
        out.write("ChargePeriodStart,ChargePeriodEnd,ServiceName,ChargeCategory,BillingCurrency,BilledCost,Filler\n")
        for start in range(0, 1_000_000, 10_000):
            lines = (
                line.format("Object Store" if n == 765_432 else "Virtual Machines", n % 10, "x" * 400)
                for n in range(start, start + 10_000)
            )
            out.write("".join(lines))
    (folder / "focus.rules.yaml").write_text(RULES, encoding="utf-8")
    code = (
        "import json, re, sys; from pathlib import Path; from adidem.desk.exports.importing import Asked, run; "
        "from adidem.desk.exports.import_report import report; "
        "found = report(run(Path(sys.argv[1]), Asked('focus', [Path(sys.argv[2])]))); "
        "status = Path('/proc/self/status'); text = status.read_text() if status.exists() else 'VmHWM: 0'; "
        "found['peak'] = int(re.search(r'VmHWM:\\s*(\\d+)', text)[1]) * 1024; print(json.dumps(found))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder), str(file)], capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert (found["rows"], found["mapped"]) == (1_000_000, 1_000_000)
    assert found["sums"]["BilledCost"] == str(sum(n % 10 for n in range(1_000_000)) * number("0.000001"))
    assert found["peak"] < file.stat().st_size
    storage = next(e for e in ledger(folder) if e["service"] == "cloud/storage")
    assert storage["source"].endswith(" row 765433")
