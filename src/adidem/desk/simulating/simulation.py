"""A simulation as it was wished: how many worlds, kept where, on which machines; and what it came to as plain data.

Knows settings, evaluators and folders. Does not know terminals.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from adidem.desk import cache
from adidem.desk.output import optional
from adidem.desk.simulating.cluster import on_ray
from adidem.desk.simulating.forecast import forecast_view, receipt
from adidem.desk.simulating.futures import Future
from adidem.desk.simulating.influence import tornado_view
from adidem.desk.simulating.parquet import write_parquet
from adidem.desk.simulating.sheet import write_sheet
from adidem.findings.evaluator import evaluators
from adidem.findings.futures import Mapper, gathered, on_threads
from adidem.findings.setting import Setting
from adidem.kernel.period import show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.worlds.compiling import loops_are_compiled
from adidem.worlds.finished import read
from adidem.worlds.spill import Spill

FINISHED = "finished-blocks"
"""The folder, in that of the results, in which a run that is not at its end keeps what it has."""
MOST_IN_MEMORY = 256 * 2**20
"""Totals that take more are kept in files."""
MOST_WORLDS = 10**9
MOST_BYTES = 2**63
A_SECOND = 30_000
"""So many worlds a second and set of readings at least, for the bound on what too many would cost."""


@dataclass(frozen=True)
class Wish:
    """How many worlds, where finished ones are kept, whether to go on with them, and on which machines."""

    worlds: int
    out: Path | None = None
    resume: bool = False
    cluster: str = ""


def resumable(out: Path | None) -> bool:
    """Whether a run that was broken off has left something finished in a folder."""
    return out is not None and any((out / FINISHED).glob("*.npz"))


def simulated(future: Future, wish: Wish, progress: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
    """The JSON of `simulate`; with a folder, Parquet files and a sheet of plots there.

    Problems: D113 more worlds than can be counted or kept; D114 what writes files is not installed; D118, D119 no Ray,
    or none that can be used; D120 nothing can be written to the folder.
    """
    setting = future.setting
    run = digest(future, wish.worlds)
    known = cache.key("simulate", run)
    kept = cache.get("forecast", known) if wish.out is None and not wish.cluster else None
    if kept is not None:
        return json.loads(bytes(kept))
    _affordable(wish, setting.measures.figures, len(setting.sets))
    finished = _writable(wish.out) / FINISHED if wish.out is not None else None
    if finished is not None and not (wish.resume and read(finished, run)):
        shutil.rmtree(finished, ignore_errors=True)
    with _mapper(future, wish) as mapper, _aside(setting, wish) as aside:
        futures = gathered(setting, mapper, wish.worlds, progress, finished, run, loops_are_compiled(), aside)
        view = forecast_view(future, futures)
    cache.put("forecast", known, json.dumps(view).encode())
    if wish.out is not None and finished is not None:
        files = [
            *write_parquet(futures, view, wish.out),
            *write_sheet({**view, "influence": tornado_view(future)}, wish.out),
        ]
        view |= {"files": [file.name for file in files]}
        shutil.rmtree(finished, ignore_errors=True)
    return view


@contextmanager
def _aside(setting: Setting, wish: Wish) -> Iterator[Path | None]:
    """A folder in the user's cache for totals that memory should not hold, for as long as they are asked for."""
    size, folder = Spill.size_bytes(wish.worlds, setting.measures.figures) * len(setting.sets), cache.folder()
    if size < MOST_IN_MEMORY or folder is None or wish.out is not None:
        yield None
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="totals-", dir=folder) as aside:
        yield Path(aside)


def _mapper(future: Future, wish: Wish) -> AbstractContextManager[Mapper]:
    if wish.cluster:
        return on_ray(future, wish.cluster, wish.worlds)
    setting = future.setting
    ready = evaluators(setting, wish.worlds)
    return nullcontext(on_threads(setting, ready, wish.worlds, loops_are_compiled()))


def digest(future: Future, worlds: int) -> str:
    """The hash of all that the result hangs on: only the same simulation goes on with what is finished."""
    setting = future.setting
    about = [receipt(future, worlds), show_day(setting.outlook.until), setting.scenario, setting.partition]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _writable(folder: Path) -> Path:
    """The folder of the results, made before an hour is spent on them. Problems: D114, D120."""
    optional("pyarrow.parquet", "matplotlib.figure")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder
    except OSError as wrong:
        why = f"nothing can be written to {folder}: {(wrong.strerror or str(wrong)).lower()}"
        sentence = f"{folder} is a file, and no folder" if folder.is_file() else why
        mend = "name a folder in which you may write, or one that is not there yet"
        raise ProblemError([Problem("D120", sentence, at="--out", mend=mend)]) from None


def _affordable(wish: Wish, figures: int, sets: int) -> None:
    size = Spill.size_bytes(wish.worlds, figures) * sets
    hours = wish.worlds * sets / A_SECOND / 3600
    folder = wish.out if wish.out is not None or size < MOST_IN_MEMORY else cache.folder()
    where = "on disk" if folder is not None else "of memory"
    cost = f"{wish.worlds:,} worlds would take up to {hours:,.0f} hours and {_gigabytes(size)} {where}"
    if wish.worlds > MOST_WORLDS:
        cost += f"; at most {MOST_WORLDS:,} are counted"
    elif size > (free := _free(folder)):
        cost += f", where {_gigabytes(free)} are free"
    else:
        return
    mend = "ask for fewer: the error of a mean shrinks with the root of their number"
    raise ProblemError([Problem("D113", cost, at="--worlds", mend=mend)])


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.0f} GB" if size >= 1e10 else f"{size / 1e9:.1f} GB"


def _free(folder: Path | None) -> int:
    """Bytes: on the disk of a folder, which is perhaps not there yet, or in memory."""
    if folder is not None:
        there = (path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        return shutil.disk_usage(next(there)).free
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else MOST_BYTES
