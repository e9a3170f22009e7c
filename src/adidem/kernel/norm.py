"""Norms: obligations, powers, permissions and prohibitions, and the one table of their states.

Knows dates and states. Does not know events, clauses' words or what follows from a violation.

A norm is a row of dates and a total function of them; nothing is ever changed in place. The states are those of
Symboleo (Sharifi et al., IEEE RE 2020), with *discharged* for a norm that a waiver or release ended.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from adidem.kernel.agreement import Clause
from adidem.kernel.formula import Formula, lesser, no
from adidem.kernel.period import NEVER, Cycle
from adidem.kernel.quantity import DATE, DAYS, Array

NormKind = Literal["obligation", "power", "permission", "prohibition"]

STATES = ("none", "in effect", "suspended", "fulfilled", "violated", "discharged", "terminated")
"""In the order of their codes. `none`: it has not come into being."""


@dataclass(frozen=True, slots=True)
class NormDates:
    """The dates that make a norm's life, as formulas of one domain or of `one`; None where such a thing cannot be."""

    arises: Formula
    due: Formula | None = None
    fulfilled: Formula | None = None
    violated: Formula | None = None
    discharged: Formula | None = None
    terminated: Formula | None = None
    suspended: Formula | None = None

    @property
    def formulas(self) -> list[Formula]:
        """The dates that there are."""
        dates = (self.due, self.fulfilled, self.violated, self.discharged, self.terminated, self.suspended)
        return [self.arises, *(date for date in dates if date is not None)]


@dataclass(frozen=True, slots=True)
class Norm:
    """A norm that a clause's text brings into being: one, or one a record or period of `domain`.

    `name` tells the norms of one clause apart. `holder` must, may or must not; `counterparty` is whom it is owed to.
    `every` says which periods those of the domain `cell` are.
    """

    name: str
    kind: NormKind
    holder: str
    counterparty: str
    text: Clause
    domain: str
    dates: NormDates
    says: str
    every: Cycle | None = None

    @property
    def clause(self) -> str:
        """The id of the clause."""
        return self.text.id


def state(
    as_of: int,
    arises: Array,
    due: Array | None = None,
    fulfilled: Array | None = None,
    violated: Array | None = None,
    discharged: Array | None = None,
    terminated: Array | None = None,
    suspended: Array | None = None,
) -> tuple[Array, Array]:
    """The state on the day `as_of`, as codes of STATES, and the day on which it was reached.

    every date  [rows, worlds] or [1, 1]; None is never
    Order       discharged, then fulfilled in time, then violated, then terminated, then suspended, then in effect
    """
    never = np.full((1, 1), NEVER, np.int64)
    due_day = never if due is None else due
    done = never if fulfilled is None else fulfilled
    broken = np.where((due_day < as_of) & (done > due_day), due_day + 1, never)
    if violated is not None:
        broken = np.minimum(broken, violated)
    ended = never if terminated is None else terminated
    steps = (
        (never if discharged is None else discharged, "discharged"),
        (np.where(done <= due_day, done, never), "fulfilled"),
        (np.where(broken <= ended, broken, never), "violated"),
        (ended, "terminated"),
        (never if suspended is None else suspended, "suspended"),
        (arises, "in effect"),
    )
    out = np.zeros(np.broadcast_shapes(*(day.shape for day, _ in steps)), np.int64)
    since = np.full_like(out, NEVER)
    for day, name in reversed(steps):
        out = np.where(day <= as_of, STATES.index(name), out)
        since = np.where(day <= as_of, day, since)
    return np.where(arises <= as_of, out, 0), since


def fulfilled_on(dates: NormDates, as_of: Formula) -> Formula:
    """The day on which a norm was fulfilled, as a formula; never where `state` says otherwise of the day `as_of`."""
    never = as_of.program.constant(NEVER, DATE, "never")
    done, due = dates.fulfilled or never, dates.due or never
    return done.or_never((done <= due) & ~_over(dates, as_of) & (dates.arises <= as_of))


def violated_on(dates: NormDates, as_of: Formula) -> Formula:
    """The day on which a norm was violated, as a formula; never where `state` says otherwise of the day `as_of`."""
    program = as_of.program
    never, one = program.constant(NEVER, DATE, "never"), program.constant(1, DAYS, "one day")
    done, due = dates.fulfilled or never, dates.due or never
    late = due.after("days", one).or_never((due < as_of) & (due < done))
    broken = lesser(late, dates.violated or never)
    met = done.or_never(done <= due) <= as_of
    counts = (broken <= (dates.terminated or never)) & ~met & ~_over(dates, as_of) & (dates.arises <= as_of)
    return broken.or_never(counts)


def _over(dates: NormDates, as_of: Formula) -> Formula:
    return dates.discharged <= as_of if dates.discharged is not None else no(as_of.program)
