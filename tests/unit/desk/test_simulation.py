"""What a simulation may cost is said before it is begun."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from adidem.desk.simulating import simulation
from adidem.desk.simulating.simulation import Wish
from adidem.kernel.problem import ProblemError


@pytest.mark.parametrize("worlds", [10**9 + 1, 10**12, 10**30])
def test_more_than_can_be_counted(worlds: int):
    """The number of worlds has an end, whatever room there is."""
    with pytest.raises(ProblemError, match=r"D113 .* at most 1,000,000,000 are counted"):
        simulation._affordable(Wish(worlds), 1, 1)


def test_more_than_the_disk_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder that is not there yet is judged by the disk on which it would be."""
    asked: list[Path] = []

    def usage(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    wish = Wish(10**8, tmp_path / "not" / "there")
    with pytest.raises(ProblemError, match=r"D113 100,000,000 worlds .* 1\.6 GB on disk, where 1\.0 GB are free"):
        simulation._affordable(wish, 1, 1)
    assert asked == [tmp_path]
    simulation._affordable(Wish(10**7, wish.out), 1, 1)


@pytest.mark.parametrize(("cache", "where"), [("there", "on disk"), ("", "of memory")])
def test_more_than_can_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str, where: str):
    """Without a folder the totals are kept in the cache's, or else in memory; readings multiply them."""
    monkeypatch.setattr(simulation, "_free", lambda folder: 10**9)
    monkeypatch.setattr(simulation.cache, "folder", lambda: tmp_path if cache else None)
    simulation._affordable(Wish(10**7), 1, 1)
    with pytest.raises(ProblemError, match=rf"D113 10,000,000 worlds .* 1\.3 GB {where}, where 1\.0 GB are free"):
        simulation._affordable(Wish(10**7), 1, 8)


def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path):
    """It is tried before the worlds are run."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ProblemError, match=r"D120 .*file is a file, and no folder"):
        simulation._writable(tmp_path / "file")
    with pytest.raises(ProblemError, match=r"D120 nothing can be written to .*: not a directory"):
        simulation._writable(tmp_path / "file" / "below")
    assert simulation._writable(tmp_path / "new" / "one").is_dir()
