"""A sampled world is a record: told by a ledger and run like any other, it gives the same cents, days and states."""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from adidem.desk.simulating.forecast import forecast_view
from adidem.desk.simulating.futures import Future, as_known
from adidem.desk.workspace import open_workspace
from adidem.findings import evaluator, futures
from adidem.findings.evaluator import by_numpy
from adidem.findings.futures import Chunk, Futures, Made, gathered, on_threads, run_chunk, simulate
from adidem.findings.worlds import reading_inputs
from adidem.kernel.formula import CELL, ONE
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.kernel.quantity import Array
from adidem.records.values import FOREVER
from adidem.worlds.compiled import Runnable, compile_program, numpy_program
from adidem.worlds.compiling import compile_loops, loops_are_compiled
from adidem.worlds.fold import Folded
from adidem.worlds.future import as_events, draw
from adidem.worlds.outlook import Outlook
from adidem.worlds.slot import Event, slots
from property.compare import answer_of
from property.outlooks import DRIVERS, played, prepared
from property.replayed import Beside
from property.test_closed_forms import AGREEMENT

CASES, WORLDS = 128, 80
"""More than 10,000 worlds in all."""
MANY = 5 * 1_024 - 100
"""Worlds enough for five blocks, the last of which is not full."""


@lru_cache(maxsize=8)
def case(seed: int) -> Future:
    """A random agreement with a random outlook."""
    return played(seed)


# A world is a record


@pytest.mark.parametrize("seed", range(CASES))
def test_a_sampled_world_told_by_a_ledger_is_the_same(seed: int):
    """Every total, state, day and amount of every world is that of the record which its ledger makes."""
    beside = Beside(case(seed), WORLDS)
    assert not beside.apart().any()
    for world in range(WORLDS):
        assert beside.differences(world) == []


@pytest.mark.parametrize("seed", range(0, CASES, 8))
def test_a_world_that_is_opened_has_its_transfers_and_norms(seed: int):
    """`adidem simulate --world` shows the totals, the norms and the clauses in force that were counted."""
    future = case(seed)
    beside = Beside(future, 2)
    measures, readings = future.setting.measures, future.setting.sets[-1]
    last = len(future.setting.sets) - 1
    _, outcome = future.opened(1, readings)
    result = outcome.results[0]
    clauses = {(norm.clause, norm.name) for norm in outcome.composition.norms}
    found = {(o.id, o.due, o.state) for o in result.obligations if (o.norm.clause, o.norm.name) in clauses}
    assert found == beside.norms(last, 1)
    paid: Counter[tuple[str, str, str]] = Counter()
    for figure in result.figures:
        leg, transfer = figure.leg, figure.transfer
        fixed = outcome.worlds.evaluation.values[leg.fixed.index]
        cell = figure.row if leg.domain == CELL else outcome.columns.grid.cell(fixed[figure.row, :1])[0]
        if cell >= measures.first:
            paid[transfer.payer, transfer.payee, transfer.clause] += transfer.amount_minor
    for number, stream in enumerate(measures.streams):
        total = beside.amounts[last][number, :, 1].sum()
        assert paid[stream.payer, stream.payee, stream.clause] == total
    in_force = {entry.clause.id for entry in result.in_force}
    for number, state in enumerate(measures.states):
        if state.name == f"{state.clause} in force":
            assert (state.clause in in_force) == beside.held[last][number, -1, 1]


@pytest.mark.parametrize("seed", range(0, CASES, 8))
def test_what_is_known_when_the_outlook_starts_is_the_record(seed: int):
    """What had happened, as recorded by then, is what `run` says of that pair."""
    future = case(seed)
    day = future.outlook.starts
    whole, _, asked = prepared(seed)
    pair = AsOf(day, FOREVER - 1 if asked is None else day * 86_400 + 86_399)
    known, run = (each.run(at).results for each, at in ((future.workspace, AsOf(day, FOREVER - 1)), (whole, pair)))
    assert [(r.readings, answer_of(r)) for r in known] == [(r.readings, answer_of(r)) for r in run]


def test_what_is_known_of_events_told_late_or_anew(tmp_path: Path):
    """A verdict that was recorded before its declaration stands alone until then; what a correction moves to another
    day is known as it was last told by then.
    """
    ledger = (
        told("e1", "declaration", "2025-03-03", "2025-06-02", by="lab", subject="fault"),
        told("e2", "verdict", "2025-03-10", "2025-03-10", declaration="e1", outcome="upheld"),
        told("e3", "revenue", "2025-05-20", "2025-05-20", by="lab", product="model", amount="USD 60"),
        told("e4", "revenue", "2025-04-20", "2025-04-20", by="lab", product="model", amount="USD 30"),
        told("e5", "correction", "2025-05-21", "2025-07-01", corrects="e3", changes_occurred="2025-04-10"),
        told("e6", "correction", "2025-05-22", "2025-07-01", corrects="e4", changes_occurred="2025-05-10"),
    )
    (tmp_path / "agreement.lgd").write_text(AGREEMENT)
    (tmp_path / "ledger.jsonl").write_text("\n".join(ledger))
    workspace, day = open_workspace(tmp_path), parse_date("2025-04-30")
    paid: list[int] = []
    for recorded in (day * 86_400 + 86_399, FOREVER - 1):
        known = as_known(workspace, AsOf(day, recorded)).run(AsOf(day, FOREVER - 1)).results
        run = workspace.run(AsOf(day, recorded)).results
        assert [answer_of(result) for result in known] == [answer_of(result) for result in run]
        paid += [figure.transfer.amount_minor for figure in run[0].figures if figure.transfer.clause == "share"]
    assert paid == [500, 1_000]


def told(id: str, kind: str, occurred: str, recorded: str, **columns: str) -> str:
    """A line of a ledger."""
    return json.dumps({"id": id, "kind": kind, "occurred": occurred, "recorded": recorded, **columns})


def test_the_sample_tries_everything():
    """Worlds differ in what is paid under every family that pays, in every kind of state, and from the next world's
    ledger: a comparison that finds nothing could have found something.
    """
    paid, states, kinds, found_out = set[str](), set[str](), set[str](), 0
    for seed in range(0, CASES, 4):
        beside = Beside(case(seed), WORLDS)
        setting = beside.future.setting
        measures = setting.measures
        families = {clause.id: clause.family for clause in setting.composition.agreement.clauses}
        for number, stream in enumerate(measures.streams):
            totals = beside.amounts[0][number].sum(axis=0)
            paid |= {families[stream.clause]} if totals.min() < totals.max() else set()
        for number, state in enumerate(measures.states):
            held = beside.held[0][number]
            states |= {_kind_of(state.name)} if (held.min(axis=1) < held.max(axis=1)).any() else set()
        kinds |= {kind for kind, _ in beside.block.columns} | {
            stage.kind.name for source in beside.future.outlook.sources for stage in source.stages
        }
        found_out += bool(beside.differences(0, told=1))
    assert paid == {"revenue-share", "investment", "minimum-commitment"}
    assert states == {"in force", "violated", "exercised", "pending", "cap reached", "short"}
    assert kinds >= {"revenue", "usage", "funding", "payment", "act", "offer", "request", "signing", "declaration"}
    assert kinds >= {"waiver", "answer", "consent", "closing", "verdict"}
    assert found_out > 24


def _kind_of(name: str) -> str:
    kinds = ("in force", "violated", "exercised", "pending", "cap reached", "short")
    return next(kind for kind in kinds if kind in name)


# The forms of a program


@pytest.mark.parametrize("seed", range(0, CASES, 8))
def test_a_folded_program_gives_what_the_program_gives(seed: int):
    """What is the same in all worlds is worked out once, and nothing changes."""
    _same_by(case(seed), numpy_program)


@pytest.mark.parametrize("seed", [66, 96, 105])
def test_a_compiled_program_gives_what_the_program_gives(seed: int):
    """Loops give the same bits as arrays: with joins of every rule, and with calls that change places in a month."""
    _same_by(case(seed), lambda folded: compile_program(folded, None))


def _same_by(future: Future, made: Callable[[Folded], Runnable]) -> None:
    setting, worlds = future.setting, 300
    laid = setting.laid(setting.draw(0, worlds), worlds)
    program = made(evaluator.folded_program(setting, {}))
    for readings in setting.sets:
        values, _ = by_numpy(setting, readings)(laid, worlds)
        chosen = {(ONE, name): value for name, value in reading_inputs(setting.composition, [readings]).items()}
        found = program.run({**laid, **chosen}, worlds)
        assert not found.apart.any()
        assert (setting.measures.amounts(found, worlds) == setting.measures.amounts(values, worlds)).all()
        assert (setting.measures.held(found, worlds) == setting.measures.held(values, worlds)).all()


@pytest.mark.parametrize("seed", range(4, CASES, 20))
def test_compiled_loops_draw_and_join_what_arrays_do(seed: int):
    """Drawing, joining and counting days in compiled loops changes no bit of what a program reads."""
    setting = case(seed).setting
    before = loops_are_compiled()
    try:
        laid: list[dict[tuple[str, str], Array]] = []
        for compiled in (True, False):
            compile_loops(compiled)
            laid.append({key: values.copy() for key, values in setting.laid(setting.draw(0, 200), 200).items()})
    finally:
        compile_loops(before)
    assert [key for key in {**laid[0], **laid[1]} if not np.array_equal(laid[0][key], laid[1][key])] == []


# Blocks, threads and runs that were broken off


@pytest.mark.parametrize("seed", range(4))
def test_no_way_of_sharing_out_the_work_changes_a_byte(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Chunks of any length and in any order, on any number of threads, and a run that was broken off and goes on."""
    future = case(seed)
    setting = future.setting
    ways = [by_numpy(setting, readings) for readings in setting.sets]
    expected = _bytes(future, simulate(setting, ways, MANY))

    def shuffled(chunks: Iterable[Chunk]) -> Generator[Made, None, None]:
        alone = [(block, block + 1) for first, past in chunks for block in range(first, past)]
        for chunk in Random(seed).sample(alone, len(alone)):
            yield run_chunk(setting, ways, chunk, MANY, False)

    assert _bytes(future, gathered(setting, shuffled, MANY)) == expected

    def broken_off(chunks: Iterable[Chunk]) -> Generator[Made, None, None]:
        for number, made in enumerate(shuffled(chunks)):
            if number == 2:
                raise KeyboardInterrupt
            yield made

    with pytest.raises(KeyboardInterrupt):
        gathered(setting, broken_off, MANY, folder=tmp_path, run="this one")
    left: list[int] = []

    def the_rest(chunks: Iterable[Chunk]) -> Generator[Made, None, None]:
        for made in on_threads(setting, ways, MANY)(chunks):
            left.extend(range(*made.chunk))
            yield made

    assert _bytes(future, gathered(setting, the_rest, MANY, folder=tmp_path, run="this one")) == expected
    assert len(left) == 3
    monkeypatch.setattr(futures, "CHUNK", 1)
    for threads in (1, 2, 5):
        monkeypatch.setattr(futures, "cores", lambda threads=threads: threads)
        assert _bytes(future, simulate(setting, ways, MANY)) == expected


def _bytes(future: Future, found: Futures) -> bytes:
    return json.dumps(forecast_view(future, found)).encode()


# Streams


@pytest.mark.parametrize("seed", range(0, CASES, 8))
def test_no_draw_hangs_on_what_else_is_drawn(seed: int):
    """Without one of its sources, and without the drivers of which nothing is made, all else is drawn as before; in a
    block that begins elsewhere too.
    """
    future = case(seed)
    outlook, chance = future.outlook, Random(seed)
    whole, gone = _told(future, outlook), chance.choice(outlook.sources)
    without = _told(future, replace(outlook, sources=tuple(s for s in outlook.sources if s is not gone)))
    assert _unlike(without, {id: event for id, event in whole.items() if not id[1].startswith(f"{gone.id}/")}) == []
    drivers = tuple(driver for driver in outlook.drivers if driver.id in DRIVERS)
    assert _unlike(_told(future, replace(outlook, drivers=drivers)), whole) == []
    assert _unlike(_told(future, outlook, 5, 10), {id: each for id, each in whole.items() if 5 <= id[0] < 15}) == []


Told = dict[tuple[int, str], Event]
"""(world, id) → event"""


def _told(future: Future, outlook: Outlook, first: int = 0, worlds: int = 20) -> Told:
    """The events of some worlds."""
    places = slots(outlook, future.setting.slots.currency)
    block = draw(outlook, places, future.setting.seed, first, worlds)
    numbers = range(first, first + worlds)
    return {(world, event["id"]): event for world in numbers for event in as_events(places, block, world)}


def _unlike(here: Told, there: Told) -> list[tuple[int, str]]:
    return [id for id in {**here, **there} if here.get(id) != there.get(id)]
