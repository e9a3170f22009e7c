"""The cache folder: where it is, and that it can be written by two at once and be full."""

import os
from pathlib import Path

import pytest

from adidem.desk import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, not yet made."""
    monkeypatch.setenv("ADIDEM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_get_what_was_put(folder: Path):
    """What was put is what one gets, and nothing lies beside it."""
    cache.put("kind", "name", b"content")
    assert bytes(cache.get("kind", "name") or b"") == b"content"
    assert [file.name for file in folder.iterdir()] == ["kind-name"]


def test_keys_differ_by_parts():
    """Parts are told apart also where their letters follow one another in the same way."""
    assert cache.key("ab", "c") != cache.key("a", "bc")


def test_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the folder cannot be made nothing is kept, and nothing fails."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("ADIDEM_CACHE", str(tmp_path / "file" / "cache"))
    cache.put("kind", "name", b"content")
    assert cache.get("kind", "name") is None


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="the folder is another there")
def test_convention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """$XDG_CACHE_HOME if it is an absolute path, and ~/.cache otherwise."""
    monkeypatch.delenv("ADIDEM_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    for said, expected in (
        (str(tmp_path / "x"), tmp_path / "x"),
        ("", tmp_path / ".cache"),
        ("y", tmp_path / ".cache"),
    ):
        monkeypatch.setenv("XDG_CACHE_HOME", said)
        assert cache.folder() == expected / "adidem"


def test_oldest_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Past the bound the files that were written first are deleted; the newest stays, however large."""
    monkeypatch.setattr(cache, "MOST_BYTES", 250)
    for number in range(4):
        cache.put("kind", f"{number}1", bytes(68))
        os.utime(folder / f"kind-{number}1", (number, number))
    cache.put("kind", "last-0", bytes(68))
    assert sorted(file.name for file in folder.iterdir()) == ["kind-31", "kind-last-0"]


def test_not_too_many(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor are there more files than a bound."""
    monkeypatch.setattr(cache, "MOST_FILES", 2)
    for number in range(4):
        cache.put("kind", f"{number}1", b"")
        os.utime(folder / f"kind-{number}1", (number, number))
    cache.put("kind", "last-0", b"")
    assert sorted(file.name for file in folder.iterdir()) == ["kind-31", "kind-last-0"]
