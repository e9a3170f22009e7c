"""Years that start in any month: their names, what they do under rival readings, and what a text leaves open."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.committing.commitments import commitments_view
from adidem.desk.open_points import open_points
from adidem.kernel.period import FIRSTS, MONTHS, AsOf, Grid, counted_from, period_label, period_of
from adidem.kernel.problem import ProblemError
from adidem.kernel.source import Source
from property import test_commitments as commitments
from property.share_oracle import STARTS
from property.test_revenue_share import BASE, PLAIN, Drawn, case_of, draw, run

EPOCH = date(1970, 1, 1)
EVERY = tuple(MONTHS)


def days(when: date) -> int:
    return (when - EPOCH).days


def months_of(day: date, first: int, length: int) -> tuple[date, date]:
    """The first and the last day of the period in which a day lies: the months counted one by one."""
    begins = day.replace(day=1)
    while (begins.month - 1 - first) % length:
        begins = (begins - timedelta(1)).replace(day=1)
    ends = begins
    for _ in range(length):
        ends = (ends + timedelta(31)).replace(day=1)
    return begins, ends - timedelta(1)


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)), st.sampled_from(STARTS), st.sampled_from(EVERY))
def test_a_day_lies_in_the_period_that_months_say(day: date, start: str, every: Any):
    """Leap days and days before 1970 among them; a grid closes with the last day of a period, and no other."""
    cycle = counted_from(start, every)
    begins, ends = months_of(day, STARTS.index(start), MONTHS[every])
    assert [int(edge) for edge in period_of(np.array(days(day)), cycle)] == [days(begins), days(ends)]
    grid = Grid.over(days(begins), days(ends))
    assert len(grid) == MONTHS[every]
    assert grid.closes(cycle).tolist() == [0] * (len(grid) - 1) + [1]
    if len(grid) > 1 or ends.day > 1:
        assert not Grid.over(days(begins), days(ends) - 1).closes(cycle).any()


@given(st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=2, max_size=2))
def test_two_periods_have_one_name_only_if_they_are_one(pair: list[date]):
    """Of all months, quarters and years, however a year is counted."""
    spans: dict[str, tuple[int, int]] = {}
    for day in pair:
        for start in STARTS:
            for every in EVERY:
                cycle = counted_from(start, every)  # type: ignore[arg-type]
                first, last = (int(edge) for edge in period_of(np.array(days(day)), cycle))
                assert spans.setdefault(period_label(last, cycle), (first, last)) == (first, last)
    assert len(set(spans.values())) == len(spans)


def test_periods_of_the_calendar_keep_their_names():
    """A quarter from July is the calendar's; a year from July and a quarter from February have their months' names."""
    last = days(date(2026, 6, 30))
    assert period_label(last, counted_from("1 July", "month")) == "2026-06"
    assert period_label(last, counted_from("1 July", "quarter")) == "2026-Q2"
    assert period_label(last, counted_from("1 January", "year")) == "2026"
    assert period_label(last, counted_from("1 July", "year")) == "2025-07--2026-06"
    assert period_label(days(date(2024, 4, 30)), counted_from("1 February", "quarter")) == "2024-02--2024-04"
    assert tuple(STARTS) == FIRSTS


DISPUTED = {"readings": {"calendar": {"is": "1 January"}, "contract": {"is": "1 July"}, "fiscal": {"is": "1 April"}}}
READINGS = {name: reading["is"] for name, reading in DISPUTED["readings"].items()}


@given(st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_each_reading_of_a_year_is_the_text_that_says_so(chance: Random):
    """Where it is disputed on which day a year starts, every reading gives the figures of a text without dispute."""
    drawn = draw(chance, ("year_starts",))
    case = case_of(replace(drawn, texts=[{**terms, "year_starts": DISPUTED} for terms in drawn.texts]))
    told: dict[str, dict[str, int]] = {}
    for result in case.workspace().run(case.as_of).results:
        figures = {figure.transfer.id: figure.transfer.amount_minor for figure in result.figures}
        for choice in (result.readings, *result.also):
            told |= (
                {choice["share.year_starts"]: figures}
                if "share.year_starts" in choice
                else dict.fromkeys(READINGS, figures)
            )
    for name, start in READINGS.items():
        texts = [{**terms, "year_starts": start} for terms in drawn.texts]
        assert told[name] == run(case_of(replace(drawn, texts=texts)))


COMMITTED: dict[str, Any] = {"every": "year", "amount": "USD 100", "first_period": "whole", "shortfall": "payable"}
USED = [(date(2024, 3, 1), "cloud/run", 9_000), (date(2024, 8, 1), "cloud/run", 3_000)]


def report(case: commitments.Case, day: date) -> Any:
    workspace = case.workspace()
    return commitments_view(workspace, workspace.run(AsOf(days(day), 2**61)))


def test_a_commitment_of_contract_years_is_reported_by_them():
    """The year that is over and the year that runs, each with its days; the figure bears the name of its year."""
    case = commitments.Case({**COMMITTED, "year_starts": "1 July"}, USED)
    (commitment,) = report(case, date(2025, 7, 1))["results"][0]["commitments"]
    told = [(each["period"], each["by"], each["counted"], each["state"]) for each in commitment["periods"]]
    assert told == [
        ("2023-07--2024-06", "2024-06-30", 9_000, "violated"),
        ("2024-07--2025-06", "2025-06-30", 3_000, "violated"),
        ("2025-07--2026-06", "2026-06-30", 0, "in effect"),
    ]
    assert commitment["interval"] == "year from 1 July"
    owed = {"spend/2023-07--2024-06/shortfall": 1_000, "spend/2024-07--2025-06/shortfall": 7_000}
    assert {figure["id"]: figure["amount"] for figure in commitment["figures"]} == owed


def test_readings_of_a_year_have_reports_of_their_own():
    """Each with its own periods."""
    starts = "\n  readings:\n    calendar: {is: 1 January}\n    contract: {is: 1 July}"
    results = report(commitments.Case({**COMMITTED, "year_starts": starts}, USED), date(2025, 1, 15))["results"]
    told = {
        tuple(choice["spend.year_starts"] for choice in each["readings"]): [
            period["period"] for period in each["commitments"][0]["periods"]
        ]
        for each in results
    }
    assert told == {("calendar",): ["2024", "2025"], ("contract",): ["2023-07--2024-06", "2024-07--2025-06"]}


@pytest.mark.parametrize(
    ("starts", "ends", "says", "agrees"),
    [
        ("2024-07-01", "2025-07-01", "USD 100.00", True),
        ("2024-07-01", "2026-07-01", "USD 200.00", True),
        ("2024-01-01", "2025-01-01", "USD 100.00", False),
        ("2024-07-01", "2025-01-01", "USD 50.00", False),
        ("2024-07-01", "2024-07-01", "USD 0.00", False),
    ],
)
def test_the_record_is_held_against_the_years_of_the_contract(starts: str, ends: str, says: str, agrees: bool):
    """A provider's row is of whole years of the contract, or is none of its periods."""
    case = commitments.Case({**COMMITTED, "year_starts": "1 July"}, USED)
    line = '{"id": "k", "kind": "contract-commitment", "occurred": "2024-07-01", "recorded": "2024-07-01", '
    line += f'"clause": "spend", "starts": "{starts}", "ends": "{ends}", "amount": "{says}"}}\n'
    workspace = case.workspace()
    workspace.ledger_sources.append(Source("record.jsonl", line))
    view = commitments_view(workspace, workspace.run(AsOf(days(date(2025, 7, 1)), 2**61)))
    assert [each["agrees"] for each in view["record"]] == [agrees]


def asked(terms: dict[str, Any], start: date) -> list[str]:
    """The terms for which `check` asks."""
    case = case_of(Drawn([PLAIN | terms], [start], None, None, [], [], start))
    return [point.mend.split()[1] for point in open_points(case.workspace().whole) if point.code == "D201"]


@pytest.mark.parametrize("terms", [{"annual_cap": "USD 9"}, {"minimum": "USD 9"}, {"every": "year"}])
def test_a_text_that_starts_within_a_year_is_asked_when_its_years_start(terms: dict[str, Any]):
    """Not one that starts with a year of the calendar, that says it, or that speaks of no year."""
    assert "year_starts:" in asked(terms, date(2024, 3, 1))
    assert "year_starts:" in asked(terms | {"from": "2025-02-01"}, BASE)
    assert "year_starts:" not in asked(terms, BASE)
    assert "year_starts:" not in asked(terms | {"year_starts": "1 March"}, date(2024, 3, 1))
    assert "year_starts:" not in asked({}, date(2024, 3, 1))


@given(st.sampled_from(STARTS), st.sampled_from(STARTS), st.sampled_from(["annual_cap", "minimum"]))
@settings(max_examples=20)
def test_an_amendment_has_the_years_of_the_text_before(one: str, other: str, name: str):
    """A yearly amount of both texts is refused where their years differ; of one of them alone it may have its own."""
    texts = [PLAIN | {name: "USD 9", "year_starts": start} for start in (one, other)]
    both = case_of(Drawn(texts, [BASE, date(2024, 7, 1)], None, None, [], [], date(2025, 1, 1)))
    if one == other:
        both.workspace().run(both.as_of)
    else:
        with pytest.raises(ProblemError) as refused:
            both.workspace().run(both.as_of)
        assert {problem.code for problem in refused.value.problems} == {"A136"}
    texts[0] = {key: value for key, value in texts[0].items() if key != name}
    alone = case_of(Drawn(texts, [BASE, date(2024, 7, 1)], None, None, [], [], date(2025, 1, 1)))
    alone.workspace().run(alone.as_of)


@pytest.mark.parametrize("said", ["29 February", "15 May", "July", "31 June"])
def test_a_year_starts_with_a_month(said: str):
    """Another day is refused at its place."""
    case = case_of(Drawn([PLAIN | {"minimum": "USD 9", "year_starts": said}], [BASE], None, None, [], [], BASE))
    with pytest.raises(ProblemError) as refused:
        case.workspace().run(case.as_of)
    assert {problem.code for problem in refused.value.problems} == {"T221"}
