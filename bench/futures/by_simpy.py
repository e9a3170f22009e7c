"""The agreement in SimPy: each world an environment in which the parties' processes take turns, on two processes.

Knows SimPy's events. Does not draw: revenue and the months of the events come from by_numpy.

A month is one unit of time. What is earned is settled at its end; what changes the rules acts a moment later.
"""

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import agreement as case
import by_numpy
import numpy as np
import simpy
from agreement import Totals

BLOCK = 2500
MOMENT = 0.25


def version() -> str:
    """Of SimPy."""
    return simpy.__version__


@contextmanager
def opened() -> Iterator[Callable[[int], Totals]]:
    """With its processes started: takes a number of worlds, and plays them."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:

        def play_all(worlds: int) -> Totals:
            blocks = [(first, min(BLOCK, worlds - first)) for first in range(0, worlds, BLOCK)]
            return Totals.joined(pool.starmap(play, blocks, chunksize=1))

        yield play_all


def play(first: int, count: int) -> Totals:
    """One block of worlds, from the first on."""
    courses = by_numpy.courses(first, count)
    played = [
        World(path, lost, declared)
        for path, lost, declared in zip(
            courses.revenue_minor.T.tolist(), courses.lost.tolist(), courses.declared.tolist(), strict=True
        )
    ]
    return Totals(
        np.array([world.paid for world in played], dtype=np.int64),
        np.array([world.shortfall for world in played], dtype=np.int64),
        courses.lost,
        courses.declared,
    )


class World:
    """One world, played to its end when it is made."""

    def __init__(self, revenue_minor: list[int], lost: int, declared: int) -> None:
        """The parties' processes, and those of the events that come in this world."""
        self.rate, self.sharing = case.EXCLUSIVE, True
        self.paid = self.used = self.shortfall = 0
        environment = simpy.Environment()
        environment.process(self.months(environment, revenue_minor))
        environment.process(self.milestones(environment))
        if lost:
            environment.process(self.loss(environment, lost))
        if declared:
            environment.process(self.declaration(environment, declared))
        environment.run()

    def months(self, environment: simpy.Environment, revenue_minor: list[int]) -> Generator[simpy.Event, None, None]:
        """Month by month the share is paid and usage is counted. An integer divided by 20 is the nearest double."""
        for revenue in revenue_minor:
            yield environment.timeout(1)
            if self.sharing:
                self.paid = min(self.paid + round(revenue * self.rate / case.PARTS), case.CAP_MINOR)
            self.used += round(revenue * case.USED / case.PARTS)

    def milestones(self, environment: simpy.Environment) -> Generator[simpy.Event, None, None]:
        """At the end of a milestone's month what is short is paid."""
        for month, committed in case.MILESTONES_MINOR.items():
            yield environment.timeout(month + MOMENT - environment.now)
            self.shortfall += max(0, committed - self.used - self.shortfall)

    def loss(self, environment: simpy.Environment, month: int) -> Generator[simpy.Event, None, None]:
        """Exclusivity ends."""
        yield environment.timeout(month + MOMENT)
        self.rate = case.OPEN

    def declaration(self, environment: simpy.Environment, month: int) -> Generator[simpy.Event, None, None]:
        """Nothing is shared any more."""
        yield environment.timeout(month + MOMENT)
        self.sharing = False
