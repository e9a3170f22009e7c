"""The agreement in EMA Workbench, with its evaluator of two processes: an experiment is a world, or a block of worlds.

Knows EMA Workbench's models and outcomes. Does not draw: revenue and the months of the events come from by_numpy.

An experiment that is a world is what the Workbench is made for: its results say which world fares how. An experiment
that is a block of worlds is the fastest that it can do; the model is then by_numpy's, and it deals out the blocks.
"""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import agreement as case
import by_numpy
import numpy as np
from agreement import Totals

with warnings.catch_warnings():
    # It warns of evaluators for other machines that are not installed.
    warnings.simplefilter("ignore")
    import ema_workbench
    from ema_workbench import ArrayOutcome, IntegerParameter, Model, MultiprocessingEvaluator, ScalarOutcome, Scenario

BLOCK = 8192
DRAWN_TOGETHER = 2000
OUTCOMES = ("share_minor", "shortfall_minor", "lost", "declared")
BLOCK_OUTCOMES = tuple(f"blocks_{name}" for name in OUTCOMES)


def version() -> str:
    """Of ema_workbench."""
    return ema_workbench.__version__


@contextmanager
def opened() -> Iterator[Callable[[int], Totals]]:
    """An experiment a world, with the evaluator's processes started."""
    model = Model("world", function=world_of)
    model.uncertainties = [IntegerParameter("world", 0, 2**31)]
    model.outcomes = [ScalarOutcome(name) for name in OUTCOMES]
    with MultiprocessingEvaluator([model], n_processes=os.cpu_count()) as evaluator:

        def play_all(worlds: int) -> Totals:
            scenarios = [Scenario(str(world), world=world) for world in range(worlds)]
            _, outcomes = evaluator.perform_experiments(scenarios=scenarios, log_progress=True)
            return Totals(*(np.asarray(outcomes[name], dtype=np.int64) for name in OUTCOMES))

        yield play_all


@contextmanager
def opened_in_blocks() -> Iterator[Callable[[int], Totals]]:
    """An experiment a block of worlds, with the evaluator's processes started."""
    model = Model("block", function=block_of)
    model.uncertainties = [IntegerParameter("first", 0, 2**31)]
    # The Workbench keeps names of outcomes apart by their kind, for all models of a process.
    model.outcomes = [ArrayOutcome(name, variable_name=name[7:]) for name in BLOCK_OUTCOMES]
    with MultiprocessingEvaluator([model], n_processes=os.cpu_count()) as evaluator:

        def play_all(worlds: int) -> Totals:
            scenarios = [Scenario(str(first), first=first) for first in range(0, worlds, BLOCK)]
            _, outcomes = evaluator.perform_experiments(scenarios=scenarios, log_progress=True)
            # All blocks are of one size, and the last may go beyond what was asked for.
            return Totals(*(np.asarray(outcomes[name]).astype(np.int64).ravel()[:worlds] for name in BLOCK_OUTCOMES))

        yield play_all


def world_of(world: int) -> Mapping[str, int]:
    """The model of one world: plain Python, month by month. An integer divided by 20 is the nearest double."""
    first = world - world % DRAWN_TOGETHER
    paths, losts, declarations = drawn(first)
    lost, declared = losts[world - first], declarations[world - first]
    paid = used = shortfall = 0
    for month, revenue in enumerate(paths[world - first], 1):
        if not declared or month <= declared:
            rate = case.EXCLUSIVE if not lost or month <= lost else case.OPEN
            paid = min(paid + round(revenue * rate / case.PARTS), case.CAP_MINOR)
        used += round(revenue * case.USED / case.PARTS)
        if month in case.MILESTONES_MINOR:
            shortfall += max(0, case.MILESTONES_MINOR[month] - used - shortfall)
    return {"share_minor": paid, "shortfall_minor": shortfall, "lost": lost, "declared": declared}


@lru_cache(maxsize=2)
def drawn(first: int) -> tuple[list[list[int]], list[int], list[int]]:
    """Courses of events of DRAWN_TOGETHER worlds from the first on, as lists."""
    courses = by_numpy.courses(first, DRAWN_TOGETHER)
    return courses.revenue_minor.T.tolist(), courses.lost.tolist(), courses.declared.tolist()


def block_of(first: int) -> Mapping[str, np.ndarray]:
    """The model of one block of worlds."""
    totals = Totals.empty(BLOCK)
    for start in range(0, BLOCK, by_numpy.BLOCK):
        by_numpy.play(first + start, by_numpy.part(totals, start))
    return dict(zip(OUTCOMES, totals.columns, strict=True))
