"""The downtime, tier and credit of random incidents are those of plain arithmetic, to the second and to the cent."""

import re
import tempfile
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.program import STILL
from adidem.findings.claims import Measured, claims
from adidem.findings.outcome import wanted
from adidem.kernel.period import AsOf
from adidem.kernel.period import day as number
from adidem.kernel.schedule import schedule
from property.levels import (
    DAY,
    HEAD,
    Incident,
    Level,
    claim,
    credit,
    lost,
    second_of,
    tier_of,
    usage,
    windows,
    workspace,
)

FIRST = date(2024, 1, 1)
MONTHS = 6
LAST = date(2024, 6, 30)
FOREVER = 2**61
HOUR = 3_600
ZONES = ("", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe")
"""Of the last three one has half an hour in its offset, and one puts its clocks forward by half an hour."""
IMPACTS = ("none", "minor", "major", "critical", "maintenance")


def measured(level: Level, events: list[dict[str, str]], last: date = LAST) -> list[Measured]:
    """What the program makes of each window."""
    with tempfile.TemporaryDirectory() as folder:
        opened = workspace(Path(folder), level.text(), events)
        composition, columns = opened.composed(AsOf(number(last), FOREVER))
        (found,) = claims(composition, columns, (number(FIRST), number(last)), {}).ways
        return found


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int | None]:
    """An incident's time: often on the same hours as others, over a month's end, for two months, for no time, open."""
    starts = draw(
        st.one_of(
            st.sampled_from([second_of(date(2024, month, 1), zone) for month in range(1, 7) for zone in ZONES]),
            st.integers(0, 20).map(lambda n: second_of(date(2024, 2, 27)) + n * 6 * HOUR),
            st.integers(second_of(FIRST) - 40 * DAY, second_of(LAST) + DAY - 1),
        )
    )
    lasts = draw(
        st.one_of(
            st.just(0),
            st.integers(0, 12).map(lambda n: n * 6 * HOUR),
            st.integers(0, 3 * DAY),
            st.integers(28 * DAY, 70 * DAY),
            st.none(),
        )
    )
    return starts, None if lasts is None else starts + lasts


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """One incident of any sort."""
    started, ended = draw(spans())
    return Incident(
        started,
        ended,
        draw(st.sampled_from(IMPACTS)),
        draw(st.sampled_from(("cloud/compute", "cloud", "cloud/storage", "cloud", "clouds"))),
        draw(st.sampled_from(("nimbus", "nimbus", "nimbus", "nimbus", "nimbus", "cirrus"))),
        draw(st.sampled_from(("", "", "", "", "customer", "strike"))),
        draw(st.sampled_from(("", "", "", "console", "api"))),
    )


@st.composite
def levels(draw: st.DrawFn) -> Level:
    """Terms of any sort."""
    some = draw(st.lists(st.sampled_from(IMPACTS), min_size=1, max_size=4, unique=True))
    rest = [impact for impact in IMPACTS if impact not in some]
    bound = st.one_of(st.sampled_from((9_999, 9_990, 9_900, 9_500)), st.integers(1, 9_999))
    bounds = sorted(draw(st.sets(bound, min_size=1, max_size=4)), reverse=True)
    shares = [Fraction(bound, 10_000) for bound in bounds]
    rates = [Fraction(draw(st.integers(1, 100)), 100) for _ in shares]
    tiers = tuple(zip(shares, [*shares[1:], Fraction(0)], rates, strict=True))
    return Level(
        objective=draw(st.sampled_from((shares[0], Fraction(99_995, 100_000), Fraction(1)))),
        tiers=tiers,
        window=draw(st.sampled_from(("month", "quarter"))),
        unavailable=tuple(some),
        partly=tuple(draw(st.sets(st.sampled_from(rest), max_size=2))) if rest else (),
        weight=Fraction(draw(st.integers(0, 7)), 7),
        maintenance=draw(st.sampled_from(("", "excluded", "counts"))),
        except_causes=draw(st.sampled_from(((), ("customer",), ("customer", "strike")))),
        except_components=draw(st.sampled_from(((), ("console",)))),
        shortest_minutes=draw(st.sampled_from((0, 0, 5, 360, 361))),
        place=draw(st.sampled_from(("line", "period"))),
        minimum_minor=draw(st.sampled_from((0, 100, 50_000))),
        cap=draw(st.sampled_from((None, Fraction(1, 3)))),
        claim_within_days=draw(st.sampled_from((0, 1, 30))),
        zone=draw(st.sampled_from(ZONES)),
    )


FEES = st.lists(st.tuples(st.integers(0, (LAST - FIRST).days), st.integers(-(10**6), 10**7)), min_size=4, max_size=12)
CLAIMS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from((1, 2, 29, 30, 31, 32))), max_size=6)


@settings(max_examples=120)
@given(level=levels(), happened=st.lists(incidents(), max_size=9), fees=FEES, claimed=CLAIMS)
def test_agrees_with_plain_arithmetic(
    level: Level, happened: list[Incident], fees: list[tuple[int, int]], claimed: list[tuple[int, int]]
):
    """Of every window: what was lost, the share of time, the tier, the fees, the credit, and what a claim brings."""
    whole = windows(level, FIRST, MONTHS)
    events = [each.event(f"i{n}") for n, each in enumerate(happened) if each.started < second_of(LAST) + DAY]
    events += [usage(f"u{n}", FIRST + timedelta(days=ahead), minor) for n, (ahead, minor) in enumerate(fees)]
    said = [(whole[place % len(whole)][1] - timedelta(days=1), delay) for place, delay in claimed]
    said = [(ends, ends + timedelta(days=delay)) for ends, delay in said if ends + timedelta(days=delay) <= LAST]
    events += [claim(f"c{n}", day, ends) for n, (ends, day) in enumerate(said)]
    found = {(each.starts, each.ends): each for each in measured(level, events)}
    assert len(found) == len(whole)
    for starts, after in whole:
        edges = (second_of(starts, level.zone), second_of(after, level.zone))
        each = found[edges]
        seconds = lost(level, happened, *edges)
        uptime = 1 - seconds / (edges[1] - edges[0])
        tier = tier_of(level, uptime)
        of_window = [minor for ahead, minor in fees if starts <= FIRST + timedelta(days=ahead) < after]
        owed = credit(level, tier, of_window)
        days = [day for ends, day in said if ends == after - timedelta(days=1)]
        deadline = after + timedelta(days=level.claim_within_days - 1)
        in_time = not level.claim_within_days or (bool(days) and min(days) <= deadline)
        assert (each.lost, each.uptime, each.tier) == (seconds, uptime, tier)
        assert (each.base, each.credit, each.owed) == (sum(of_window), owed, owed if in_time else 0)
        if level.claim_within_days:
            assert each.claimed == (number(min(days)) if days else None)
            assert each.deadline == number(deadline)
        assert (
            sum(i.any - i.full for i in each.incidents) * level.weight + sum(i.full for i in each.incidents) == seconds
        ), "the incidents that are listed make up what was lost"


@settings(max_examples=40)
@given(
    before=levels(),
    after=levels(),
    ahead=st.integers(1, (LAST - FIRST).days),
    happened=st.lists(incidents(), min_size=1, max_size=6),
    fees=FEES,
)
def test_the_text_that_binds_on_the_last_day(
    before: Level, after: Level, ahead: int, happened: list[Incident], fees: list[tuple[int, int]]
):
    """A window is measured by the text that stands on its last day, all of it, whenever that text came."""
    day = FIRST + timedelta(days=ahead)
    events = [each.event(f"i{n}") for n, each in enumerate(happened) if each.started < second_of(LAST) + DAY]
    events += [usage(f"u{n}", FIRST + timedelta(days=ahead), minor) for n, (ahead, minor) in enumerate(fees)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "amendment.lgd").write_text(after.amendment(day), encoding="utf-8")
        opened = workspace(Path(folder), before.text(), events)
        composition, columns = opened.composed(AsOf(number(LAST), FOREVER))
        (found,) = claims(composition, columns, (number(FIRST), number(LAST)), {}).ways
    wanted: dict[tuple[int, int], tuple[Fraction, int, int]] = {}
    for level, stands in ((before, lambda last: last < day), (after, lambda last: last >= day)):
        for starts, follows in windows(level, FIRST, MONTHS):
            if stands(follows - timedelta(days=1)):
                edges = (second_of(starts, level.zone), second_of(follows, level.zone))
                seconds = lost(level, happened, *edges)
                tier = tier_of(level, 1 - seconds / (edges[1] - edges[0]))
                of_window = [minor for ahead, minor in fees if starts <= FIRST + timedelta(days=ahead) < follows]
                wanted[edges] = (seconds, tier, credit(level, tier, of_window))
    assert {(each.starts, each.ends): (each.lost, each.tier, each.credit) for each in found} == wanted


@pytest.mark.parametrize("month", [1, 2, 4])
@pytest.mark.parametrize(("share", "tier"), [(Fraction(999, 1000), 0), (Fraction(99, 100), 1), (Fraction(95, 100), 2)])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_exactly_at_a_bound(month: int, share: Fraction, tier: int, more: int):
    """At the bound itself the better tier applies; a second more of downtime, and the worse one does."""
    starts, after = date(2024, month, 1), date(2024, month + 1, 1)
    time = (after - starts).days * DAY
    allowed = (1 - share) * time
    begins = second_of(starts) + 5 * DAY
    down = int(allowed) + more
    found = measured(Level(), [Incident(begins, begins + down).event("i")])
    each = next(each for each in found if each.starts == second_of(starts))
    assert each.tier == tier_of(Level(), 1 - Fraction(down, time))
    if allowed.denominator == 1 and more >= 0:
        assert each.tier == tier + more


def test_exactly_the_whole_window():
    """A service that was down all of the time is in the last tier, and one that was never down in none."""
    whole = Incident(second_of(date(2024, 1, 15)), second_of(date(2024, 4, 15)))
    found = measured(Level(), [whole.event("i")])
    assert [(each.period, each.uptime, each.tier) for each in found[1:3]] == [("2024-02", 0, 3), ("2024-03", 0, 3)]
    assert [(each.uptime, each.tier) for each in found[4:]] == [(1, 0), (1, 0)]


@pytest.mark.parametrize(("minutes", "counts"), [(4, False), (5, True), (6, True)])
def test_shorter_than_the_least(minutes: int, counts: bool):
    """What lasts exactly as long as the least counts; what is shorter does not."""
    begins = second_of(date(2024, 1, 15))
    found = measured(Level(shortest_minutes=5), [Incident(begins, begins + 60 * minutes).event("i")])
    assert found[0].lost == (60 * minutes if counts else 0)


@pytest.mark.parametrize(("fees", "credited"), [(9_94, 0), (10_00, 1_00), (10_04, 1_00)])
def test_the_least_credit(fees: int, credited: int):
    """A credit of exactly the least is given; a smaller one is not."""
    begins = second_of(date(2024, 1, 15))
    events = [Incident(begins, begins + HOUR).event("i"), usage("u", date(2024, 1, 31), fees)]
    each = measured(Level(minimum_minor=100), events)[0]
    assert (each.tier, each.of_tier, each.credit) == (1, round(Fraction(fees, 10)), credited)


@pytest.mark.parametrize(("day", "owed"), [(date(2024, 3, 1), 1_00), (date(2024, 3, 2), 0)])
def test_the_last_day_to_claim(day: date, owed: int):
    """A claim on the last day is in time, and one on the next is not; of two the first counts."""
    begins = second_of(date(2024, 1, 15))
    events = [Incident(begins, begins + HOUR).event("i"), usage("u", date(2024, 1, 31), 10_00)]
    events += [claim("late", date(2024, 3, 5), date(2024, 1, 31)), claim("c", day, date(2024, 1, 31))]
    each = measured(Level(claim_within_days=30), events)[0]
    assert (each.deadline, each.claimed, each.credit, each.owed) == (number(date(2024, 3, 1)), number(day), 1_00, owed)


@pytest.mark.parametrize("hours", [0, 24, 24 + 31 * 24, 24 + 31 * 24 + 1])
def test_ends_with_a_month(hours: int):
    """What ends with the last second of a month, or begins with the first of the next, counts once."""
    begins = second_of(date(2024, 2, 29))
    found = measured(Level(), [Incident(begins, begins + hours * HOUR).event("i")])
    march = min(max(0, hours - 24), 31 * 24)
    assert [each.lost // HOUR for each in found[1:4]] == [min(hours, 24), march, max(0, hours - 24 - march)]


@pytest.mark.parametrize("place", ["line", "period"])
@pytest.mark.parametrize("cap", [None, Fraction(1, 2)])
def test_more_given_back_than_charged(place: str, cap: Fraction | None):
    """Of fees that come to less than nothing no credit is due, and none is owed the other way."""
    begins = second_of(date(2024, 1, 15))
    events = [Incident(begins, begins + HOUR).event("i"), usage("u", date(2024, 1, 31), 5_00)]
    each = measured(Level(place=place, cap=cap), [*events, usage("back", date(2024, 1, 31), -9_00)])[0]
    assert (each.tier, each.base, each.credit, each.owed) == (1, -4_00, 0, 0)


def test_as_many_as_begin_at_once():
    """Incidents that begin in the same second, of any length and told in any order, are one time."""
    begins = second_of(date(2024, 3, 5))
    events = [Incident(begins, begins + n * HOUR).event(f"i{n}") for n in (3, 1, 4, 1, 5, 0, 2)]
    unique = {each["id"]: each for each in events}
    found = measured(Level(), list(unique.values()))
    assert found[2].lost == 5 * HOUR


def test_told_long_after_it_began():
    """What began before the first month of the record counts in that month from its first second on."""
    begins = second_of(date(2023, 11, 20))
    told = Incident(begins, second_of(date(2024, 1, 3))).event("i") | {
        "occurred": "2024-01-05",
        "recorded": "2024-01-05",
    }
    assert [each.lost for each in measured(Level(), [told])][:2] == [2 * 24 * HOUR, 0]


def test_nothing_happened():
    """With an empty ledger every window is measured at 100 %, and there is nothing to credit."""
    assert {(each.uptime, each.credit) for each in measured(Level(), [])} == {(1, 0)}


ONE_TIER = ((Fraction(999, 1000), Fraction(0), Fraction(1, 10)),)
LEVELS = {
    "a service level, one tier": Level(tiers=ONE_TIER),
    "a service level, three tiers": Level(),
    "a service level, to be claimed": Level(tiers=ONE_TIER, claim_within_days=30),
    "a service level, with every term": Level(
        partly=("minor",),
        weight=Fraction(1, 2),
        maintenance="excluded",
        except_causes=("customer",),
        except_components=("console",),
        shortest_minutes=5,
        minimum_minor=100,
        cap=Fraction(1, 3),
        claim_within_days=30,
        zone="America/Los_Angeles",
    ),
}
PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def test_cost(tmp_path: Path):
    """The clause adds so many operations as docs/claims.md says, and terms that it has not add none."""
    table = re.findall(r"^\| (a service level, [a-z ]+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    before = _operations(tmp_path / "without", HEAD.partition("\n# Uptime")[0] + "\n")
    found = {name: _operations(tmp_path / name, level.text()) - before for name, level in LEVELS.items()}
    assert found == {name: int(count) for name, count in table}


def _operations(folder: Path, text: str) -> int:
    """How many operations the program of an agreement has that compute something."""
    composition = workspace(folder, text, []).run(AsOf(number(date(2024, 6, 30)), 2**61)).composition
    live = (index for step in schedule(composition.program, wanted(composition)) for index in step)
    return sum(composition.program.nodes[index].operator not in STILL for index in live)
