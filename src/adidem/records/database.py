"""The ledger in a database: SQLite in a file, or PostgreSQL by its URL; the same tables, the same chain.

Knows tables, transactions and locks. Does not know workspaces, or what events say beyond when, which and what kind.

An event is a row with its whole line, sealed: what is read is these lines, in order, and nothing else. The other
columns say the same once more, for whoever asks the database itself and for its rules: an id is there once, a number
once, and on each seal stands one event. The row of the ledger says how many events there are and the last seal; who
appends holds that row. Rows of events can be added, and neither changed nor deleted.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    MetaData,
    Row,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.home import Home, Writing, sealed_after
from adidem.records.ledger import few_alike
from adidem.records.migrations import MIGRATIONS, guards_missing, migrate, steps_taken
from adidem.records.seal import body_and_seal

PATIENCE_SECONDS = 60
"""How long a writer waits for the one before it."""
_AT_ONCE = 10_000
_READING = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",)
# What is acknowledged is on the server's disk, whatever it does for others.
_WRITING = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SET LOCAL synchronous_commit = on",
    f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'",
)

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


class _Said(msgspec.Struct):
    """What of an event stands in columns of its own."""

    id: str
    kind: str
    occurred: str
    recorded: str


_SAID = msgspec.json.Decoder(_Said).decode


@dataclass
class DatabaseHome(Home):
    """A ledger in a database.

    url     of the database, with what is needed to connect
    ledger  which of the ledgers in it
    name    as it is shown
    """

    url: URL
    ledger: str
    name: str

    def source(self) -> Source:
        """Every event, a line each. Problems: L120 the database refuses; L121 it holds no such ledger; L122 events
        are gone from the end.
        """
        with self._connected(writing=False) as connection:
            return self._source(connection, self._head(connection))

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction. Problems: D212 it cannot be written; L120, L121, L122."""
        with self._connected(writing=True) as connection:
            migrate(connection)
            head = self._head(connection, hold=True)
            yield _DatabaseWriting(self._source(connection, head), connection, self.ledger, *head)

    def make(self) -> None:
        """Make the tables, where there are none, and an empty ledger, where there is none of that name."""
        with self._connected(writing=True) as connection:
            migrate(connection)
            if connection.execute(select(LEDGERS).where(LEDGERS.c.name == self.ledger)).first() is None:
                connection.execute(insert(LEDGERS), {"name": self.ledger, "events": 0, "seal": ""})

    def faults(self) -> list[Problem]:
        """Problems: L122 a column that does not say what the line says, a number out of order, events that are gone
        from the end, a rule of the database that is out of action; L120, L121.
        """
        with self._connected(writing=False) as connection:
            head = self._head(connection)
            rows = connection.execute(select(EVENTS).where(EVENTS.c.ledger == self.ledger).order_by(EVENTS.c.number))
            found = list(rows)
            missing = guards_missing(connection)
            damaged = self._damage(connection)
        source = Source(self.name, "".join([f"{row.line}\n" for row in found]))
        problems = few_alike(_at_odds(source, found))
        problems += self._cut(source, head)
        mend = "put the rules of the database back, by docs/ledger.md, and look who took them away"
        for name in missing:
            problems.append(
                Problem("L122", f"the rule {name} of the database is out of action", at=self.name, mend=mend)
            )
        for words in damaged:
            mend = "restore the ledger from an export, or the file from a copy"
            problems.append(Problem("L122", f"the file is damaged: {words}", at=self.name, mend=mend))
        return problems

    @property
    def secret(self) -> bool:
        """Whether the URL says what nobody is to see."""
        return bool(self._secrets())

    @property
    def is_file(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    # In the database

    def _head(self, connection: Connection, hold: bool = False) -> tuple[int, str]:
        """How many events there are, and the last seal; with `hold` nobody else appends until the transaction ends."""
        taken = steps_taken(connection)
        row = None
        if 0 < taken <= len(MIGRATIONS):
            asked = select(LEDGERS).where(LEDGERS.c.name == self.ledger)
            row = connection.execute(asked.with_for_update() if hold else asked).first()
        if row is None:
            raise ProblemError([self._none(taken)])
        return int(row.events), str(row.seal)

    def _none(self, taken: int) -> Problem:
        if taken > len(MIGRATIONS):
            sentence = "the ledger was written by a later version of adidem"
            return Problem("L121", sentence, at=self.name, mend="install the newest adidem")
        mend = "name the database that the ledger was moved to; or make one: adidem ledger move WORKSPACE --to …"
        return Problem("L121", f"the database holds no ledger of the name {self.ledger}", at=self.name, mend=mend)

    def _source(self, connection: Connection, head: tuple[int, str]) -> Source:
        asked = select(EVENTS.c.line).where(EVENTS.c.ledger == self.ledger).order_by(EVENTS.c.number)
        source = Source(self.name, "".join([f"{line}\n" for line in connection.scalars(asked)]))
        if problems := self._cut(source, head):
            raise ProblemError(problems)
        return source

    def _cut(self, source: Source, head: tuple[int, str]) -> list[Problem]:
        """L122: there are not as many events as the database counts, or they do not end with the seal that it says."""
        count = source.text.count("\n")
        last = body_and_seal(source.text[source.text.rfind("\n", 0, -1) + 1 : -1])[1]
        if head == (count, last):
            return []
        mend = "restore the ledger from an export: somebody has taken events out, or put some in"
        sentence = f"the database counts {head[0]:,} events up to the seal {head[1] or '(none)'}"
        sentence += f", and holds {count:,} up to the seal {last or '(none)'}"
        return [Problem("L122", sentence, Span(source, max(1, count)), mend)]

    def _damage(self, connection: Connection) -> list[str]:
        if not self.is_file:
            return []
        return [words for words in connection.scalars(text("PRAGMA integrity_check(20)")) if words != "ok"]

    @cached_property
    def _engine(self) -> Engine:
        if not self.is_file:
            # What the driver has to say of a lost connection is told as a problem.
            logging.getLogger("psycopg").setLevel(logging.CRITICAL)
            arguments = {"connect_timeout": 10, "application_name": "adidem"}
            return create_engine(self.url, poolclass=NullPool, connect_args=arguments)
        engine = create_engine("sqlite://", creator=self._open_file, poolclass=NullPool)
        # Who writes has the lock from the start: what he read before he wrote is then still so.
        event.listen(engine, "begin", _begin)
        return engine

    def _open_file(self) -> sqlite3.Connection:
        path = f"file:{quote(str(Path(str(self.url.database)).absolute()))}?mode=rw"
        connection = sqlite3.connect(path, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
        for setting in ("synchronous=EXTRA", "foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {setting}")
        return connection

    def _secrets(self) -> list[str]:
        said = [self.url.password, *(self.url.query.get(key) for key in ("password", "sslpassword"))]
        return [str(secret) for secret in said if secret]

    @contextmanager
    def _connected(self, writing: bool) -> Iterator[Connection]:
        """A transaction: kept when it is left in peace, undone otherwise."""
        done = False
        try:
            with self._engine.connect().execution_options(adidem_writing=writing) as connection, connection.begin():
                if not self.is_file:
                    for setting in _WRITING if writing else _READING:
                        connection.exec_driver_sql(setting)
                yield connection
                done = True
        except (SQLAlchemyError, sqlite3.Error) as wrong:
            raise ProblemError([self._refusal(wrong, writing, done)]) from None

    def _refusal(self, wrong: Exception, writing: bool, done: bool) -> Problem:
        """The refusal of a database in words, without what must not be shown."""
        cause = wrong.orig if isinstance(wrong, DBAPIError) and wrong.orig is not None else wrong
        words = " ".join(str(cause).split("\n")[0].split()) or type(cause).__name__
        for secret in self._secrets():
            words = words.replace(secret, "***")
        if writing and done and not self.is_file:
            sentence = (
                f"the connection was lost while the events were sealed: {words}; whether they are there is not known"
            )
            return Problem("L120", sentence, at=self.name, mend="do the same again: what is there is not written twice")
        if writing:
            mend = "let this user write to the database, make room on its disk, and append again"
            sentence = f"the ledger cannot be written: {words}; nothing was changed"
            return Problem("D212", sentence, at=self.name, mend=mend)
        mend = "see that the database runs, is whole, and lets this user in"
        return Problem("L120", f"the database refuses: {words}", at=self.name, mend=mend)


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("adidem_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@dataclass
class _DatabaseWriting(Writing):
    source: Source
    connection: Connection
    ledger: str
    events: int
    seal: str

    def add(self, lines: Sequence[str]) -> None:
        """Append events within the transaction."""
        for start in range(0, len(lines), _AT_ONCE):
            rows: list[dict[str, Any]] = []
            for before, seal, line in sealed_after(self.seal, lines[start : start + _AT_ONCE]):
                said = _SAID(line)
                self.events, self.seal = self.events + 1, seal
                row = {"ledger": self.ledger, "number": self.events, "id": said.id, "kind": said.kind}
                row |= {"occurred": said.occurred, "recorded": said.recorded}
                rows.append(row | {"seal_before": before, "seal": seal, "line": line})
            self.connection.execute(insert(EVENTS), rows)
        head = {"events": self.events, "seal": self.seal}
        self.connection.execute(update(LEDGERS).where(LEDGERS.c.name == self.ledger).values(head))


def _at_odds(source: Source, rows: Sequence[Row[Any]]) -> Iterator[Problem]:
    """L122: the rows of which a column does not say what the line says."""
    mend = "restore the ledger from an export; correct an event with a correction, never by changing a row"
    before = ""
    for number, row in enumerate(rows, 1):
        try:
            said = _SAID(row.line)
        except msgspec.MsgspecError:
            before = row.seal
            yield Problem(
                "L122", f"the row of the event {row.id} was changed: its line is no event", Span(source, number), mend
            )
            continue
        of_line = (number, said.id, said.kind, said.occurred, said.recorded, before, body_and_seal(row.line)[1])
        of_row = (row.number, row.id, row.kind, row.occurred, row.recorded, row.seal_before, row.seal)
        names = ("number", "id", "kind", "occurred", "recorded", "seal_before", "seal")
        before = row.seal
        odd = [name for name, mine, other in zip(names, of_row, of_line, strict=True) if mine != other]
        if odd:
            verb = "says" if len(odd) == 1 else "say"
            sentence = (
                f"the row of the event {said.id} was changed: {' and '.join(odd)} {verb} something else than its line"
            )
            yield Problem("L122", sentence, Span(source, number), mend)
            if odd == ["number"]:
                return
