"""The same program over a hundred thousand sampled worlds, and any one of them as a ledger: the same to the cent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from adidem.desk.workspace import Workspace
from adidem.findings.explain import OneWorld
from adidem.findings.outcome import wanted
from adidem.findings.worlds import reading_inputs
from adidem.kernel.engine import evaluate
from adidem.kernel.period import NEVER, AsOf, show_day
from adidem.kernel.quantity import Array, show_money
from documents import NOTICE, agreement, held, share, stop_as_read

WORLDS, BLOCK, MONTHS, OFFERS = 100_000, 1_024, 36, 12
START, AS_OF = 18_262, 19_357  # 2020-01-01, 2022-12-31

AGREEMENT = agreement(
    "Sampled alliance",
    "2020-01-01",
    counting=NOTICE,
    share=share("3/16", "quarter", products="every product") + "cap: USD 400 m",
    first_refusal="""
family: first-refusal
holder: cloud
grantor: lab
act: place
scope: every workload
provider: own
nature: first-offer
answer_within: 10 business days
silence: released
""",
    threshold=stop_as_read("threshold", "share", "declaration.profit >= USD 100 m") + "verify_within: 90 days",
)


def month_start(month: int) -> int:
    """The first day of a month of the sample."""
    return int((np.datetime64("2020-01", "M") + month).astype("datetime64[D]").astype(np.int64))


def template() -> Iterator[str]:
    """One event in every slot: monthly revenue, quarterly offers, answers and placements, yearly declarations."""
    for month in range(MONTHS):
        day = show_day(month_start(month) + 14)
        yield line(f"revenue-{month}", "revenue", day, by="lab", product="product/a", amount="USD 1.00")
    for offer in range(OFFERS):
        day = show_day(month_start(3 * offer))
        yield line(f"offer-{offer}", "offer", day, by="lab", to="cloud", asset=f"workload/{offer}")
        yield line(f"answer-{offer}", "answer", day, by="cloud", offer=f"offer-{offer}", answer="declined")
        placed = show_day(month_start(3 * offer) + 27)
        yield line(f"act-{offer}", "act", placed, by="lab", act="place", asset=f"workload/{offer}", **{"with": "other"})
    for year in range(3):
        day = show_day(month_start(12 * year + 6))
        yield line(f"declaration-{year}", "declaration", day, by="lab", subject="threshold", profit="USD 1.00")
        yield line(f"verdict-{year}", "verdict", day, declaration=f"declaration-{year}", outcome="upheld")


def line(id: str, kind: str, day: str, **fields: str) -> str:
    """One line of a ledger."""
    return json.dumps({"id": id, "kind": kind, "occurred": day, "recorded": day, **fields})


def workspace(lines: list[str]) -> Workspace:
    """The agreement with a ledger, in memory."""
    return held(AGREEMENT, lines)


def sample(worlds: int, words: dict[str, int]) -> dict[tuple[str, str], Array]:
    """What differs from world to world: amounts, whether and when an offer is answered, what is declared and upheld."""
    chance = np.random.default_rng(2026)
    offered = np.array([month_start(3 * i) for i in range(OFFERS)])[:, None]
    declared = np.array([month_start(12 * i + 6) for i in range(3)])[:, None]
    answered = offered + chance.integers(0, 28, (OFFERS, worlds))
    answers = np.array([words["accepted"], words["declined"], words["cannot"]])
    verdict = declared + chance.integers(1, 150, (3, worlds))
    outcomes = np.array([words["upheld"], words["rejected"]])
    return {
        ("revenue", "amount"): chance.integers(0, 3_000_000_000, (MONTHS, worlds)),
        ("offer", "answer.occurred"): np.where(chance.random((OFFERS, worlds)) < 0.7, answered, NEVER),
        ("offer", "answer.answer"): answers[chance.integers(0, 3, (OFFERS, worlds))],
        ("declaration", "profit"): chance.integers(0, 11_500_000_000, (3, worlds)),
        ("declaration", "verdict.occurred"): np.where(verdict <= AS_OF, verdict, NEVER),
        ("declaration", "verdict.outcome"): outcomes[chance.integers(0, 2, (3, worlds))],
    }


def as_ledger(drawn: dict[tuple[str, str], Array], world: int, names: dict[int, str]) -> list[str]:
    """One sampled world written out as the events of a ledger."""
    out: list[str] = []
    for text in template():
        event = json.loads(text)
        kind, _, number = event["id"].rpartition("-")
        row = int(number)
        if kind == "revenue":
            event["amount"] = show_money(int(drawn["revenue", "amount"][row, world]), "USD")
        if kind == "declaration":
            event["profit"] = show_money(int(drawn["declaration", "profit"][row, world]), "USD")
        for stage, of, column in (("answer", "offer", "answer"), ("verdict", "declaration", "outcome")):
            if kind == stage:
                day = int(drawn[of, f"{stage}.occurred"][row, world])
                event["occurred"] = event["recorded"] = show_day(day)
                event[column] = names[int(drawn[of, f"{stage}.{column}"][row, world])]
        if event["occurred"] != "never":
            out.append(json.dumps(event))
    return out


@dataclass
class Sampled:
    """All sampled worlds, evaluated under both readings.

    drawn   what differs from world to world
    names   number in the program's vocabulary → name
    owed    reading → [periods, worlds] minor units
    broken  reading → [acts, worlds] whether each placement breaks the first refusal
    """

    drawn: dict[tuple[str, str], Array]
    names: dict[int, str]
    owed: dict[str, Array]
    broken: dict[str, Array]


@pytest.fixture(scope="module")
def sampled() -> Sampled:
    """Every world under both readings, in blocks that fit the cache."""
    desk = workspace(list(template()))
    composition, columns = desk.composed(AsOf(AS_OF, 2**61))
    words = {word: composition.code(word) for word in ("accepted", "declined", "cannot", "upheld", "rejected")}
    drawn = sample(WORLDS, words)
    leg, (_, broken) = composition.legs[0], composition.forbidden[0]
    found: dict[tuple[str, int], list[Array]] = {}
    for start in range(0, WORLDS, BLOCK):
        block = {key: value[:, start : start + BLOCK] for key, value in drawn.items()}
        width = min(BLOCK, WORLDS - start)
        for reading in ("declaration", "panel"):
            inputs = reading_inputs(composition, [{"threshold.decided_by": reading}])
            run = evaluate(composition.program, OneWorld(columns, inputs, block), columns.shape, wanted(composition))
            for index, rows in ((leg.amount.index, len(columns.grid)), (broken.index, OFFERS)):
                values = np.broadcast_to(run.values[index], (rows, width))
                found.setdefault((reading, index), []).append(values)
    whole = {key: np.concatenate(blocks, axis=1) for key, blocks in found.items()}
    owed = {reading: whole[reading, leg.amount.index] for reading in ("declaration", "panel")}
    forbidden = {reading: whole[reading, broken.index] for reading in ("declaration", "panel")}
    return Sampled(drawn, {code: word for word, code in words.items()}, owed, forbidden)


def test_a_sampled_world_written_out_as_a_ledger_is_the_same(sampled: Sampled):
    """A sampled world, written out as a ledger and run like any record, has the same transfers and violations."""
    for world in np.random.default_rng(7).choice(WORLDS, 12, replace=False):
        desk = workspace(as_ledger(sampled.drawn, int(world), sampled.names))
        for reading, owed in sampled.owed.items():
            result = desk.run(AsOf(AS_OF, 2**61), {"threshold.decided_by": reading}).results[0]
            record = {f.transfer.id.split("/")[1]: f.transfer.amount_minor for f in result.figures}
            assert [record.get(f"{2020 + q // 4}-Q{q % 4 + 1}", 0) for q in range(12)] == owed[2::3, world].tolist()
            violated = {
                o.event for o in result.obligations if o.id.startswith("first-refusal/") and o.state == "violated"
            }
            assert [f"act-{n}" in violated for n in range(OFFERS)] == sampled.broken[reading][:, world].astype(
                bool
            ).tolist()


def test_no_world_pays_more_than_the_cap(sampled: Sampled):
    """What holds in one world holds in every one: never more than the cap, never less than nothing."""
    for owed in sampled.owed.values():
        assert owed.sum(axis=0).max() <= 40_000_000_000
        assert owed.min() >= 0


def test_the_readings_part_only_where_something_was_declared(sampled: Sampled):
    """World by world, the two readings differ only where a declaration met its test."""
    differ = (sampled.owed["declaration"] != sampled.owed["panel"]).any(axis=0)
    declared = (sampled.drawn["declaration", "profit"] >= 10_000_000_000).any(axis=0)
    assert differ.any()
    assert not (differ & ~declared).any()


def test_offers_release_in_some_worlds_and_not_in_others(sampled: Sampled):
    """The sample tries both: placements that a first refusal allows, and placements that break it."""
    broken = sampled.broken["panel"]
    assert 0 < broken.mean() < 1
