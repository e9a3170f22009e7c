"""The agreement in OpenFisca: worlds are its population, months its periods, and blocks of worlds go to two processes.

Knows OpenFisca's variables and simulations. Does not draw: revenue and the months of the events are inputs, by_numpy's.

OpenFisca holds numbers as float32, in which no such sum fits to the cent; the variables of money are given float64, and
hold whole numbers as in by_numpy. Variables are named in lower case, as is usual there.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.metadata import version as installed

import agreement as case
import by_numpy
import numpy as np
from agreement import Totals
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit, Instant, Period
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

BLOCK = 8192
FIRST_YEAR = 2026


def version() -> str:
    """Of openfisca-core."""
    return installed("openfisca-core")


@contextmanager
def opened(precise: bool = True) -> Iterator[Callable[[int], Totals]]:
    """With its processes started and its rules built: takes a number of worlds, and plays them."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), rules, (precise,)) as pool:

        def play_all(worlds: int) -> Totals:
            blocks = [(first, min(BLOCK, worlds - first), precise) for first in range(0, worlds, BLOCK)]
            return Totals.joined(pool.starmap(play, blocks, chunksize=1))

        yield play_all


def opened_single() -> AbstractContextManager[Callable[[int], Totals]]:
    """The same in float32, as OpenFisca comes."""
    return opened(precise=False)


def play(first: int, count: int, precise: bool) -> Totals:
    """One block of worlds, from the first on; if not precise, in float32, as OpenFisca comes."""
    courses = by_numpy.courses(first, count)
    simulation = SimulationBuilder().build_default_simulation(rules(precise), count)
    months = [period(month) for month in range(1, case.MONTHS + 1)]
    for month, earned in zip(months, courses.revenue_minor, strict=True):
        simulation.set_input("revenue", month, earned.astype(np.float64))
    simulation.set_input("lost", months[0], courses.lost)
    simulation.set_input("declared", months[0], courses.declared)
    for month in months:
        simulation.calculate("paid", month)
        simulation.calculate("shortfall", month)
    sums = [simulation.calculate(name, months[-1]).astype(np.int64) for name in ("paid", "shortfall")]
    return Totals(sums[0], sums[1], courses.lost, courses.declared)


@cache
def rules(precise: bool) -> TaxBenefitSystem:
    """The rules; built once in each process."""
    built = TaxBenefitSystem([world])
    for variable in (revenue, lost, declared, paid, used, shortfall):
        built.add_variable(variable)
    for money in ("revenue", "paid", "used", "shortfall"):
        built.get_variable(money).dtype = np.float64 if precise else np.float32
    return built


def period(month: int) -> Period:
    """A month by its number, 1 to 120."""
    years, months = divmod(month - 1, 12)
    return Period((DateUnit.MONTH, Instant((FIRST_YEAR + years, months + 1, 1)), 1))


def number(of: Period) -> int:
    """The number of a month, 1 to 120."""
    return (of.start.year - FIRST_YEAR) * 12 + of.start.month


world = build_entity(key="world", plural="worlds", label="A course of events", is_person=True)


class revenue(Variable):
    """Cents earned in the month: an input."""

    value_type = float
    entity = world
    definition_period = DateUnit.MONTH


class lost(Variable):
    """The month in which exclusivity was lost, 0 for never: an input."""

    value_type = int
    entity = world
    definition_period = DateUnit.ETERNITY


class declared(Variable):
    """The month of the declaration, 0 for never: an input."""

    value_type = int
    entity = world
    definition_period = DateUnit.ETERNITY


class paid(Variable):
    """Cents of share paid up to the end of the month."""

    value_type = float
    entity = world
    definition_period = DateUnit.MONTH

    def formula(world, period):
        """What was paid before, and the share of this month as far as the cap has room."""
        month = number(period)
        lost, declared = world("lost", period), world("declared", period)
        rate = np.where((lost == 0) | (lost >= month), case.EXCLUSIVE, case.OPEN)
        due = np.rint(world("revenue", period) * rate * (1.0 / case.PARTS))
        due *= (declared == 0) | (declared >= month)
        return due if month == 1 else np.minimum(world("paid", period.last_month) + due, case.CAP_MINOR)


class used(Variable):
    """Cents used up to the end of the month, as far as any milestone asks."""

    value_type = float
    entity = world
    definition_period = DateUnit.MONTH

    def formula(world, period):
        """What was used before, and the usage of this month."""
        usage = np.rint(world("revenue", period) * case.USED * (1.0 / case.PARTS))
        before = 0.0 if number(period) == 1 else world("used", period.last_month)
        return np.minimum(before + usage, max(case.MILESTONES_MINOR.values()))


class shortfall(Variable):
    """Cents of shortfall paid up to the end of the month."""

    value_type = float
    entity = world
    definition_period = DateUnit.MONTH

    def formula(world, period):
        """What was paid before, and at a milestone what is short."""
        month = number(period)
        so_far = world("used", period)
        before = np.zeros_like(so_far) if month == 1 else world("shortfall", period.last_month)
        if month not in case.MILESTONES_MINOR:
            return before
        return before + np.maximum(case.MILESTONES_MINOR[month] - so_far - before, 0.0)
