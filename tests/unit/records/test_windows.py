"""Windows of a time zone begin at its midnights, also where the clocks leave one out or show it twice."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.kernel.period import day as number
from adidem.records.windows import midnights, window_edge

ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")


@given(st.dates(date(2012, 1, 1), date(2060, 12, 31)), st.sampled_from(ZONES))
def test_begins_with_its_first_second(day: date, zone: str):
    """A second before it is the day before there."""
    (begins,) = midnights(np.array([number(day)]), zone).tolist()
    assert datetime.fromtimestamp(begins, ZoneInfo(zone)).date() == day
    assert datetime.fromtimestamp(begins - 1, ZoneInfo(zone)).date() < day


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Asuncion", date(2023, 10, 1), "2023-10-01T01:00:00-03:00"),  # the clocks go from 0 to 1
        ("America/Havana", date(2020, 11, 1), "2020-11-01T00:00:00-04:00"),  # at 1 they go back to 0
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-31T00:00:00+14:00"),  # a day that was left out
    ],
)
def test_a_midnight_that_there_is_not_once(zone: str, day: date, begins: str):
    """The day begins with the first instant that is not before it."""
    assert midnights(np.array([number(day)]), zone).tolist() == [int(datetime.fromisoformat(begins).timestamp())]


def test_months_in_which_clocks_change():
    """March has 743 hours where clocks go forward, and November 721 where they go back."""
    last = np.array([number(date(2025, 3, 31)), number(date(2025, 11, 30)), number(date(2025, 7, 31))])
    starts, ends = (window_edge(last, "month", edge, "America/Los_Angeles") for edge in ("starts", "ends"))
    assert ((ends - starts) // 3_600).tolist() == [743, 721, 744]


def test_a_quarter_begins_before_the_record_does():
    """The first month of a quarter need not be one of the periods."""
    starts = window_edge(np.array([number(date(2025, 3, 31))]), "quarter", "starts", "Europe/Berlin")
    assert starts.tolist() == [int(datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())]
