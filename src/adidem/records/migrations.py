"""How the tables of a ledger came to be, step by step: each step is done once, in order, and never changed.

Knows statements of SQLite and PostgreSQL. Does not know what the tables are for.

Which steps a database has taken stands in its table `adidem_migration`. All steps that are missing are taken in one
transaction, under a lock: of two programs that come at once, one takes them, and the other finds them taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = "the ledger is append-only"
_LOCK = 0x61646964656D  # "adidem": the number of the lock, on a server that numbers locks

_TABLES = (
    "CREATE TABLE adidem_ledger ( name TEXT NOT NULL PRIMARY KEY, events BIGINT NOT NULL, seal TEXT NOT NULL)",
    "CREATE TABLE adidem_event ("
    " ledger TEXT NOT NULL REFERENCES adidem_ledger (name),"
    " number BIGINT NOT NULL CHECK (number > 0),"
    " id TEXT NOT NULL, kind TEXT NOT NULL, occurred TEXT NOT NULL, recorded TEXT NOT NULL,"
    " seal_before TEXT NOT NULL, seal TEXT NOT NULL, line TEXT NOT NULL,"
    " PRIMARY KEY (ledger, number), UNIQUE (ledger, id), UNIQUE (ledger, seal_before))",
)


def _sqlite_guard(name: str, when: str) -> str:
    return f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"


# To replace a row is to delete it with no trigger of deletion run: so an insertion that would is refused as well. Each
# question is one of its own, so that an index answers it.
_REPLACES = " OR ".join(
    f"EXISTS (SELECT 1 FROM adidem_event e WHERE e.ledger = NEW.ledger AND e.{column} = NEW.{column})"
    for column in ("number", "id", "seal_before")
)
_SQLITE_GUARDS = (
    _sqlite_guard("adidem_event_no_update", "BEFORE UPDATE ON adidem_event"),
    _sqlite_guard("adidem_event_no_delete", "BEFORE DELETE ON adidem_event"),
    _sqlite_guard("adidem_event_no_replace", f"BEFORE INSERT ON adidem_event WHEN {_REPLACES}"),
    _sqlite_guard("adidem_ledger_no_delete", "BEFORE DELETE ON adidem_ledger"),
)
_POSTGRESQL_GUARDS = (
    "CREATE FUNCTION adidem_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$",
    "CREATE TRIGGER adidem_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON adidem_event"
    " FOR EACH STATEMENT EXECUTE FUNCTION adidem_append_only()",
    "CREATE TRIGGER adidem_ledger_no_delete BEFORE DELETE OR TRUNCATE ON adidem_ledger"
    " FOR EACH STATEMENT EXECUTE FUNCTION adidem_append_only()",
)

# The events of a kind and a day, whatever its hour: who appends looks at them, not at all events.
_INDEXES = ("CREATE INDEX adidem_event_day ON adidem_event (ledger, kind, substr(occurred, 1, 10))",)

MIGRATIONS: tuple[Mapping[str, Sequence[str]], ...] = (
    {"sqlite": _TABLES, "postgresql": _TABLES},
    {"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS},
    {"sqlite": _INDEXES, "postgresql": _INDEXES},
)
"""Of each step, by kind of database, its statements."""

GUARDS = {
    "sqlite": (
        "adidem_event_no_delete",
        "adidem_event_no_replace",
        "adidem_event_no_update",
        "adidem_ledger_no_delete",
    ),
    "postgresql": ("adidem_event_no_change", "adidem_ledger_no_delete"),
}
"""The triggers by which a database refuses what is no appending."""


def steps_taken(connection: Connection) -> int:
    """How many steps the database has taken: 0 where no ledger was ever kept in it."""
    if not inspect(connection).has_table("adidem_migration"):
        return 0
    return int(connection.scalar(text("SELECT coalesce(max(number), 0) FROM adidem_migration")) or 0)


def migrate(connection: Connection) -> None:
    """Take the steps that are missing, in the transaction that is open."""
    if steps_taken(connection) >= len(MIGRATIONS):
        return
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    taken = steps_taken(connection)
    if not taken:
        connection.execute(text("CREATE TABLE IF NOT EXISTS adidem_migration (number INTEGER NOT NULL PRIMARY KEY)"))
    for number, step in enumerate(MIGRATIONS[taken:], taken + 1):
        for statement in step[kind]:
            connection.exec_driver_sql(statement)
        connection.execute(text("INSERT INTO adidem_migration (number) VALUES (:number)"), {"number": number})


@contextmanager
def rules_last(connection: Connection) -> Iterator[None]:
    """Many rows are put in before the rules and the index of SQLite look at each of them, in half the time. Nobody else
    sees the tables without; and a rule that is out of action already stays so, for whoever verifies.
    """
    if connection.dialect.name != "sqlite" or guards_missing(connection):
        yield
        return
    for statement in (*(f"DROP TRIGGER {name}" for name in GUARDS["sqlite"]), "DROP INDEX adidem_event_day"):
        connection.exec_driver_sql(statement)
    yield
    for statement in (*_SQLITE_GUARDS, *_INDEXES):
        connection.exec_driver_sql(statement)


def guards_missing(connection: Connection) -> list[str]:
    """The triggers that should be there and are not, or are put out of action."""
    kind = connection.dialect.name
    if kind == "sqlite":
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        asked = (
            "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
            " AND tgrelid IN ('adidem_event'::regclass, 'adidem_ledger'::regclass)"
        )
    there = set(connection.scalars(text(asked)))
    return [name for name in GUARDS[kind] if name not in there]
