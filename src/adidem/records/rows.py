"""The rows of a ledger in a database: made of sealed lines, put in, and held against their lines.

Knows tables, and what of a line stands in columns of its own. Does not know connections, locks or homes.

Rows are made, put in and looked at many at a time, with no object for an event. Only where some of them do not say what
their lines say is each looked at by itself, to tell which.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    MetaData,
    Row,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span
from adidem.records.seal import body_and_seal, sealed_through

AT_ONCE = 10_000
"""So many rows are read, or put in, at once."""

_METADATA = MetaData()
LEDGERS = Table(
    "adidem_ledger",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("seal", Text, nullable=False),
)
EVENTS = Table(
    "adidem_event",
    _METADATA,
    Column("ledger", Text, ForeignKey("adidem_ledger.name"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred", Text, nullable=False),
    Column("recorded", Text, nullable=False),
    Column("seal_before", Text, nullable=False),
    Column("seal", Text, nullable=False),
    Column("line", Text, nullable=False),
    UniqueConstraint("ledger", "id"),
    UniqueConstraint("ledger", "seal_before"),
)
DAY = literal_column("substr(occurred, 1, 10)")
"""The day of an event, whatever its hour: to the letter what the index is made of."""

_COLUMNS = ", ".join(column.name for column in EVENTS.columns)
_INSERT = f"INSERT INTO adidem_event ({_COLUMNS}) VALUES ({', '.join('?' * len(EVENTS.columns))})"
_COPY = f"COPY adidem_event ({_COLUMNS}) FROM STDIN"

_Row = tuple[str, int, str, str, str, str, str, str, str]
"""In the order of the columns."""


class _Said(msgspec.Struct, gc=False):
    """What of an event stands in columns of its own."""

    id: str
    kind: str
    occurred: str
    recorded: str


_SAID = msgspec.json.Decoder(_Said)


def rows_of(ledger: str, number: int, before: str, lines: Sequence[str]) -> list[_Row]:
    """The rows of sealed lines.

    number  of the event before them; `before` is its seal
    """
    said = _SAID.decode_lines("\n".join(lines))
    seals = [body_and_seal(line)[1] for line in lines]
    numbered = enumerate(zip(said, [before, *seals[:-1]], seals, lines, strict=True), number + 1)
    return [
        (ledger, at, each.id, each.kind, each.occurred, each.recorded, seal_before, seal, line)
        for at, (each, seal_before, seal, line) in numbered
    ]


def put(connection: Connection, rows: Sequence[_Row]) -> None:
    """Put rows in."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT, list(rows))
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)


def agreed(number: int, before: str, rows: Sequence[Row[Any]]) -> str | None:
    """The last seal of rows that follow the event `number`, sealed `before`: None where one is not sealed on the one
    before, or a column of it says something else than its line.
    """
    lines = [row.line for row in rows]
    last = sealed_through(before, "\n".join(lines))
    try:
        return last if last and rows_of(rows[0].ledger, number, before, lines) == list(map(tuple, rows)) else None
    except msgspec.MsgspecError:
        return None


def at_odds(source: Source, rows: Sequence[Row[Any]]) -> Iterator[Problem]:
    """L122: the rows of which a column does not say what the line says."""
    mend = "restore the ledger from an export; correct an event with a correction, never by changing a row"
    names = ("number", "id", "kind", "occurred", "recorded", "seal_before", "seal")
    before = ""
    for number, row in enumerate(rows, 1):
        place, was = Span(source, number), f"the row of the event {row.id} was changed"
        try:
            said = _SAID.decode(row.line)
        except msgspec.MsgspecError:
            before = row.seal
            yield Problem("L122", f"{was}: its line is no event", place, mend)
            continue
        of_line = (number, said.id, said.kind, said.occurred, said.recorded, before, body_and_seal(row.line)[1])
        odd = [name for name, other in zip(names, of_line, strict=True) if getattr(row, name) != other]
        before = row.seal
        if odd:
            verb = "says" if len(odd) == 1 else "say"
            was = f"the row of the event {said.id} was changed"
            yield Problem("L122", f"{was}: {' and '.join(odd)} {verb} something else than its line", place, mend)
            if odd == ["number"]:
                return
