"""A ledger in a database: what it refuses, what is found when it is made to bear it, and how it came to be."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect

from adidem.desk.keeping import book, moving
from adidem.desk.keeping.homes import DATABASE, LEDGER, database_of
from adidem.desk.starting import start
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import ProblemError
from adidem.records import database, migrations
from adidem.records.rows import EVENTS, LEDGERS
from adidem.records.seal import seal_of
from ledgers.homes import NOW, Home, revenue

Execute = Callable[[str], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A workspace with its ledger in a database; rules that were dropped are put back for others."""
    if request.param == "sqlite":
        yield Home.of("sqlite", folder)
        return
    url = request.getfixturevalue("postgres")
    monkeypatch.setenv("ADIDEM_LEDGER", url)
    yield Home.of("postgresql", folder)
    with psycopg.connect(url) as connection:
        for name in ("adidem_event", "adidem_ledger"):
            connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def execute(home: Home, *statements: str) -> None:
    """Do something to the database past adidem."""
    there = database_of(home.folder)
    assert there is not None
    if home.kind == "sqlite":
        with closing(sqlite3.connect(home.folder / DATABASE)) as connection, connection:
            for statement in statements:
                connection.execute(statement.format(ledger="ledger"))
        return
    with psycopg.connect(os.environ["ADIDEM_LEDGER"]) as connection:
        for statement in statements:
            connection.execute(statement.format(ledger=there.ledger).encode())


def unguarded(home: Home) -> list[str]:
    """The statements that put the rules of the database out of action."""
    if home.kind == "sqlite":
        return [f"DROP TRIGGER {name}" for name in migrations.GUARDS["sqlite"]]
    return [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in ("adidem_event", "adidem_ledger")]


def found(home: Home) -> list[tuple[str, int]]:
    """The codes and places of what `ledger verify` finds, but for the rules that are missing."""
    return [(p.code, p.span.line) for p in home.problems() if p.span is not None]


REFUSED = {
    "change": "UPDATE adidem_event SET line = '{{}}' WHERE ledger = '{ledger}' AND number = 2",
    "deletion": "DELETE FROM adidem_event WHERE ledger = '{ledger}' AND number = 9",
    "deletion of the ledger": "DELETE FROM adidem_ledger WHERE name = '{ledger}'",
    "second event of a number": "INSERT INTO adidem_event SELECT ledger, number, 'new', kind, occurred, recorded,"
    " 'new', seal, line FROM adidem_event WHERE ledger = '{ledger}' AND number = 2",
    "second event of an id": "INSERT INTO adidem_event SELECT ledger, 1000, id, kind, occurred, recorded,"
    " 'new', seal, line FROM adidem_event WHERE ledger = '{ledger}' AND number = 2",
    "second event on one seal": "INSERT INTO adidem_event SELECT ledger, 1000, 'new', kind, occurred, recorded,"
    " seal_before, seal, line FROM adidem_event WHERE ledger = '{ledger}' AND number = 2",
    "event of no ledger": "INSERT INTO adidem_event SELECT 'no such', 1000, 'new', kind, occurred, recorded,"
    " seal_before, seal, line FROM adidem_event WHERE ledger = '{ledger}' AND number = 2",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(kept: Home, what: str):
    """What is no appending is refused by the database itself."""
    kept.append(revenue(1), revenue(2))
    before = kept.chain()
    # SQLite looks after references only where the connection asks for it, as adidem's own does.
    asks = ("PRAGMA foreign_keys=ON",) if (kept.kind, what) == ("sqlite", "event of no ledger") else ()
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException, psycopg.errors.IntegrityError)):
        execute(kept, *asks, REFUSED[what])
    assert kept.chain() == before
    assert kept.problems() == []


def test_sqlite_refuses_replacing(folder: Path):
    """INSERT OR REPLACE deletes with no rule of deletion asked: it is refused as well."""
    home = Home.of("sqlite", folder)
    home.append(revenue(1))
    for columns in ("number, 'new'", "1000, id"):
        statement = f"INSERT OR REPLACE INTO adidem_event SELECT ledger, {columns}, kind, occurred, recorded, 'new',"
        with pytest.raises(sqlite3.IntegrityError):
            execute(home, f"{statement} seal, line FROM adidem_event WHERE number = 2")
    assert home.problems() == []


def test_postgresql_refuses_truncation(postgres: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor can the table be emptied."""
    monkeypatch.setenv("ADIDEM_LEDGER", postgres)
    home = Home.of("postgresql", folder)
    with pytest.raises(psycopg.errors.RaiseException):
        execute(home, "TRUNCATE adidem_event, adidem_ledger")
    assert home.problems() == []


ROW = "UPDATE adidem_event SET {change} WHERE ledger = '{{ledger}}' AND id = '{id}'"
OUT = "DELETE FROM adidem_event WHERE ledger = '{{ledger}}' AND id = '{id}'"
CHANGED = {
    "an amount": (ROW.format(change="line = replace(line, 'USD 5', 'USD 7')", id="r2"), "L110", 10),
    "a day": (ROW.format(change="occurred = '2024-01-01'", id="r2"), "L122", 10),
    "a kind": (ROW.format(change="kind = 'usage'", id="r2"), "L122", 10),
    "an id": (ROW.format(change="id = 'r9'", id="r2"), "L122", 10),
    "a seal": (ROW.format(change="seal = 'x'", id="r2"), "L122", 10),
    "an event taken out": (OUT.format(id="r2"), "L122", 10),
    "the last event taken out": (OUT.format(id="r3"), "L122", 10),
    "the count": ("UPDATE adidem_ledger SET events = 5 WHERE name = '{ledger}'", "L122", 11),
    "the order": (ROW.format(change="number = 1000", id="r2"), "L122", 10),
    "no JSON": (ROW.format(change="line = 'USD 7'", id="r2"), "L110", 10),
    "no JSON at the end": (ROW.format(change="line = 'USD 7'", id="r3"), "L122", 11),
    "no seal at the end": (
        ROW.format(change="line = substr(line, 1, length(line) - 44) || '}}}}'", id="r3"),
        "L122",
        11,
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_by_hand_is_found(kept: Home, what: str):
    """With the rules of the database put out of action: `ledger verify` names the event, and the missing rules."""
    kept.append(revenue(1), revenue(2), revenue(3))
    assert len(kept.ids()) == 11
    statement, code, place = CHANGED[what]
    execute(kept, *unguarded(kept), statement)
    assert (code, place) in found(kept)
    missing = [problem for problem in kept.problems() if problem.span is None]
    assert len(missing) == len(migrations.GUARDS[kept.kind])
    assert all("out of action" in problem.sentence for problem in missing)
    with pytest.raises(ProblemError):
        book.append(kept.folder, ['{"broken": "on purpose"}'], NOW)


def test_no_answer_comes_from_a_part(kept: Home):
    """L122: where events are gone from the end, nothing is read, exported or appended."""
    kept.append(revenue(1), revenue(2))
    execute(kept, *unguarded(kept), OUT.format(id="r2"))
    acts = (
        lambda: open_workspace(kept.folder).whole,
        lambda: moving.export(kept.folder, None),
        lambda: kept.append(revenue(3)),
        lambda: moving.move(kept.folder, "text"),
    )
    for act in acts:
        with pytest.raises(ProblemError) as error:
            act()
        assert {(p.code, str(p.span)) for p in error.value.problems} == {("L122", f"{kept.name}:9:1")}


def test_rules_that_are_gone_are_found(kept: Home):
    """Though no event was changed yet."""
    execute(kept, *unguarded(kept))
    assert {problem.code for problem in kept.problems()} == {"L122"}
    assert len(kept.problems()) == len(migrations.GUARDS[kept.kind])


def test_a_row_sealed_anew_breaks_the_next(kept: Home):
    """Whoever changes an event and its seal in every column has the next one against him."""
    kept.append(revenue(1), revenue(2), revenue(3))
    lines = kept.chain().splitlines()
    before = json.loads(lines[8])["seal"]
    body = json.dumps({k: v for k, v in json.loads(lines[9]).items() if k != "seal"} | {"amount": "USD 7"})
    seal = seal_of(before, body)
    line = f'{body[:-1]}, "seal": "{seal}"}}'.replace("{", "{{").replace("}", "}}")
    change = f"UPDATE adidem_event SET line = '{line}', seal = '{seal}' WHERE ledger = '{{ledger}}' AND number = 10"
    execute(kept, *unguarded(kept), change)
    assert ("L110", 11) in found(kept)


@pytest.mark.parametrize("at_once", [1, 3])
def test_many_at_a_time(at_once: int, kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However many rows are put in or proved at once: the same chain, and every rule is there behind them."""
    kept.append(revenue(1), revenue(2))
    moving.export(kept.folder, tmp_path / "out.jsonl")
    start(tmp_path / "other")
    (tmp_path / "other" / LEDGER).unlink()
    monkeypatch.setattr(database, "AT_ONCE", at_once)
    other = Home.of(kept.kind, tmp_path / "other")
    moving.restore(other.folder, tmp_path / "out.jsonl")
    assert other.chain() == kept.chain()
    assert other.problems() == []
    execute(other, *unguarded(other), CHANGED["a day"][0])
    assert ("L122", 10) in found(other)


def test_a_rule_that_is_gone_is_not_put_back_unnoticed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Many rows are put in before the rules look at them; what was missing before is missing behind them."""
    monkeypatch.setattr(database, "AT_ONCE", 1)
    home = Home.of("sqlite", folder)
    execute(home, "DROP TRIGGER adidem_event_no_delete")
    home.append(*(revenue(number) for number in range(40)))
    assert [problem.code for problem in home.problems()] == ["L122"]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_tables_are_what_the_steps_made(kept: Home):
    """The columns and rules that the program knows are those that the steps have made."""
    home = database_of(kept.folder)
    assert home is not None
    with home._engine.connect() as connection:
        there = inspect(connection)
        for table in (LEDGERS, EVENTS):
            made = {
                column["name"]: (str(column["type"]), column["nullable"]) for column in there.get_columns(table.name)
            }
            assert made == {column.name: (str(column.type), bool(column.nullable)) for column in table.columns}
            assert there.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
        unique = {tuple(constraint["column_names"]) for constraint in there.get_unique_constraints(EVENTS.name)}
        assert unique == {("ledger", "id"), ("ledger", "seal_before")}
        assert migrations.steps_taken(connection) == len(migrations.MIGRATIONS)
        assert migrations.guards_missing(connection) == []


def test_an_older_database_takes_the_steps_it_lacks(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """It is read as it is; who appends takes the steps first, and the chain goes on."""
    newest: Sequence[object] = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
    home = Home.of("sqlite", folder)
    home.append(revenue(1))
    monkeypatch.setattr(migrations, "MIGRATIONS", newest)
    assert "r1" in home.ids()
    assert {p.code for p in home.problems()} == {"L122"}
    home.append(revenue(2))
    assert home.problems() == []
    assert home.ids()[-2:] == ["r1", "r2"]


def test_a_later_database(kept: Home):
    """L121: what a later version has written is neither read nor appended to."""
    execute(kept, "INSERT INTO adidem_migration (number) VALUES (99)")
    try:
        assert [p.code for p in kept.problems()] == ["L121"]
        with pytest.raises(ProblemError) as error:
            kept.append(revenue(1))
        assert [p.code for p in error.value.problems] == ["L121"]
    finally:
        execute(kept, "DELETE FROM adidem_migration WHERE number = 99")


def test_rights_that_are_enough(postgres: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """By the rights that docs/ledger.md gives a clerk appends and changes nothing, a reader appends nothing."""
    monkeypatch.setenv("ADIDEM_LEDGER", postgres)
    home = Home.of("postgresql", folder)
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
    rights = re.findall(r"^    ((?:CREATE ROLE|GRANT) .+;)$", page, re.MULTILINE)
    with psycopg.connect(postgres) as connection:
        for right in rights:
            connection.execute(right.encode())
        for role in ("clerk", "reader"):
            connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{role}'".encode())
    server = postgres.partition("@")[2]
    monkeypatch.setenv("ADIDEM_LEDGER", f"postgresql://clerk:clerk@{server}")
    assert len(home.append(revenue(1))) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(home, REFUSED["change"])
    monkeypatch.setenv("ADIDEM_LEDGER", f"postgresql://reader:reader@{server}")
    assert "r1" in home.ids()
    assert home.problems() == []
    with pytest.raises(ProblemError) as error:
        home.append(revenue(2))
    assert [p.code for p in error.value.problems] == ["D212"]


def test_the_page_has_the_rules(folder: Path):
    """docs/ledger.md shows the statements that put the rules of a database back."""
    page = " ".join((Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8").split())
    for statements in migrations.MIGRATIONS[1].values():
        for statement in statements:
            assert " ".join(statement.split()) in page


def test_an_event_twice_stays_text(folder: Path):
    """L126: a file of text may hold an event twice, a database not."""
    before = (folder / LEDGER).read_text(encoding="utf-8")
    text = f"{before}{revenue(1)}\n{revenue(1)}\n"
    (folder / LEDGER).write_text(text, encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        moving.move(folder, "sqlite")
    assert [p.code for p in error.value.problems] == ["L126"]
    assert (folder / LEDGER).read_text(encoding="utf-8") == text
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "agreement.lgd", LEDGER]


def test_a_broken_chain_is_not_moved(folder: Path):
    """L110, and everything stays where it is."""
    book.append(folder, [revenue(1), revenue(2)], NOW)
    text = (folder / LEDGER).read_text(encoding="utf-8").replace('"r1"', '"r8"')
    (folder / LEDGER).write_text(text, encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        moving.move(folder, "sqlite")
    assert "L110" in [p.code for p in error.value.problems]
    assert (folder / LEDGER).read_text(encoding="utf-8") == text
    assert not (folder / DATABASE).exists()


def test_a_move_that_was_broken_off(folder: Path):
    """Both homes are there, with the same events: it is the same ledger, and the same command ends the move."""
    book.append(folder, [revenue(1)], NOW)
    text = (folder / LEDGER).read_bytes()
    moving.move(folder, "sqlite")
    (folder / LEDGER).write_bytes(text)
    count = len(open_workspace(folder).ledger.tables["revenue"])
    assert moving.move(folder, "sqlite").new == 0
    assert not (folder / LEDGER).exists()
    assert len(open_workspace(folder).ledger.tables["revenue"]) == count
    (folder / LEDGER).write_bytes(text)
    assert moving.move(folder, "text").new == 0
    assert (folder / LEDGER).read_bytes() == text
    assert not (folder / DATABASE).exists()


def test_two_workspaces_on_one_ledger(postgres: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A copy of the folder, on another machine, appends to the same chain; another folder has another."""
    monkeypatch.setenv("ADIDEM_LEDGER", postgres)
    one = Home.of("postgresql", folder)
    (tmp_path / "copy").mkdir()
    for file in folder.iterdir():
        (tmp_path / "copy" / file.name).write_bytes(file.read_bytes())
    other = Home("postgresql", tmp_path / "copy", one.name)
    one.append(revenue(1))
    other.append(revenue(2))
    assert one.ids()[-2:] == other.ids()[-2:] == ["r1", "r2"]
    assert one.problems() == []
    assert postgres not in (folder / "ledger.url").read_text(encoding="utf-8")


def test_no_password_is_shown(postgres: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """L124: a URL with a password is not written into the folder; one that is there by hand is never printed."""
    monkeypatch.delenv("ADIDEM_LEDGER", raising=False)
    with pytest.raises(ProblemError) as error:
        moving.move(folder, f"{postgres}#mine")
    assert [p.code for p in error.value.problems] == ["L124"]
    assert not (folder / "ledger.url").exists()
    (folder / "ledger.url").write_text(f"{postgres}#nowhere\n", encoding="utf-8")
    with pytest.raises(ProblemError) as unknown:
        _ = open_workspace(folder).whole
    (problem,) = unknown.value.problems
    assert problem.code == "L121"
    assert "keeper" not in str(problem)
    assert "shown" not in str(problem)


def test_a_driver_that_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """L124 says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ProblemError) as error:
        moving.move(folder, "postgresql://db.example/agreements")
    assert [p.code for p in error.value.problems] == ["L124"]
    assert "adidem[postgres]" in error.value.problems[0].mend


def test_text_needs_no_database(folder: Path):
    """What reads and appends to a file of text does not import what databases need."""
    book.append(folder, [revenue(1)], NOW)
    program = (
        "import sys; from pathlib import Path; from adidem.desk.keeping import book; "
        "from adidem.desk.workspace import open_workspace; folder = Path(sys.argv[1]); open_workspace(folder).ledger; "
        f"book.append(folder, [{revenue(2)!r}]); print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_password_beside_the_url(postgres: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The driver takes it from PGPASSWORD: the folder names the database, and who opens it brings the right."""
    monkeypatch.delenv("ADIDEM_LEDGER", raising=False)
    monkeypatch.setenv("PGPASSWORD", "not to be shown")
    bare = postgres.replace(":not%20to%20be%20shown", "")
    moved = moving.move(folder, f"{bare}#beside")
    assert moved.home.endswith("#beside")
    assert (folder / "ledger.url").read_text(encoding="utf-8") == f"{bare}#beside\n"
    assert [event["id"] for event in book.append(folder, [revenue(1)], NOW)] == ["r1"]
