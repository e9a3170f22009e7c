"""What a ledger must bear: writers that are killed, connections that are cut, disks that are full.

How many acts are killed in all is in ADIDEM_KILLS; a third as many connections are cut. 200 take some minutes.
"""

import os
import shutil
import subprocess
import sys
import time
import uuid
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest

from adidem.desk.keeping import book, moving
from adidem.desk.keeping.homes import ADDRESS, DATABASE, LEDGER
from adidem.desk.keeping.verifying import verify
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import ProblemError
from ledgers.acts import EVENTS, Act, Moments, append_many, in_process, lasts, move_about, moved, started, with_room
from ledgers.homes import HOMES, NOW, Home, revenue

KINDS = ("append", "import", "settle")
KILLED = tuple((kind, home, "kill") for kind in KINDS for home in HOMES)
WAYS = (*KILLED, *((kind, "postgresql", "cut") for kind in KINDS))
KILLS = -(-int(os.environ.get("ADIDEM_KILLS", "9")) // len(KILLED))


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The URL of the server, where a test uses it."""
    return str(request.getfixturevalue("postgres"))


def events(folder: Path) -> list[dict[str, str]]:
    return [event for _, _, event in book.events(open_workspace(folder).ledger_sources)]


def cut(url: str, process: BaseProcess) -> bool:
    """Let the server end the connection of a process, or the next one that it makes; False where it makes none."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'adidem'"
    with psycopg.connect(url, autocommit=True) as connection:
        while process.is_alive():
            if connection.execute(ended).fetchall():
                return True
            time.sleep(0.002)
    return False


@pytest.mark.parametrize(("kind", "where", "how"), WAYS, ids=lambda word: word)
def test_broken_off_at_any_moment(
    kind: str, where: str, how: str, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    """The chain holds, what was acknowledged is there, nothing is there by halves, and the act can be repeated."""
    url = str(request.getfixturevalue("postgres")) if where == "postgresql" else ""
    if url:
        monkeypatch.setenv("ADIDEM_LEDGER", url)
    home = Home.of(where, folder)
    moments = Moments(lasts(Act(kind, folder, 0, url)), f"{kind} {where} {how}")
    came = {"struck": 0, "whole": 0, "nothing": 0}
    while came["struck"] < KILLS:
        act = Act(kind, folder, 1 + sum(came.values()), url)
        moment = next(moments)
        process = started(in_process, act)
        process.join(moment)
        struck = process.is_alive()
        if how == "kill":
            process.kill()
        else:
            struck = cut(url, process)
        process.join()
        came["struck"] += struck
        told = act.told(events(folder))
        assert home.problems() == []
        assert len(told) in (0, act.size), "an act is there by halves"
        came["whole" if told else "nothing"] += 1
        assert told or not act.done.exists(), "what was acknowledged is lost"
        refused = act.done.with_suffix(".refused")
        assert not (told and refused.exists() and refused.read_text(encoding="utf-8") == "D212"), "it said: nothing"
        moments.learn(moment, bool(told))
        assert act.do() == act.size - len(told)
        assert sorted(set(act.told(events(folder)))) == sorted(act.told(events(folder)))
        assert act.do() == 0
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert home.problems() == []
    print(f"\n{kind}, {where}, {how}: {came}")


def test_two_processes_at_once(home: Home, request: pytest.FixtureRequest):
    """Every event is there once, and the chain is whole, though some are appended by two."""
    url = str(request.getfixturevalue("postgres")) if home.kind == "postgresql" else ""
    writers = [started(append_many, home.folder, url, first, 8) for first in (100, 104, 200)]
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    wanted = {*range(100, 112), *range(200, 208)}
    ids = [id for id in home.ids() if id[0] == "r" and id[1:].isdigit()]
    assert sorted(ids) == sorted(f"r{number + more}" for number in wanted for more in (0, 1000))
    assert home.problems() == []


def test_reading_while_it_is_moved(folder: Path):
    """Whoever reads has every event once, wherever the ledger is at that moment."""
    wanted = sorted(event["id"] for event in events(folder))
    mover = started(move_about, folder, 10)
    while mover.is_alive():
        workspace = open_workspace(folder)
        assert workspace.problems == []
        assert sum(len(table) for table in workspace.ledger.tables.values()) == len(wanted)
    assert mover.exitcode == 0
    assert sorted(event["id"] for event in events(folder)) == wanted


@pytest.mark.parametrize("kind", ["sqlite", "text", "postgresql"])
def test_a_move_that_is_killed(kind: str, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch):
    """The ledger is read whole from where it is, or both homes are told; the same command ends the move."""
    monkeypatch.setenv("ADIDEM_LEDGER", url)
    home = Home.of("sqlite" if kind == "text" else "text", folder)
    home.append(*(revenue(number) for number in range(100)))
    chain = home.chain()
    to = f"$ADIDEM_LEDGER#{uuid.uuid4().hex}" if kind == "postgresql" else kind
    for share in range(1, 1 + max(6, KILLS)):
        process = started(moved, folder, to, url)
        process.join(0.4 * share / max(6, KILLS))
        process.kill()
        process.join()
        there = {event["id"]: event for event in events(folder)}
        assert len(there) == chain.count("\n")
    moving.move(folder, to)
    assert moving.export(folder, None)[0] == chain
    assert verify(folder).problems == []
    assert len([name for name in (LEDGER, DATABASE, ADDRESS) if (folder / name).exists()]) == 1
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("where", ["text", "sqlite"])
def test_a_disk_that_is_full(where: str, folder: Path):
    """D212, and the ledger is as it was; where there is room again, the same can be appended."""
    home = Home.of(where, folder)
    home.append(*(revenue(number) for number in range(200)))
    before = home.chain()
    room = max(file.stat().st_size for file in folder.iterdir()) + 4096
    process = started(with_room, Act("append", folder, 100), room)
    process.join()
    assert Act("append", folder, 100).done.with_suffix(".refused").read_text(encoding="utf-8") == "D212"
    assert home.chain() == before
    assert home.problems() == []
    assert Act("append", folder, 100).do() == EVENTS


@pytest.mark.parametrize("where", HOMES)
def test_a_folder_that_is_read_only(
    where: str, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    """It is read and proved by whoever may not write there; appending is D212, but for a ledger on a server."""
    url = str(request.getfixturevalue("postgres")) if where == "postgresql" else ""
    monkeypatch.setenv("ADIDEM_LEDGER", url)
    home = Home.of(where, folder)
    home.append(revenue(1))
    before = home.chain()
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    words = [*_without_rights(), sys.executable, "-c", "from adidem.cli.main import main; main()", "ledger"]
    fact = "fact occurred=2025-01-01 recorded=2025-01-02 about=x text=y"
    verified, appended = (
        subprocess.run([*words, *more], capture_output=True, text=True)
        for more in (("verify", folder), ("append", folder, fact))
    )
    folder.chmod(0o755)
    assert "the chain holds" in verified.stdout, verified.stderr
    assert verified.returncode == 0
    if where == "postgresql":
        assert appended.returncode == 0, appended.stderr
    else:
        assert appended.returncode == 2, appended.stdout
        assert appended.stderr.count(": D212 the ledger cannot be written") == 1
        assert "Traceback" not in appended.stderr
        assert home.chain() == before


def _without_rights() -> list[str]:
    """Root may write everywhere: it is run without that right."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("these tests run as root, and there is no setpriv (util-linux) to take its rights away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


@pytest.mark.parametrize("way", ["cut off", "gone", "wrong password", "no such database"])
def test_a_database_that_refuses(way: str, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch):
    """One problem, with no password in it; the ledger is as it was."""
    monkeypatch.setenv("ADIDEM_LEDGER", url)
    home = Home.of("postgresql", folder)
    before = home.chain()
    server, _, database = url.rpartition("/")
    other = {
        "gone": f"{server.rpartition(':')[0]}:1/{database}",
        "wrong password": url.replace("not%20to", "to"),
        "no such database": f"{server}/nowhere",
    }
    if way == "cut off":
        with psycopg.connect(url) as holder:
            holder.execute("SELECT 1 FROM adidem_ledger FOR UPDATE")
            process = started(in_process, Act("append", folder, 1, url))
            while not _waiting(url):
                time.sleep(0.01)
            assert cut(url, process)
            process.join()
        refused = Act("append", folder, 1).done.with_suffix(".refused")
        assert refused.read_text(encoding="utf-8") == "D212"
    else:
        monkeypatch.setenv("ADIDEM_LEDGER", other[way])
        for act in (lambda: open_workspace(folder).whole, lambda: book.append(folder, [revenue(1)], NOW)):
            with pytest.raises(ProblemError) as error:
                act()
            (problem,) = error.value.problems
            assert problem.code in ("L120", "D212")
            assert "to be shown" not in str(problem)
            assert "keeper" not in home.name
        monkeypatch.setenv("ADIDEM_LEDGER", url)
    assert home.chain() == before
    assert len(home.append(revenue(1))) == 1
    assert home.problems() == []


def _waiting(url: str) -> bool:
    with psycopg.connect(url) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'adidem' AND wait_event_type = 'Lock'"
        return bool(connection.execute(asked).fetchone()[0])  # type: ignore[index]
