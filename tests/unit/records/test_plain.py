"""Files that are read whole give what they give line by line, and so does every value of a column."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adidem.desk.families import families
from adidem.kernel.compose import event_kinds
from adidem.kernel.event import Column
from adidem.kernel.literal import parse_money
from adidem.kernel.source import Source
from adidem.records.batch import whole_column, whole_instants
from adidem.records.ledger import Ledger, LedgerReader
from adidem.records.plain import plain_rows
from adidem.records.values import Spelling

KINDS = event_kinds(families())
PARTIES = ("a", "b")
DAY = {"occurred": "2025-01-02", "recorded": "2025-01-03"}
USAGE = {"kind": "usage", "by": "a", "of": "b", "service": "cloud", **DAY}
EVENTS = [
    {"id": "one", **USAGE, "amount": "USD 1.50"},
    {"id": "two", **USAGE, "amount": "USD 1,000.00", "source": "invoice"},
    {"id": "place", "kind": "act", **DAY, "by": "a", "act": "place", "asset": "x", "new": "yes"},
    {"id": "fewer", "kind": "correction", **DAY, "corrects": "two", "amount": "USD 2.00"},
    {"id": "again", "kind": "correction", **DAY, "corrects": "two", "changes_occurred": "2025-01-01"},
    {"id": "unsaid", "kind": "correction", **DAY, "corrects": "place", "new": None},
    {"id": "gone", "kind": "withdrawal", **DAY, "corrects": "one"},
]


def text(events: list[dict[str, Any]]) -> str:
    """A file of events, one a line."""
    return "".join(json.dumps(event) + "\n" for event in events)


def is_plain(*texts: str) -> bool:
    """Whether these files are read whole."""
    sources = [Source(f"{n}.jsonl", each) for n, each in enumerate(texts)]
    return plain_rows(sources, KINDS, PARTIES, Spelling()) is not None


def read(*texts: str) -> tuple[object, list[str]]:
    """What a ledger says of each event, and what is wrong with it."""
    reader = LedgerReader(KINDS, PARTIES, Spelling(), "USD")
    ledger = reader.read([Source(f"{n}.jsonl", each) for n, each in enumerate(texts)])
    return {kind: list(said(ledger, kind)) for kind in sorted(ledger.tables)}, [str(p) for p in reader.problems]


def said(ledger: Ledger, kind: str) -> Any:
    """Each event of a kind: id, days, place, and what it says in words or numbers."""
    table = ledger.tables[kind]
    for row in range(len(table)):
        columns = [
            (c.name, int(v[row]) if c.type in ("money", "flag") or v[row] < 0 else ledger.words[v[row]])
            for c, v in ((column, table.columns[column.name]) for column in KINDS[kind].columns)
        ]
        numbers = [int(a[row]) for a in (table.occurred, table.seconds, table.recorded, table.superseded)]
        yield ledger.words[table.ids[row]], numbers, str(ledger.span(kind, row)), columns


def test_whole_and_line_by_line():
    """A blank line keeps a file from being read whole, and changes nothing."""
    plain = text(EVENTS)
    assert is_plain(plain)
    assert not is_plain(plain + "\n")
    assert read(plain) == read(plain + "\n")


def test_two_files():
    """A correction in one file of an event in another."""
    one, other = text(EVENTS[:3]), text(EVENTS[3:])
    assert is_plain(one, other)
    assert read(one, other) == read(one, other + " \n")


@pytest.mark.parametrize(
    "lines",
    [
        ['{"id": "x", "kind": "fact"', '"about": "y"}'],
        [json.dumps(EVENTS[0]) + " " + json.dumps(EVENTS[1])],
        [json.dumps(EVENTS[0]), json.dumps(EVENTS[0])],
        [json.dumps(EVENTS[0] | {"by": "nobody"})],
        [json.dumps(EVENTS[0] | {"strange": "1"})],
        [json.dumps(EVENTS[0] | {"amount": 5})],
        [json.dumps(EVENTS[2] | {"new": True})],
        [json.dumps(EVENTS[3] | {"corrects": "nothing"})],
        [json.dumps(EVENTS[0]), json.dumps(EVENTS[3] | {"corrects": "one", "service": 5})],
        ["[]"],
        [""],
    ],
)
def test_not_plain(lines: list[str]):
    """What is not one known event a line, all of it text, is left to whoever words what is wrong."""
    assert not is_plain("\n".join(lines) + "\n")


def test_object_over_two_lines():
    """As many objects as lines are not yet one on each line."""
    one = json.dumps(EVENTS[0])
    assert not is_plain(one.replace(", ", ",\n", 1) + " " + json.dumps(EVENTS[1]) + "\n")


def value_by_value(parse: Callable[[str], Any], values: list[str]) -> list[Any] | None:
    """The values one by one; None where one of them is none."""
    try:
        return [parse(value) for value in values]
    except ValueError:
        return None


MONEY = [
    "USD 1.00",
    "USD 0.01",
    "USD 00012.00",
    "USD 12345678901234.56",
    "USD 123456789012345.67",
    "USD 46116860184273879.04",
    "USD 92233720368547758.08",
    "USD 1,234.56",
    "USD 1,23.45",
    "USD -5.00",
    "USD 12",
    "USD 1.5",
    "USD 13 bn",
    "USD 2k",
    "USD 1.0x",
    "USD .10",
    "USD ٣.00",
    "JPY 100",
    "JPY 1.00",
    "EUR 1.00",
    "usd 1.00",
    "USD 1.00\n",
    "",
]


@pytest.mark.parametrize("value", MONEY)
@pytest.mark.parametrize("beside", ["USD 1.00", "USD 1,000.00", "EUR 7 m"])
def test_money(value: str, beside: str):
    """Amounts read together are those read one by one, or are left to be read one by one."""
    for values in ([value], [beside, value], [value, beside, value]):
        found = whole_column(Spelling(), Column("amount", "money", signed=True), values)
        if found is not None:
            assert found.tolist() == value_by_value(lambda v: parse_money(v).value, values)


def test_money_is_read_together():
    """The usual forms are."""
    values = ["USD 1.00", "USD 12345678901234.56", "USD 0.07"]
    found = whole_column(Spelling(), Column("amount", "money"), values)
    assert found is not None
    assert found.tolist() == [100, 1234567890123456, 7]


@pytest.mark.parametrize(
    "value",
    [
        "2025-01-21",
        "2024-02-29",
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-01-00",
        "2025-04-31",
        "0000-01-01",
        "0001-01-01",
        "1969-12-31",
        "9999-12-31",
        "2025/01/01",
        "2025-1-211",
        "never",
        "2025-01-21T10:00:00Z",
    ],
)
def test_instants(value: str):
    """Days and instants read together are those read one by one, and fail where one of them does."""
    for values in ([value], ["2025-01-02", value, value]):
        found, expected = whole_instants(Spelling(), values), value_by_value(Spelling().instant, values)
        assert (found is None) == (expected is None)
        if found is not None:
            assert [tuple(row) for row in found.tolist()] == expected
