"""A ledger that was read before: the same tables, and nothing that is damaged or of another file."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from adidem.desk import workspace
from adidem.desk.workspace import open_workspace
from adidem.kernel.source import Source
from adidem.records.cache import packed, unpacked
from adidem.records.ledger import Ledger

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "cloud-commitment"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose ledger is kept however short it is, in a cache of its own."""
    monkeypatch.setenv("ADIDEM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(workspace, "WORTH_KEEPING", 0)
    return Path(shutil.copytree(EXAMPLE, tmp_path / "workspace"))


def kept(folder: Path) -> list[Path]:
    """The ledgers that are kept."""
    return sorted((folder.parent / "cache").glob("ledger-*"))


def same(one: Ledger, other: Ledger) -> bool:
    """Whether two ledgers have the same words and the same tables."""
    alike = (one.words, one.digest, one.currency, list(one.tables)) == (
        other.words,
        other.digest,
        other.currency,
        list(other.tables),
    )
    return alike and all(
        list(a.columns) == list(b.columns)
        and all(np.array_equal(x, y) for x, y in zip(a.columns.values(), b.columns.values(), strict=True))
        and all(
            np.array_equal(getattr(a, name), getattr(b, name))
            for name in ("ids", "occurred", "seconds", "recorded", "superseded", "place")
        )
        for a, b in ((one.tables[kind], other.tables[kind]) for kind in one.tables)
    )


def never(*_: object) -> Ledger:
    """Instead of reading, where nothing may be read."""
    raise AssertionError("the ledger was read")


def test_again_gives_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The second time the ledger is not read, and its tables are identical."""
    first = open_workspace(folder).ledger
    monkeypatch.setattr(workspace.Workspace, "read_ledger", never)
    assert same(open_workspace(folder).ledger, first)


def test_places_are_kept(folder: Path):
    """An event of a kept ledger is shown where it is written."""
    first, again = open_workspace(folder).ledger, open_workspace(folder).ledger
    assert [str(again.span("usage", row)) for row in range(3)] == [str(first.span("usage", row)) for row in range(3)]


def test_damaged_file_is_not_there(folder: Path):
    """Of a kept file in which one byte is another, or whose end is missing, nothing is used."""
    first = open_workspace(folder).ledger
    (file,) = kept(folder)
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole[:-1] + bytes([whole[-1] ^ 1]), bytes(32) + whole[32:]):
        file.write_bytes(damaged)
        assert same(open_workspace(folder).ledger, first)


def test_changed_file_is_read(folder: Path):
    """A ledger to which an event was added is read anew."""
    before = len(open_workspace(folder).ledger.tables["usage"])
    ledger = folder / "ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines()
    event = next(event for event in map(json.loads, lines) if event["kind"] == "usage")
    ledger.write_text("\n".join([*lines, json.dumps(event | {"id": "one-more"})]) + "\n", encoding="utf-8")
    assert len(open_workspace(folder).ledger.tables["usage"]) == before + 1
    assert len(kept(folder)) == 2


def test_changed_zone_is_another_ledger(folder: Path):
    """Days begin elsewhere when the notice clause says so: what was kept for another zone does not hold."""
    assert open_workspace(folder).ledger.tables
    document = folder / "agreement.lgd"
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("zone: America/New_York", "zone: Asia/Tokyo"), encoding="utf-8")
    assert open_workspace(folder).ledger.tables
    assert len(kept(folder)) == 2


def test_off_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """With ADIDEM_CACHE=off no file is written, and the ledger is the same."""
    monkeypatch.setenv("ADIDEM_CACHE", "off")
    one = open_workspace(folder).ledger
    assert not (folder.parent / "cache").exists()
    assert same(open_workspace(folder).ledger, one)


def test_packed_bytes_that_are_none(folder: Path):
    """Bytes that hold no ledger, or half of one, give none, and raise nothing."""
    ledger = open_workspace(folder).ledger
    data = packed(ledger)
    assert unpacked(data, ledger.sources) is not None
    for part in (b"", data[:7], data[: len(data) // 2], data + b"\0", b"\xff" * 64):
        assert unpacked(part, [Source("x", "")]) is None
