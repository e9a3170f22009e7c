"""Blocks of worlds: chances, gates, answers and scenarios as asked; the same bits however they are cut; one world as
events that say what the columns say.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.kernel.literal import parse_date, parse_money
from adidem.kernel.period import NEVER, month_index
from adidem.kernel.quantity import Array
from adidem.kernel.source import Source as Text
from adidem.records.ledger import LedgerReader
from adidem.records.values import Spelling
from adidem.worlds.future import Block, as_events, draw
from adidem.worlds.outlook import Stage
from adidem.worlds.slot import NO_WORD, Slots, slots
from unit.worlds.outlooks import DECLARATION, REVENUE, STARTS, UNTIL, VERDICT, Building, formula

WORLDS = 20_000
ERRORS = 5.0
KINDS = {kind.name: kind for kind in (REVENUE, DECLARATION, VERDICT)}


def drawn(building: Building, worlds: int = WORLDS, first: int = 0, **options: object) -> Block:
    """A block of what was built."""
    outlook = building.outlook()
    return draw(outlook, slots(outlook, "USD"), 11, first, worlds, **options)  # type: ignore[arg-type]


def near(hits: Array, expected: float) -> bool:
    """Whether the share of hits is the expected one within its error."""
    return abs(hits.mean() - expected) <= ERRORS * sqrt(max(expected * (1 - expected), 1e-12) / hits.size)


def model() -> Building:
    """Two drivers, two flows of one kind, a gated hazard with a verdict, scenarios."""
    built = Building().driver("a", start=1e8, growth=0.6, volatility=0.25)
    built.driver("b", "reversion", start=1e8, mean=2e8, pull=0.8, volatility=0.3).correlated("a", "b", 0.4)
    built.flow("sales", "a").flow("rest", "b - a", "quarter", when="b > a")
    amounts = {"profit": formula("a + b")}
    built.hazard("reached", 0.4, verdict={"upheld": 0.5, "rejected": 0.4}, amounts=amounts, at_most=3)
    built.hazard("again", 0.6, "quarter", when="a > b", rules=(("a > b + b", "upheld"), ("", "rejected")))
    return built.scenario("fast", 0.6, a__growth=0.8).scenario("slow", 0.4, a__growth=0.1, reached__chance=0.9)


# What comes, and when


@pytest.mark.parametrize(("every", "count"), [("month", 66), ("quarter", 22), ("year", 6)])
def test_a_hazard_strikes_as_often_as_its_yearly_chance_says(every: str, count: int):
    """In each whole slot alike: 1 - (1 - p)^(months / 12)."""
    occurred = drawn(Building().hazard("x", 0.3, every)).columns["declaration", "occurred"]
    assert occurred.shape == (count, WORLDS)
    strikes = occurred != NEVER
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    assert near(strikes[1:], 1 - 0.7 ** (months / 12))
    # Half of the first year, 184 days of 365, lies after the start.
    first = 1 - 0.7 ** (184 / 365) if every == "year" else 1 - 0.7 ** (months / 12)
    assert near(strikes[0], first)


def test_a_hazard_strikes_on_any_day_of_its_month_alike():
    """Every day of the month, and none outside of it."""
    outlook = Building().hazard("x", 1.0).outlook()
    places = slots(outlook, "USD")
    occurred = draw(outlook, places, 3, 0, 3_000).columns["declaration", "occurred"]
    for slot, days in zip(places.all, occurred, strict=True):
        assert {*days.tolist()} == set(range(slot.first, slot.last + 1)), slot.id
    assert near(occurred[0] - places.all[0].first < 10, 10 / 31)


def test_rows_of_a_slot_lie_in_one_month():
    """A hazard of each quarter strikes in the quarter's last month, one of each year in December."""
    built = Building().hazard("q", 1.0, "quarter").hazard("y", 1.0, "year")
    outlook = built.outlook()
    places = slots(outlook, "USD")
    occurred = draw(outlook, places, 3, 0, 500).columns["declaration", "occurred"]
    months = month_index(occurred.ravel()).reshape(occurred.shape)
    assert (months == months[:, :1]).all()
    for slot, row in zip(places.all, months[:, 0] % 12 + 1, strict=True):
        assert row == 12 if slot.source.id == "y" else row % 3 == 0


@pytest.mark.parametrize("most", [1, 2])
def test_at_most_so_many_come_in_one_world(most: int):
    """The first ones come, the later ones do not."""
    free = drawn(Building().hazard("x", 0.6)).columns["declaration", "occurred"]
    held = drawn(Building().hazard("x", 0.6, at_most=most)).columns["declaration", "occurred"]
    assert (held != NEVER).sum(axis=0).max() == most
    nth = np.cumsum(free != NEVER, axis=0)
    assert np.array_equal(held, np.where(nth <= most, free, NEVER))


def test_one_at_most_comes_by_the_end_as_the_yearly_chance_says():
    """Of a hazard of 4 % a year, so many worlds have seen it in five and a half years: 1 - 0.96^5.5."""
    occurred = drawn(Building().hazard("x", 0.04, at_most=1)).columns["declaration", "occurred"]
    assert near((occurred != NEVER).any(axis=0), 1 - 0.96**5.5)


def test_what_is_gated_comes_only_where_its_condition_held_the_month_before():
    """A gate reads the end of the month before the slot's period; the first slot reads the start."""
    built = (
        Building()
        .driver("a", start=1.0, volatility=0.5)
        .hazard("m", 1.0, when="a > 1")
        .flow("q", "a", "quarter", "a > 1")
    )
    block = drawn(built, 2_000)
    path = np.concatenate([np.ones((1, 2_000)), block.drivers["a"]])
    assert np.array_equal(block.columns["declaration", "occurred"] != NEVER, path[:-1] > 1)
    assert np.array_equal(block.columns["revenue", "occurred"] != NEVER, path[0:66:3] > 1)


def test_what_is_gated_is_not_counted():
    """A hazard that its gate keeps back leaves its number to a later one."""
    built = Building().driver("t", "series", series=((STARTS, 0.0), (parse_date("2027-12-31"), 1.0)))
    occurred = drawn(built.hazard("x", 1.0, when="t is 1", at_most=1), 3).columns["declaration", "occurred"]
    assert (occurred != NEVER)[:, 0].nonzero()[0].tolist() == [30]


def test_odds_are_a_chance_by_formula():
    """A yearly chance that a driver gives; beyond 1 it sets the world apart."""
    built = Building().driver("t", start=0.2).hazard("x", 0.0, odds=formula("t + t"))
    built.sources = [replace(built.sources[0], chance="")]
    assert near(drawn(built).columns["declaration", "occurred"] != NEVER, 1 - 0.6 ** (1 / 12))
    apart = drawn(built, 2, values={"t.start": np.array([0.2, 0.6])}).set_apart
    assert {reason: worlds.tolist() for reason, worlds in apart.items()} == {"x.odds is no chance": [False, True]}


def test_events_that_always_come_alike_have_no_drawn_day():
    """A flow without a gate needs no day of its own."""
    assert {*drawn(Building().driver("a", start=1.0).flow("f", "a"), 2).columns} == {("revenue", "amount")}


# Answers


def test_answers_come_as_often_as_their_chances_say():
    """Two verdicts and none, by chance; the day between the soonest and the latest."""
    built = Building().hazard("x", 1.0, verdict={"upheld": 0.4, "rejected": 0.5}, within=(30, 180), last=UNTIL - 200)
    block = drawn(built, 2_000)
    words = slots(built.outlook(), "USD").words["declaration", "verdict.outcome"]
    outcome, day = (block.columns["declaration", f"verdict.{name}"] for name in ("outcome", "occurred"))
    assert words == ("upheld", "rejected")
    assert near(outcome == 0, 0.4)
    assert near(outcome == 1, 0.5)
    assert near(outcome == NO_WORD, 0.1)
    assert np.array_equal(outcome == NO_WORD, day == NEVER)
    delays = (day - block.columns["declaration", "occurred"])[day != NEVER]
    assert {*delays.tolist()} == set(range(30, 181))
    assert near(delays < 50, 20 / 151)


def test_an_answer_after_the_horizon_has_not_come():
    """What would come later than the last day is not there."""
    built = Building().hazard("x", 1.0, verdict={"upheld": 1.0}, within=(100, 100))
    block = drawn(built, 200)
    due = block.columns["declaration", "occurred"] + 100
    assert np.array_equal(block.columns["declaration", "verdict.occurred"], np.where(due <= UNTIL, due, NEVER))


def test_the_first_rule_that_holds_decides_before_any_chance():
    """Rules read the month before; where none holds, chance decides."""
    built = Building().driver("a", start=1.0, volatility=0.5)
    rules = (("a > 2", "upheld"), ("a > 1", "rejected"))
    built.hazard("x", 1.0, verdict={"upheld": 1.0}, rules=rules, within=(0, 0))
    block = drawn(built, 500)
    path = np.concatenate([np.ones((1, 500)), block.drivers["a"]])[:-1]
    expected = np.where(path > 2, 0, np.where(path > 1, 1, 0))
    assert np.array_equal(block.columns["declaration", "verdict.outcome"], expected)


def test_where_no_rule_holds_and_nothing_is_left_to_chance_no_answer_comes():
    """A party that has no rule for the case does not answer."""
    built = (
        Building().driver("a", start=1.0, volatility=0.5).hazard("x", 1.0, rules=(("a > 1", "upheld"),), within=(0, 0))
    )
    block = drawn(built, 500)
    path = np.concatenate([np.ones((1, 500)), block.drivers["a"]])[:-1]
    assert np.array_equal(block.columns["declaration", "verdict.occurred"] != NEVER, path > 1)


# Amounts


@pytest.mark.parametrize(("value", "minor"), [(2.5, 2), (3.5, 4), (2.6, 3), (-0.5, 0), (2.0**53, 2**53)])
def test_amounts_are_rounded_to_the_nearest_minor_unit(value: float, minor: int):
    """Halves go to the even one; the largest is the last that float64 holds exactly."""
    block = drawn(Building().driver("a", start=value).flow("f", "a"), 1)
    assert block.columns["revenue", "amount"].tolist() == [[minor]] * 66
    assert not block.set_apart


def test_an_amount_reads_the_month_in_which_its_event_comes():
    """The driver at that month's end: of a flow in every world, of a hazard where it comes."""
    built = Building().driver("a", start=1e6, growth=0.3, volatility=0.3).flow("m", "a").flow("q", "a", "quarter")
    built.hazard("h", 0.5, amounts={"profit": formula("a")})
    block, places = drawn(built, 300), slots(built.outlook(), "USD")
    path = np.rint(block.drivers["a"]).astype(np.int64)
    amount = block.columns["revenue", "amount"]
    assert np.array_equal(amount[places.by_source["m"].rows], path)
    assert np.array_equal(amount[places.by_source["q"].rows], path[2::3])
    comes = block.columns["declaration", "occurred"] != NEVER
    assert np.array_equal(block.columns["declaration", "profit"], np.where(comes, path, 0))


def test_amounts_that_cannot_be_kept_set_their_world_apart():
    """Too large, not a number, divided by zero, or negative where that is not allowed: each says so, and is 0."""
    starts = np.array([1.0, 1e17, -1.0, 0.0])
    built = Building().driver("a", start=1.0).hazard("x", 1.0, amounts={"profit": formula("a")}).flow("f", "a / a")
    block = drawn(built, 4, values={"a.start": starts})
    apart = {reason: worlds.tolist() for reason, worlds in block.set_apart.items()}
    assert apart == {
        "x.profit is too large": [False, True, False, False],
        "x.profit is negative": [False, False, True, False],
        "f.amount divides by zero": [False, False, False, True],
    }
    assert block.columns["declaration", "profit"][0].tolist() == [1, 0, 0, 0]


def test_what_does_not_come_sets_nothing_apart():
    """An amount that nobody asks for may divide by zero."""
    built = Building().driver("a", start=0.0).flow("f", "a / a", when="a > 0")
    block = drawn(built, 2)
    assert not block.set_apart
    assert not block.columns["revenue", "amount"].any()


# Scenarios


def test_scenarios_come_as_often_as_their_probabilities_say():
    """Four scenarios, and what each changes holds in its worlds alone."""
    built = Building().driver("a", start=1.0, growth=0.0)
    for name, probability in (("s0", 0.6), ("s1", 0.25), ("s2", 0.1), ("s3", 0.05)):
        built.scenario(name, probability, a__growth=float(name[1]))
    block = drawn(built)
    assert block.partition == "courses"
    for place, probability in enumerate((0.6, 0.25, 0.1, 0.05)):
        assert near(block.scenario == place, probability)
    assert np.allclose(block.drivers["a"][11], 1.0 + block.scenario)


def test_a_named_scenario_is_that_of_every_world_and_draws_the_same():
    """The worlds that drew a scenario are the same when it is named."""
    free = drawn(model(), 200)
    for place, name in enumerate(("fast", "slow")):
        named = drawn(model(), 200, scenario=name)
        assert (named.scenario == place).all()
        for key, column in free.columns.items():
            assert np.array_equal(column[:, free.scenario == place], named.columns[key][:, free.scenario == place]), key


def test_another_partition_may_be_sampled():
    """Scenarios of a partition exclude each other; those of another are another sample."""
    built = (
        Building()
        .driver("a", start=1.0)
        .scenario("one", 1.0)
        .scenario("far", 0.5, "other")
        .scenario("off", 0.5, "other")
    )
    assert drawn(built, 5).partition == "courses"
    block = drawn(built, 500, partition="other")
    assert (block.partition, {*block.scenario.tolist()}) == ("other", {0, 1})
    assert drawn(built, 5, scenario="far").partition == "other"


def test_without_scenarios_no_world_has_one():
    """An outlook may do without."""
    assert drawn(Building().driver("a", start=1.0), 3).scenario.tolist() == [-1, -1, -1]


# Bits


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**40), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_cutting_into_blocks_changes_no_bit(first: int, widths: list[int]):
    """A world has the same events in whatever block it is drawn."""
    whole, at = drawn(model(), sum(widths), first), 0
    for width in widths:
        part = drawn(model(), width, first + at)
        assert np.array_equal(part.scenario, whole.scenario[at : at + width])
        for key, column in part.columns.items():
            assert np.array_equal(column, whole.columns[key][:, at : at + width]), key
        at += width


def test_other_sources_and_another_start_change_no_draw():
    """A hazard alone strikes on the same days as in a crowd, and for whom the outlook starts later."""
    alone = Building().hazard("reached", 0.4, verdict={"upheld": 0.5, "rejected": 0.4}, at_most=0)
    crowd = Building().driver("a", start=1.0, volatility=0.2).flow("f", "a").hazard("z", 0.9)
    crowd.sources += alone.sources
    crowd.parameters |= alone.parameters
    later = Building(starts=parse_date("2026-06-30"))
    later.sources, later.parameters = alone.sources, alone.parameters
    blocks = [drawn(built, 300) for built in (alone, crowd, later)]
    rows = slots(crowd.outlook(), "USD").by_source["reached"].rows
    for column in ("occurred", "verdict.occurred", "verdict.outcome"):
        found = blocks[0].columns["declaration", column]
        assert np.array_equal(found, blocks[1].columns["declaration", column][rows]), column
        assert np.array_equal(found[12:], blocks[2].columns["declaration", column]), column


# The template and one world as events


def read(events: list[dict[str, object]]) -> tuple[dict[str, dict[str, Array]], list[str], list[str]]:
    """What the ledger reads: kind → column → values by row; the words; the problems."""
    reader = LedgerReader(KINDS, ("lab",), Spelling())
    ledger = reader.read([Text("ledger.jsonl", "\n".join(json.dumps(event) for event in events))])
    tables = {
        kind: {"id": table.ids, "occurred": table.occurred, **table.columns} for kind, table in ledger.tables.items()
    }
    return tables, ledger.words, [str(problem) for problem in reader.problems]


def test_the_template_is_a_ledger():
    """Every slot and stage stands in it once, in order of days, and the reader accepts it."""
    places = slots(model().outlook(), "USD")
    template = places.template()
    tables, words, problems = read(template)
    assert problems == []
    assert [event["occurred"] for event in template] == sorted(event["occurred"] for event in template)
    for kind, of_kind in places.by_kind.items():
        assert [words[code] for code in tables[kind]["id"]] == [slot.id for slot in of_kind]
    assert {"reached/2025-07", "again/2030-Q4", "rest/2025-Q3"} <= {*words}
    assert template[0]["id"] == "reached/2025-07"
    assert {event["product"] for event in template if event["id"] == "rest/2025-Q3"} == {"product/2025-Q3"}


def expected_rows(places: Slots, block: Block, kind: str, at: int) -> dict[str, tuple[int, ...]]:
    """Id of an event → the day and the drawn numbers of one world, from the columns alone."""
    columns = {name: rows[:, at].tolist() for (of, name), rows in block.columns.items() if of == kind}
    found: dict[str, tuple[int, ...]] = {}
    for row, slot in enumerate(places.by_kind[kind]):
        day = columns["occurred"][row]
        if day != NEVER:
            found[slot.id] = (day, *(columns[name][row] for name in slot.source.amounts))
            if slot.source.stages and columns["verdict.occurred"][row] != NEVER:
                found[f"{slot.id}/verdict"] = (columns["verdict.occurred"][row], columns["verdict.outcome"][row])
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 299))
def test_the_events_of_a_world_say_what_its_columns_say(world: int):
    """Written out, read again as JSON: the same days, amounts and words, and a ledger without problems."""
    outlook = model().outlook()
    places = slots(outlook, "USD")
    block = draw(outlook, places, 11, 7, 300)
    events = json.loads(json.dumps(as_events(places, block, world + 7)))
    assert read(events)[2] == []
    assert [event["occurred"] for event in events] == sorted(event["occurred"] for event in events)
    found: dict[str, tuple[int, ...]] = {}
    words = places.words["declaration", "verdict.outcome"]
    for event in events:
        assert event["note"] == f"sampled: seed 11, world {world + 7}"
        assert event["recorded"] == event["occurred"]
        numbers = [parse_money(event[name]).value for name in ("amount", "profit") if name in event]
        numbers += [words.index(event["outcome"])] if "outcome" in event else []
        found[event["id"]] = (parse_date(event["occurred"]), *numbers)
    assert found == {
        **expected_rows(places, block, "revenue", world),
        **expected_rows(places, block, "declaration", world),
    }


def test_a_source_has_slots_from_its_first_day_to_its_last():
    """Periods that end outside are no slots of a flow; a hazard strikes on the days that are left."""
    first, last = parse_date("2026-02-10"), parse_date("2026-05-20")
    built = (
        Building()
        .driver("a", start=1.0)
        .flow("f", "a", first=first, last=last)
        .hazard("h", 1.0, first=first, last=last)
    )
    places = slots(built.outlook(), "USD")
    labels = {id: [slot.label for slot in lane.slots] for id, lane in places.by_source.items()}
    assert labels == {"f": ["2026-02", "2026-03", "2026-04"], "h": ["2026-02", "2026-03", "2026-04", "2026-05"]}
    occurred = drawn(built, 2_000).columns["declaration", "occurred"]
    assert (occurred.min(), occurred[occurred != NEVER].max()) == (first, last)


def test_a_source_without_slots_draws_nothing():
    """What could only come after the horizon has no column."""
    built = Building().hazard("h", 1.0, first=UNTIL + 1)
    assert drawn(built, 3).columns == {}
    assert slots(built.outlook(), "USD").template() == []


# Forms and edges


def everything() -> Building:
    """The model, with jumps, odds, two flows of one kind, fixed words in a stage and fixed money."""
    built = model().driver("c", start=3.0, growth=0.1, jump_chance=0.5, jump_size=-0.4, jump_spread=0.3)
    built.driver("d", "s-curve", start=0.1, ceiling=0.6, midpoint=float(UNTIL - 700), width=400.0, volatility=0.1)
    built.hazard("odd", 0.0, odds=formula("d"), at_most=2)
    fixed = Stage(VERDICT, {"outcome": "rejected"}, within=("c.start", "reached.verdict.within.soonest"))
    columns = {"by": "lab", "subject": "threshold", "profit": "USD 5.00"}
    built.sources[-1] = replace(built.sources[-1], chance="", stages=(fixed,), columns=columns)
    return built.flow("gated", "c * a", when="d > c.start * d or a > b")


@pytest.mark.parametrize("build", [model, everything])
def test_compiled_loops_and_numpy_give_the_same_bits(build: Callable[[], Building]):
    """Whichever form draws, every column, driver and reason is the same."""
    pytest.importorskip("numba")
    values = {"a.volatility": np.linspace(0.0, 4.0, 130), "b.mean": np.linspace(-1.0, 1e9, 130)}
    for more in ({}, {"values": values}):
        forms = [drawn(build(), 130, 2**33 - 7, compiled=compiled, **more) for compiled in (True, False)]
        assert forms[0].columns.keys() == forms[1].columns.keys()
        for key, column in forms[0].columns.items():
            assert np.array_equal(column, forms[1].columns[key]), key
        for id, path in forms[0].drivers.items():
            assert np.array_equal(path, forms[1].drivers[id], equal_nan=True), id
        assert {r: w.tolist() for r, w in forms[0].set_apart.items()} == {
            r: w.tolist() for r, w in forms[1].set_apart.items()
        }


def test_fixed_words_and_money_stand_only_where_their_event_comes():
    """A stage that has no choice has its word where it comes; fixed money counts where its event does."""
    outlook = everything().outlook()
    places = slots(outlook, "USD")
    block = draw(outlook, places, 11, 0, 400)
    rows = places.by_source["odd"].rows
    occurred, profit, day, outcome = (
        block.columns["declaration", name][rows]
        for name in ("occurred", "profit", "verdict.occurred", "verdict.outcome")
    )
    words = places.words["declaration", "verdict.outcome"]
    assert np.array_equal(profit, np.where(occurred == NEVER, 0, 500))
    assert np.array_equal(outcome, np.where(day == NEVER, NO_WORD, words.index("rejected")))
    assert {*(day - occurred)[day != NEVER].tolist()} == set(range(3, 31))
    assert (occurred != NEVER).sum(axis=0).max() == 2
    for world in range(20):
        assert read(as_events(places, block, world))[2] == []


def test_columns_are_those_that_the_slots_say():
    """Which columns are drawn does not depend on the worlds."""
    outlook = everything().outlook()
    places = slots(outlook, "USD")
    for worlds in (0, 1, 50):
        block = draw(outlook, places, 11, 0, worlds)
        assert {key: column.shape for key, column in block.columns.items()} == {
            key: (len(undrawn), worlds) for key, undrawn in places.drawn.items()
        }
        assert {path.shape for path in block.drivers.values()} == {(66, worlds)}
        assert {column.dtype for column in block.columns.values()} == {np.dtype(np.int64)}


def test_an_outlook_of_nothing_draws_nothing():
    """No drivers, no sources: an empty block of the worlds asked for."""
    block = drawn(Building(), 3)
    assert (block.columns, block.drivers, block.set_apart, block.worlds) == ({}, {}, {}, 3)
    outlook = Building().outlook()
    assert as_events(slots(outlook, "USD"), block, 2) == []


def test_a_delay_that_is_none_sets_its_worlds_apart():
    """Below zero, turned round, or not a number: no length of time."""
    built = Building().hazard("x", 1.0, verdict={"upheld": 1.0})
    latest = np.array([180.0, 20.0, np.nan, 30.0])
    apart = drawn(built, 4, values={"x.verdict.within.latest": latest}).set_apart
    assert {r: w.tolist() for r, w in apart.items()} == {
        "x.verdict.within is no length of time": [False, True, True, False]
    }


def test_chances_of_an_answer_beyond_one_set_their_worlds_apart():
    """Two verdicts cannot come in more than all worlds."""
    built = Building().hazard("x", 1.0, verdict={"upheld": 0.4, "rejected": 0.5})
    apart = drawn(built, 2, values={"x.verdict.upheld": np.array([0.5, 0.6])}).set_apart
    assert [w.tolist() for w in apart.values()] == [[False, True]]


def test_a_chance_beyond_one_sets_its_worlds_apart():
    """A yearly chance lies between 0 and 1, both among them."""
    chance = np.array([0.0, 1.0, 1.1, -0.1, np.nan])
    block = drawn(Building().hazard("x", 1.0), 5, values={"x.chance": chance})
    assert [w.tolist() for w in block.set_apart.values()] == [[False, False, True, True, True]]
    assert (block.columns["declaration", "occurred"] != NEVER).sum(axis=0)[:2].tolist() == [0, 66]
