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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.home import Home, Writing, sealed_after
from adidem.records.index import Index
from adidem.records.migrations import MIGRATIONS, guards_missing, migrate, rules_last, steps_taken
from adidem.records.refusal import few_alike
from adidem.records.rows import AT_ONCE, EVENTS, LEDGERS, agreed, at_odds, put, rows_of
from adidem.records.seal import Chain, body_and_seal, proved

PATIENCE_SECONDS = 60
"""How long a writer waits for the one before it."""
_SETTINGS = ("synchronous=EXTRA", "foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF", "cache_size=-65536")
"""Of SQLite; of the cache in KiB."""
_READING = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",)
# What is acknowledged is on the server's disk, whatever it does for others.
_WRITING = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SET LOCAL synchronous_commit = on",
    f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'",
)


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

    def end(self) -> tuple[int, str]:
        """How many events there are, and the last seal. Problems: L120, L121, L122."""
        with self.looking() as (_, head):
            return head

    @contextmanager
    def looking(self) -> Iterator[tuple[Index, tuple[int, str]]]:
        """Single events, looked up while nothing changes; how many there are, and the last seal. Problems: L120 to
        L122.
        """
        with self._connected(writing=False) as connection:
            head = self._head(connection)
            self._ends(connection, head)
            yield Index(connection, self.ledger, self.name), head

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction. Problems: D212 it cannot be written; L120, L121, L122."""
        with self._connected(writing=True) as connection:
            migrate(connection)
            head = self._head(connection, hold=True)
            self._ends(connection, head)
            yield _DatabaseWriting(self, connection, *head)

    def make(self) -> None:
        """Make the tables, where there are none, and an empty ledger, where there is none of that name."""
        with self._connected(writing=True) as connection:
            migrate(connection)
            if connection.execute(select(LEDGERS).where(LEDGERS.c.name == self.ledger)).first() is None:
                connection.execute(insert(LEDGERS), {"name": self.ledger, "events": 0, "seal": ""})

    def proved(self) -> Chain:
        """The chain, every seal made again and every row held against its line. Problems: L110 a seal does not fit;
        L122 a column that does not say what the line says, a number out of order, events that are gone from the end, a
        rule of the database that is out of action; L120, L121.
        """
        with self._connected(writing=False) as connection:
            head = self._head(connection)
            chain = self._agreed(connection, head) or self._at_odds(connection, head)
            missing = guards_missing(connection)
            damaged = self._damage(connection)
        mend = "put the rules of the database back, by docs/ledger.md, and look who took them away"
        for name in missing:
            sentence = f"the rule {name} of the database is out of action"
            chain.problems.append(Problem("L122", sentence, at=self.name, mend=mend))
        mend = "restore the ledger from an export, or the file from a copy"
        chain.problems.extend(
            Problem("L122", f"the file is damaged: {words}", at=self.name, mend=mend) for words in damaged
        )
        return chain

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
        lines = connection.scalars(self._events(select(EVENTS.c.line)))
        source = Source(self.name, "\n".join([*lines, ""]))
        if problems := self._cut(source, head):
            raise ProblemError(problems)
        return source

    def _ends(self, connection: Connection, head: tuple[int, str]) -> None:
        """The last event is the one that is said. Problems: L122."""
        asked = select(EVENTS.c.number, EVENTS.c.line).where(EVENTS.c.ledger == self.ledger)
        last = connection.execute(asked.order_by(EVENTS.c.number.desc()).limit(1)).first()
        if head != ((last.number, body_and_seal(last.line)[1]) if last is not None else (0, "")):
            self._source(connection, head)  # says what is gone

    def _agreed(self, connection: Connection, head: tuple[int, str]) -> Chain | None:
        """The chain of a ledger that only this program has written, read some rows at a time; None of any other."""
        number, seal = 0, ""
        asked = self._events(select(EVENTS)).execution_options(yield_per=AT_ONCE)
        with connection.execute(asked) as found:
            for rows in found.partitions():
                last = agreed(number, seal, rows)
                if last is None:
                    return None
                number, seal = number + len(rows), last
        return Chain(number, 0, seal) if head == (number, seal) else None

    def _at_odds(self, connection: Connection, head: tuple[int, str]) -> Chain:
        """The chain of a ledger that was changed past this program, and what is wrong with each row; of one from which
        events are gone nothing is counted.
        """
        rows = connection.execute(self._events(select(EVENTS))).all()
        source = Source(self.name, "".join([f"{row.line}\n" for row in rows]))
        odd = few_alike(at_odds(source, rows))
        if cut := self._cut(source, head):
            return Chain(0, 0, "", [*odd, *cut])
        chain = proved(source)
        return replace(chain, problems=[*chain.problems, *odd])

    def _events(self, asked: Select[Any]) -> Select[Any]:
        """Of this ledger, in order."""
        return asked.where(EVENTS.c.ledger == self.ledger).order_by(EVENTS.c.number)

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
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        return connection

    def _secrets(self) -> list[str]:
        said = [self.url.password, *(self.url.query.get(key) for key in ("password", "sslpassword"))]
        return [str(secret) for secret in said if secret]

    @contextmanager
    def _connected(self, writing: bool) -> Iterator[Connection]:
        """A transaction: kept when it is left in peace, undone otherwise."""
        done = False
        engine = self._engine
        refused = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
        try:
            with engine.connect().execution_options(adidem_writing=writing) as connection, connection.begin():
                if not self.is_file:
                    for setting in _WRITING if writing else _READING:
                        connection.exec_driver_sql(setting)
                yield connection
                done = True
        except refused as wrong:
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
    home: DatabaseHome
    connection: Connection
    events: int
    seal: str

    @property
    def source(self) -> Source:
        """Every event that is there, a sealed line each. Problems: L122."""
        return self.home._source(self.connection, (self.events, self.seal))

    @property
    def index(self) -> Index:
        """By which single events can be looked up."""
        return Index(self.connection, self.home.ledger, self.home.name)

    def add(self, lines: Sequence[str]) -> None:
        """Append events within the transaction."""
        with rules_last(self.connection) if len(lines) > AT_ONCE + self.events else nullcontext():
            self._put(lines)
        head = {"events": self.events, "seal": self.seal}
        self.connection.execute(update(LEDGERS).where(LEDGERS.c.name == self.home.ledger).values(head))

    def _put(self, lines: Sequence[str]) -> None:
        for start in range(0, len(lines), AT_ONCE):
            chain = sealed_after(self.seal, lines[start : start + AT_ONCE])
            put(self.connection, rows_of(self.home.ledger, self.events, self.seal, chain))
            self.events, self.seal = self.events + len(chain), body_and_seal(chain[-1])[1]
