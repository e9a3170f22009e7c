"""When the windows over which something is measured begin and end in a time zone.

Knows days, instants and the zones of the IANA database. Does not know clauses.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from adidem.kernel.period import EPOCH, MONTHS, Every, add_months
from adidem.kernel.quantity import Array


def window_edge(last_days: Array, every: Every, edge: str, zone: str) -> Array:
    """The instants at which the months, quarters or years that end with some days begin (`starts`) or end (`ends`).

    last_days  days
    returns    seconds since 1970-01-01
    """
    following = last_days + 1
    return midnights(add_months(following, np.array(-MONTHS[every])) if edge == "starts" else following, zone)


def midnights(days: Array, zone: str) -> Array:
    """The instants at which days begin in a zone.

    A day whose midnight the clocks leave out begins when they are put forward; one with two midnights, at the first.

    days     days
    returns  seconds since 1970-01-01
    """
    where = ZoneInfo(zone)
    begin = (datetime.combine(EPOCH + timedelta(days=day), datetime.min.time(), where) for day in days.tolist())
    return np.array([int(each.timestamp()) for each in begin], np.int64)
