"""Outcomes: what came before, as formulas read it; nothing of what comes later; in which order sources are drawn."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.simulating.outlook import read_texts
from adidem.kernel.period import NEVER, period_label
from adidem.kernel.quantity import Array
from adidem.kernel.source import Source as Text
from adidem.text.document import read_document
from adidem.worlds.future import Block, draw
from adidem.worlds.outcome import Outcomes, drawing_order
from adidem.worlds.slot import Slots, slots
from unit.worlds.outlooks import STARTS, UNTIL, Building, formula
from unit.worlds.test_outlook import FLOW, HEAD, OFFER, ROOT, SOLD, blocks, codes, outlook, wrong

EVERY = ("month", "quarter", "year")
NAMES = ("came", "open", "upheld", "rejected")
CHANCES = {"upheld": 0.4, "rejected": 0.4}


def drawn(built: Building, worlds: int = 400, first: int = 0, **options: object) -> Block:
    """A block of what was built."""
    whole = built.outlook()
    return draw(whole, slots(whole, "USD"), 5, first, worlds, **options)  # type: ignore[arg-type]


def asked(
    within: tuple[float, float] = (3, 70),
    chance: float = 0.5,
    every: str = "month",
    days: tuple[int, int] = (STARTS, UNTIL),
) -> Building:
    """A hazard that is answered by chance or not at all, and beside it one of the same kind."""
    built = Building(*days).hazard("other", 0.7, "quarter", verdict={"rejected": 0.5})
    return built.hazard("asked", chance, every, verdict=CHANCES, within=within)


def comes(built: Building, block: Block, source: str) -> Array:
    """[slots, worlds] Whether the events of a source come."""
    lane = slots(built.outlook(), "USD").by_source[source]
    kind = next(each.kind.name for each in built.sources if each.id == source)
    return block.columns[kind, "occurred"][lane.rows] != NEVER


# Values


def as_told(places: Slots, block: Block, name: str, first_day: int, world: int) -> bool:
    """What an outcome is for a period that begins on a day, by the days of events alone."""
    source, _, wanted = name.partition(".")
    before = [(slot.last, row) for row, slot in enumerate(places.by_kind["declaration"]) if slot.source.id == source]
    before = [(last, row) for last, row in before if last < first_day]
    if not before:
        return False
    row = max(before)[1]
    told = {column: rows[row, world] for (kind, column), rows in block.columns.items() if kind == "declaration"}
    if told["occurred"] == NEVER:
        return False
    answered = bool(told["verdict.occurred"] < first_day)
    words = places.words["declaration", "verdict.outcome"]
    word = words[told["verdict.outcome"]] if answered else ""
    return {"came": True, "open": not answered}.get(wanted, word == wanted)


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("of", EVERY)
@pytest.mark.parametrize("days", [(STARTS, UNTIL), (STARTS + 47, UNTIL - 17)])
def test_an_outcome_is_what_the_days_of_the_events_say(every: str, of: str, days: tuple[int, int]):
    """For each name, slot and world: the last slot before, and its answer if it had come by then."""
    built = asked((3, 400), 0.8, of, days).driver("a", start=1.0).flow("reader", "a", every)
    places = slots(built.outlook(), "USD")
    block = drawn(built, 40)
    lane, outcomes = places.by_source["reader"], Outcomes(places, block.columns)
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    firsts = [
        int(np.datetime64(f"{slot.number * months // 12:04}-{slot.number * months % 12 + 1:02}", "D").astype(int))
        for slot in lane.slots
    ]
    assert [period_label(first, every) for first in firsts] == [slot.label for slot in lane.slots]  # type: ignore[arg-type]
    place, world = (array.ravel() for array in np.indices((len(lane.slots), 40)))
    seen: set[tuple[str, bool]] = set()
    for word in NAMES:
        name = f"asked.{word}"
        expected = np.array([[as_told(places, block, name, first, w) for w in range(40)] for first in firsts])
        found = np.broadcast_to(outcomes.value(name, lane.row_before), expected.shape)
        assert np.array_equal(found, expected), name
        assert np.array_equal(outcomes.value(name, lane.row_before[place], world), expected.ravel()), name
        seen |= {(word, flag) for flag in np.unique(expected).tolist()}
    assert len(seen) >= 6


def test_came_open_and_the_answers_share_out_what_came():
    """An event that came is open, or answered with one word."""
    built = asked().driver("a", start=1.0).flow("reader", "a")
    places = slots(built.outlook(), "USD")
    outcomes = Outcomes(places, drawn(built).columns)
    came, *rest = (outcomes.value(f"asked.{word}", places.by_source["reader"].row_before) for word in NAMES)
    assert np.array_equal(came, sum(rest))
    assert all(0 < part.sum() < came.sum() for part in rest)


def test_a_flow_without_condition_came_where_it_has_a_slot_before():
    """In every world alike, and never before its first slot."""
    built = Building().driver("a", start=1.0).flow("sales", "a", months=(9,)).flow("after", "a", when="sales.came")
    built.flow("first", "a", "quarter", when="not sales.came")
    block = drawn(built, 3)
    assert comes(built, block, "after").all(axis=1).tolist() == [n >= 3 for n in range(66)]
    assert comes(built, block, "first").any(axis=1).tolist() == [True] + [False] * 21


def test_a_source_without_slots_never_came():
    """What can only come after the horizon has come in no world."""
    built = Building().driver("a", start=1.0).hazard("late", 1.0, first=UNTIL + 1, verdict=CHANCES)
    built.flow("after", "a", when="late.came or late.open or late.upheld").flow("before", "a", when="not late.came")
    block = drawn(built, 3)
    assert not comes(built, block, "after").any()
    assert comes(built, block, "before").all()


def test_an_outcome_is_a_number_and_a_flag():
    """Compared with numbers and yes, multiplied, joined by and, or and not."""
    readers = {
        "plain": "asked.upheld",
        "one": "asked.upheld is 1",
        "yes": "asked.upheld is yes",
        "most": "asked.upheld * 2 > 1",
        "twice": "not not asked.upheld and (asked.came or a > a)",
    }
    built = asked().driver("a", start=1.0)
    for id, condition in readers.items():
        built.flow(id, "a", when=condition)
    block = drawn(built)
    found = [comes(built, block, id) for id in readers]
    assert found[0].any()
    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_odds_and_rules_read_outcomes():
    """A chance may hang on an answer, and so may the next answer."""
    built = asked(within=(0, 0), chance=0.9)
    built.hazard(
        "follows", 0.0, odds=formula("asked.upheld * 100 %"), rules=(("asked.open", "rejected"), ("", "upheld"))
    )
    built.sources[-1] = replace(built.sources[-1], chance="")
    built.hazard("answered", 1.0, rules=(("asked.rejected", "rejected"), ("", "upheld")), within=(0, 0))
    block = drawn(built, 2_000)
    places = slots(built.outlook(), "USD")
    outcomes = Outcomes(places, block.columns)
    row_before = places.by_source["follows"].row_before
    assert np.array_equal(comes(built, block, "follows"), outcomes.value("asked.upheld", row_before) == 1)
    word = block.columns["declaration", "verdict.outcome"][places.by_source["answered"].rows]
    rejected = places.words["declaration", "verdict.outcome"].index("rejected")
    assert np.array_equal(word == rejected, outcomes.value("asked.rejected", row_before) == 1)


# No look-ahead


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 65), st.integers(0, 2**32))
def test_what_comes_later_changes_nothing_earlier(month: int, seed: int):
    """Whatever else happens from a day on: no outcome that is read before it is another."""
    built = asked().driver("a", start=1.0).flow("reader", "a")
    places = slots(built.outlook(), "USD")
    columns = drawn(built, 30).columns
    rows = places.by_source["reader"].row_before[: month + 1]
    limit = int(np.concatenate([[STARTS], places.horizon.ends])[rows[-1]])
    before = [Outcomes(places, columns).value(f"asked.{word}", rows) for word in NAMES]
    random = np.random.default_rng(seed)
    other = {key: column.copy() for key, column in columns.items()}
    occurred, verdict, outcome = (
        other["declaration", name] for name in ("occurred", "verdict.occurred", "verdict.outcome")
    )
    for row, slot in enumerate(places.by_kind["declaration"]):
        if slot.last > limit:
            occurred[row] = np.where(random.random(30) < 0.5, NEVER, slot.last)
    later = verdict > limit
    verdict[later] = np.where(random.random(later.sum()) < 0.5, NEVER, limit + random.integers(1, 500, later.sum()))
    outcome[later] = random.integers(0, 2, later.sum())
    after = [Outcomes(places, other).value(f"asked.{word}", rows) for word in NAMES]
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


@pytest.mark.parametrize("every", EVERY)
def test_another_answer_changes_only_what_begins_after_it(every: str):
    """Where answers are others, the reader parts only in slots that begin after the first of them."""
    built = asked().driver("a", start=1.0).flow("reader", "a", every, when="asked.upheld")
    blocks = [drawn(built), drawn(built, values={"asked.verdict.upheld": 0.1, "asked.verdict.rejected": 0.9})]
    days, words = ([b.columns["declaration", f"verdict.{name}"] for b in blocks] for name in ("occurred", "outcome"))
    parted = np.where((days[0] != days[1]) | (words[0] != words[1]), np.minimum(*days), NEVER).min(axis=0)
    reads = [comes(built, block, "reader") for block in blocks]
    lane = slots(built.outlook(), "USD").by_source["reader"]
    ends = np.concatenate([[STARTS], slots(built.outlook(), "USD").horizon.ends])[lane.row_before]
    other = reads[0] != reads[1]
    assert other.any()
    assert not (other & (ends[:, None] < parted)).any()


# Streams and bits


def reading(flat: bool = False) -> Building:
    """Sources that read each other's outcomes, written before what they read."""
    built = Building().driver("a", start=1e6, volatility=0.3).driver("b", start=1e6, volatility=0.3)
    gate = "a > b" if flat else "second.upheld or asked.open"
    built.flow("last", "a", "quarter", when=gate)
    built.hazard("second", 0.9, when="a > b" if flat else "asked.rejected or a > b", verdict=CHANCES, within=(5, 40))
    return built.hazard("asked", 0.7, verdict=CHANCES, within=(3, 90), at_most=9)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**40), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_cutting_into_blocks_changes_no_bit(first: int, widths: list[int]):
    """A world has the same events in whatever block it is drawn."""
    whole, at = drawn(reading(), sum(widths), first), 0
    for width in widths:
        part = drawn(reading(), width, first + at)
        for key, column in part.columns.items():
            assert np.array_equal(column, whole.columns[key][:, at : at + width]), key
        at += width


def test_no_worlds_have_no_outcomes():
    """A block of no worlds reads outcomes, and has the columns of any other."""
    none, some = drawn(reading(), 0), drawn(reading(), 1)
    assert {key: len(column) for key, column in none.columns.items()} == {
        key: len(column) for key, column in some.columns.items()
    }


def test_compiled_loops_and_numpy_give_the_same_bits():
    """Whichever form draws, every column is the same."""
    pytest.importorskip("numba")
    forms = [drawn(reading(), 300, 2**33 - 7, compiled=compiled) for compiled in (True, False)]
    for key, column in forms[0].columns.items():
        assert np.array_equal(column, forms[1].columns[key]), key


def test_who_reads_changes_no_draw_of_what_is_read():
    """A source that is read has the same events and answers as one that is not, wherever it stands."""
    blocks = {flat: drawn(reading(flat)) for flat in (True, False)}
    rows = slots(reading().outlook(), "USD").by_source["asked"].rows
    for column in ("occurred", "verdict.occurred", "verdict.outcome"):
        one, other = (block.columns["declaration", column][rows] for block in blocks.values())
        assert np.array_equal(one, other), column


def test_who_stands_before_what_it_reads_reads_it_too():
    """Where a source is written changes nothing of what it reads."""
    block, places = drawn(reading()), slots(reading().outlook(), "USD")
    outcomes = Outcomes(places, block.columns)
    rows = places.by_source["last"].row_before
    holds = [outcomes.value(name, rows) == 1 for name in ("second.upheld", "asked.open")]
    assert all(each.any() for each in holds)
    assert np.array_equal(comes(reading(), block, "last"), holds[0] | holds[1])


def test_sources_are_drawn_after_what_they_read_and_else_as_they_stand():
    """The order in which they stand in a ledger is another matter, and stays."""
    assert [source.id for source in drawing_order(reading().outlook())] == ["asked", "second", "last"]
    assert [source.id for source in drawing_order(reading(flat=True).outlook())] == ["last", "second", "asked"]
    assert [source.id for source in reading().outlook().sources] == ["last", "second", "asked"]


# Reading

ANSWER = (
    "\nanswers:\n  - event: answer\n    columns: {by: ben}\n    within: 3 days to 10 days\n    choice: answer\n"
    "    chances: {accepted: 40 %, declined: 50 %}"
)
OFFERED = {"offer": OFFER["offer"] + ANSWER}
POLICY = (
    "family: policy\nparty: ben\nof: offer\nanswers: answer\nchoice: answer\n"
    "rules: [{when: RULE, choose: cannot}, {choose: accepted}]"
)


def gated(condition: str, term: str = "when") -> dict[str, str]:
    return {"revenue": f"{FLOW['revenue']}\n{term}: {condition}"}


@pytest.mark.parametrize("word", ["came", "open", "accepted", "declined", "declined is 0", "came * 2 > 1.5"])
def test_outcomes_that_there_are(word: str):
    """Came, open and every word that an answer may hold, wherever the source stands."""
    assert codes(gated(f"offer.{word}"), SOLD, OFFERED) == []


def test_words_of_a_policy_are_outcomes():
    """A word that only a rule chooses can be read too; one that nothing chooses cannot."""
    assert codes(SOLD, OFFERED, {"ben-answers": POLICY.replace("RULE", "yes")}, gated("offer.cannot")) == []
    assert codes(SOLD, OFFERED, gated("offer.cannot")) == ["W103"]


@pytest.mark.parametrize(
    ("condition", "sentence", "mend"),
    [
        ("offer.declned", "declned is no outcome of offer", "did you mean declined?"),
        ("offr.declined", "the outlook has no parameter or outcome offr.declined", "did you mean offer.declined?"),
        ("offer.x", "x is no outcome of offer", "write one of: accepted, came, declined, open"),
        ("revenue.open", "open is no outcome of revenue", "write one of: came"),
    ],
)
def test_unknown_outcomes(condition: str, sentence: str, mend: str):
    """An unknown source or word is refused, with what is near to it."""
    (problem,) = wrong(SOLD, OFFERED, gated(condition))
    assert (problem.code, problem.sentence) == ("W103", sentence)
    assert problem.mend == mend


@pytest.mark.parametrize(
    "blocks",
    [
        {"other": "family: driver\nshape: formula\nformula: sold * offer.came"},
        {"revenue": FLOW["revenue"].replace("amount: sold", "amount: sold * offer.came")},
    ],
)
def test_only_what_decides_reads_outcomes(blocks: dict[str, str]):
    """No driver is made of outcomes, and no amount."""
    (problem,) = wrong(SOLD, OFFERED, blocks)
    assert problem.code == "W103"
    assert "offer.came is what came of a source before" in problem.sentence


def test_an_outcome_is_no_amount():
    """It is added to nothing of another unit."""
    assert codes(SOLD, OFFERED, gated("offer.came + sold > sold")) == ["W109"]
    assert codes(SOLD, OFFERED, gated("offer.came > sold")) == ["W109"]


@pytest.mark.parametrize(
    ("blocks", "circle"),
    [
        ({"offer": OFFERED["offer"] + "\nwhen: revenue.came", **gated("offer.declined")}, "offer → revenue → offer"),
        ({"offer": OFFERED["offer"] + "\nwhen: not offer.came"}, "offer → offer"),
        (
            {**OFFERED, "ben-answers": POLICY.replace("RULE", "revenue.came"), **gated("offer.open")},
            "offer → revenue → offer",
        ),
        ({"offer": OFFERED["offer"].replace("chance: 30 %", "odds: offer.came * 20 %")}, "offer → offer"),
    ],
)
def test_sources_in_a_circle(blocks: dict[str, str], circle: str):
    """Sources that read each other are refused, and the circle is shown."""
    (problem,) = wrong(SOLD, blocks)
    assert (problem.code, problem.sentence) == ("W117", f"sources read what came of each other in a circle: {circle}")


def test_a_parameter_of_its_own_is_no_circle():
    """A formula may name a chance of the source that it gates."""
    found = outlook(SOLD, {"offer": OFFERED["offer"] + "\nwhen: offer.chance < 50 %"})
    assert [source.id for source in drawing_order(found)] == ["offer"]


def test_examples_of_the_language_page():
    """The blocks of the outlook in docs/language.md are one outlook, and one of them reads what came of another."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    part = page.partition("## The outlook")[2].partition("\n## ")[0]
    found = re.findall(r"^    # [^\n]*\{#(\S+)\}\n.*?^    ```terms\n(.*?)^    ```$", part, re.MULTILINE | re.DOTALL)
    bodies = {id: re.sub("^    ", "", body, flags=re.MULTILINE) for id, body in found}
    text = blocks(HEAD, bodies).replace("ada", "lab").replace("ben", "cloud")
    document, problems = read_document(Text("outlook.lgd", text))
    assert problems == []
    assert document is not None
    whole, problems = read_texts([document], ("lab", "cloud"))
    assert [str(problem) for problem in problems] == []
    assert whole is not None
    standing = [source.id for source in whole.sources]
    assert standing != [source.id for source in drawing_order(whole)]
