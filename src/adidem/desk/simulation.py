"""A simulation as it was wished: how many worlds, kept where, on which machines; and what it came to as plain data.

Knows settings, evaluators and folders. Does not know terminals.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adidem.desk import cache
from adidem.desk.cluster import on_ray
from adidem.desk.forecast import forecast_view, receipt
from adidem.desk.futures import Future
from adidem.desk.output import optional
from adidem.desk.parquet import write_parquet
from adidem.desk.sheet import write_sheet
from adidem.findings.evaluator import evaluators
from adidem.findings.futures import Mapper, gathered, on_threads
from adidem.kernel.period import show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.worlds.compiling import loops_are_compiled
from adidem.worlds.spill import Spill

FINISHED = "finished-blocks"
"""The folder, in that of the results, in which a run that is not at its end keeps what it has."""
MOST_WORLDS = 10**9
A_SECOND = 30_000
"""So many worlds a second at least, for the estimate of what too many would cost."""


@dataclass(frozen=True)
class Wish:
    """How many worlds, where finished ones are kept, whether to go on with them, and on which machines."""

    worlds: int
    out: Path | None = None
    resume: bool = False
    cluster: str = ""


def simulated(future: Future, wish: Wish, progress: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
    """The JSON of `simulate`; with a folder, files of it beside.

    Problems: D113 more worlds than can be counted or kept; D114 what writes files is not installed; D118, D119 no Ray,
    or none that can be used.
    """
    setting = future.setting
    known = cache.key("simulate", digest(future, wish.worlds))
    kept = cache.get("forecast", known) if wish.out is None and not wish.cluster else None
    if kept is not None:
        return json.loads(bytes(kept))
    if wish.out is not None:
        optional("pyarrow.parquet", "matplotlib.figure")
    _affordable(wish, setting.measures.figures, len(setting.sets))
    finished = wish.out / FINISHED if wish.out is not None else None
    if finished is not None and not wish.resume:
        shutil.rmtree(finished, ignore_errors=True)
    with _mapper(future, wish) as mapper:
        futures = gathered(setting, mapper, wish.worlds, progress, finished, digest(future, wish.worlds))
    view = forecast_view(future, futures)
    if wish.out is not None and finished is not None:
        write_parquet(futures, view, wish.out)
        write_sheet(view, wish.out)
        shutil.rmtree(finished, ignore_errors=True)
    cache.put("forecast", known, json.dumps(view).encode())
    return view


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


def _affordable(wish: Wish, figures: int, sets: int) -> None:
    size = Spill.size_bytes(wish.worlds, figures) * sets
    free = shutil.disk_usage(wish.out.parent if wish.out is not None else Path(".")).free
    if wish.worlds > MOST_WORLDS or size > free:
        hours = wish.worlds * sets / A_SECOND / 3600
        cost = f"about {hours:,.0f} hours and {size / 1e9:,.0f} GB on disk, where {free / 1e9:,.0f} GB are free"
        sentence = f"{wish.worlds:,} worlds would take {cost}"
        mend = "ask for fewer: the error of a mean shrinks with the root of their number"
        raise ProblemError([Problem("D113", sentence, at="--worlds", mend=mend)])
