"""A folded program, as text and as machine code, says of every world what the kernel's `evaluate` says."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest

from adidem.desk.workspace import open_workspace
from adidem.findings.explain import OneWorld
from adidem.findings.outcome import wanted
from adidem.findings.worlds import reading_inputs
from adidem.kernel.domain import Shape
from adidem.kernel.engine import evaluate
from adidem.kernel.formula import CELL, ONE, Formula, Program, greater, lesser
from adidem.kernel.period import NEVER, AsOf, Calendar, Grid
from adidem.kernel.quantity import DATE, DAYS, FLAG, ROUNDINGS, Array, Unit, money, scale
from adidem.kernel.schedule import schedule
from adidem.worlds.compiled import CompiledProgram, NumpyProgram, Runnable, Values, compile_program, numpy_program
from adidem.worlds.fold import Folded, Key, fold
from property import test_sampled_worlds as sampled
from property.strategies import make

USD = money("USD")
MODEL_CASE = Path(__file__).parents[3] / "examples" / "microsoft-openai"
CIRCLE = 328
"""A case with state that goes round between records and periods."""
SEEDS = [*range(40), 160, 277, 291, 313, CIRCLE, 383]
NOT_DRAWN = ("as of", "last day", "order", "occurred")


@dataclass
class Trial:
    """A program with its static columns, and what is drawn for some worlds."""

    program: Program
    columns: Mapping[Key, Array]
    shape: Shape
    wanted: list[int]
    drawn: dict[Key, Array]
    worlds: int

    def folded(self) -> Folded:
        """The program, folded."""
        return fold(self.program, self.columns, self.shape, frozenset(self.drawn), self.wanted)


def values_near(chance: np.random.Generator, kind: str, recorded: Array, worlds: int) -> Array:
    """[rows, worlds] The recorded value in some worlds, one near it in others, and any in the rest."""
    values = np.repeat(recorded, worlds, axis=1)
    size, way = values.shape, chance.integers(0, 3, values.shape)
    if kind == "flag":
        return chance.integers(0, 2, size)
    if kind == "date":
        days = np.where(np.abs(values) < NEVER // 2, values, 19_800) + chance.integers(-40, 120, size)
        return np.where(way == 0, values, np.where(chance.random(size) < 0.4, NEVER, days))
    if kind == "name":
        return np.where(way == 0, values, chance.integers(-1, 25, size))
    if kind == "rate":
        return np.maximum(values + chance.integers(-3, 4, size), 0)
    return np.where(way == 0, values, np.where(way == 1, chance.integers(-10, 10**9, size), values + way))


def random_trial(seed: int, worlds: int) -> Trial:
    """A random agreement, in which about half of what may differ between worlds does."""
    case, chance = make(Random(seed)), np.random.default_rng(seed)
    composition, columns = case.workspace().composed(case.as_of)
    program, nodes = composition.program, wanted(composition)
    inputs = [program.nodes[i] for step in schedule(program, nodes) for i in step]
    kinds = {(n.domain, n.detail[0]): n.unit.kind for n in inputs if n.operator == "input"}
    drawn = {
        key: values_near(chance, kind, columns[key], worlds)
        for key, kind in kinds.items()
        if key[0] != CELL
        and key[1] not in NOT_DRAWN
        and not key[1].startswith(("join ", "earliest ", "first "))
        and chance.random() < 0.6
    }
    return Trial(program, columns, columns.shape, nodes, drawn, worlds)


def sampled_trial(reading: str, worlds: int) -> Trial:
    """The agreement of test_sampled_worlds under one reading."""
    desk = sampled.workspace(list(sampled.template()))
    composition, columns = desk.composed(AsOf(sampled.AS_OF, 2**61))
    words = {word: composition.code(word) for word in ("accepted", "declined", "cannot", "upheld", "rejected")}
    under = OneWorld(columns, reading_inputs(composition, [{"threshold.decided_by": reading}]))
    drawn = sampled.sample(worlds, words)
    return Trial(composition.program, under, columns.shape, wanted(composition), drawn, worlds)


def model_trial(worlds: int) -> Trial:
    """The model case, with other revenue and other declarations."""
    desk = open_workspace(MODEL_CASE)
    composition, columns = desk.composed(AsOf(20_269, 2**61))
    chance = np.random.default_rng(11)
    kinds = {("revenue", "amount"): "money", ("declaration", "profit"): "money", ("declaration", "human_level"): "flag"}
    kinds |= {("declaration", "verdict.occurred"): "date", ("declaration", "verdict.outcome"): "name"}
    drawn = {key: values_near(chance, kind, columns[key], worlds) for key, kind in kinds.items()}
    return Trial(composition.program, columns, columns.shape, wanted(composition), drawn, worlds)


def by_kernel(trial: Trial) -> dict[int, Array]:
    """What `evaluate` makes of the whole program."""
    columns = OneWorld(trial.columns, {}, trial.drawn)  # type: ignore[arg-type]
    return evaluate(trial.program, columns, trial.shape, trial.wanted).values


def differing(trial: Trial, found: Values, said: Mapping[int, Array]) -> list[int]:
    """The nodes that differ in any row of any world."""
    assert set(found) == set(trial.wanted)
    assert not found.apart.any()
    out: list[int] = []
    for index in trial.wanted:
        size = max(len(found[index]), len(said[index])), trial.worlds
        if not np.array_equal(np.broadcast_to(found[index], size), np.broadcast_to(said[index], size)):
            out.append(index)
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_text_equals_kernel(seed: int):
    """The text of a random agreement, run as plain Python, gives every value that the kernel gives."""
    trial = random_trial(seed, 7)
    program = CompiledProgram(trial.folded(), None, tile=3, plain=True)
    assert differing(trial, program.run(trial.drawn, 7), by_kernel(trial)) == []


def test_the_trials_are_not_empty():
    """The random agreements leave operations of every sort to the text, circles between records and periods too."""
    left: set[tuple[str, bool]] = set()
    for seed in SEEDS:
        folded = random_trial(seed, 3).folded()
        left |= {(folded.program.nodes[i].operator, len(step) > 1) for step in folded.steps for i in step}
    alone = {operator for operator, _ in left}
    assert {"sum", "until", "latest", "earliest", "at", "through", "since", "scale", "pick", "after days"} <= alone
    assert {("at", True), ("earliest", True), ("previous", True)} <= left


@pytest.mark.parametrize("reading", ["declaration", "panel"])
def test_text_equals_kernel_on_the_sampled_agreement(reading: str):
    """The sampled agreement, under both of its readings."""
    trial = sampled_trial(reading, 5)
    program = CompiledProgram(trial.folded(), None, tile=2, plain=True)
    assert differing(trial, program.run(trial.drawn, 5), by_kernel(trial)) == []


def test_machine_code_equals_kernel():
    """Machine code of the sampled agreement gives what the kernel gives, in a ragged block, on two threads at once."""
    trial = sampled_trial("panel", 333)
    program = CompiledProgram(trial.folded(), None)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: program.run(trial.drawn, 333), range(4)))
    said = by_kernel(trial)
    assert [differing(trial, each, said) for each in found] == [[], [], [], []]


def test_machine_code_equals_kernel_on_the_model_case():
    """The model case, with revenue and declarations that differ between worlds."""
    trial = model_trial(37)
    assert differing(trial, CompiledProgram(trial.folded(), None).run(trial.drawn, 37), by_kernel(trial)) == []


def test_machine_code_equals_kernel_in_a_circle():
    """A random agreement with state that goes round between records and periods."""
    trial = random_trial(383, 37)
    assert differing(trial, CompiledProgram(trial.folded(), None).run(trial.drawn, 37), by_kernel(trial)) == []


def test_blocks_do_not_matter():
    """Worlds run one by one are the same as worlds run together."""
    trial = random_trial(5, 6)
    program = CompiledProgram(trial.folded(), None, tile=4, plain=True)
    whole = program.run(trial.drawn, 6)
    for world in range(6):
        part = program.run({key: value[:, world : world + 1] for key, value in trial.drawn.items()}, 1)
        for index in trial.wanted:
            one = whole[index][:, world : world + 1] if whole[index].shape[1] > 1 else whole[index]
            assert np.array_equal(part[index], one)


# Single formulas


def amounts(worlds: Iterable[int]) -> dict[Key, Array]:
    """One amount in each world."""
    return {(ONE, "amount"): np.array([list(worlds)], np.int64)}


def single(formula: Formula, drawn: dict[Key, Array], bounds: dict[Key, tuple[int, int]]) -> tuple[Folded, Trial]:
    """A program that asks for one formula over one year."""
    shape = Shape(Grid.over(0, 364), {})
    folded = fold(formula.program, {}, shape, frozenset(drawn), [formula.index], bounds)
    return folded, Trial(formula.program, {}, shape, [formula.index], drawn, next(iter(drawn.values())).shape[1])


LARGE = {(ONE, "amount"): (-(2**61), 2**61)}
EDGES = [0, 1, -1, 7, -7, 8, -8, 24, -24, 10**15 + 1, -(10**15) - 1, 2**55 + 3, -(2**55) - 3, 2**60 - 1, 1 - 2**60]


@pytest.mark.parametrize("plain", [True, False])
def test_scaling_is_exact(plain: bool):
    """Every rounding, in the short form, the split one and the one bit by bit, to the unit."""
    program = Program()
    amount = program.input(ONE, "amount", USD)
    rates = [(3, 16), (-3, 16), (1, 7), (5, 10**6), (-7, 3 * 10**9), (2**40 - 1, 2**41 + 1), (1 - 2**40, 2**41 + 1)]
    scaled = {
        (n, d, rounding): amount.scale(program.constant(n, Unit("rate", "", d)), rounding)
        for n, d in rates
        for rounding in (ROUNDINGS if plain else ROUNDINGS[:1])
    }
    small = {(ONE, "amount"): (-(2**40), 2**40)}
    for bounds in (LARGE, small) if plain else (LARGE,):
        worlds = [edge for edge in EDGES if abs(edge) <= bounds[ONE, "amount"][1]]
        shape, drawn = Shape(Grid.over(0, 364), {}), amounts(worlds)
        nodes = [formula.index for formula in scaled.values()]
        folded = fold(program, {}, shape, frozenset(drawn), nodes, bounds)
        found = CompiledProgram(folded, None, tile=4, plain=plain).run(drawn, len(worlds))
        assert not found.apart.any()
        for (n, d, rounding), formula in scaled.items():
            said = [[int(scale(np.array([w]), np.array([n]), d, rounding)[0]) for w in worlds]]
            assert found[formula.index].tolist() == said, (n, d, rounding)


@pytest.mark.parametrize("form", ["plain", "compiled", "numpy"])
def test_a_world_that_leaves_int64_is_set_apart(form: str):
    """Where an exact figure would not fit, that world is set apart, and the others are as they are."""
    program = Program()
    amount = program.input(ONE, "amount", USD)
    doubled = amount + amount
    folded, trial = single(doubled + doubled, amounts([1, 2**61, -5, -(2**61)]), LARGE)
    made: Runnable = NumpyProgram(folded) if form == "numpy" else CompiledProgram(folded, None, 4, form == "plain")
    found = made.run(trial.drawn, 4)
    assert found.apart.tolist() == [False, True, False, True]
    assert found[trial.wanted[0]][0, [0, 2]].tolist() == [4, -20]


@pytest.mark.parametrize("form", [CompiledProgram, NumpyProgram])
def test_a_world_outside_its_bounds_is_set_apart(form: type):
    """What was said of a drawn column is checked, where the column was folded away too."""
    program = Program()
    amount = program.input(ONE, "amount", USD)
    for formula in (amount + amount, program.constant(9, USD) < amount):
        folded, trial = single(formula, amounts([3, 9, 10, -1, 0]), {(ONE, "amount"): (0, 9)})
        made = form(folded, None, 2, True) if form is CompiledProgram else form(folded)
        assert made.run(trial.drawn, 5).apart.tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("plain", [True, False])
def test_days_later(plain: bool):
    """Days, business days and months later, over month ends, leap years, centuries, holidays and what is never."""
    program = Program()
    day, count = program.input(ONE, "day", DATE), program.input(ONE, "count", DAYS)
    business = np.array([d for d in range(17_900, 19_000) if d % 7 not in (2, 3) and d % 31], np.int64)
    calendars = [Calendar("counted", business, first) for first in (False, True)]
    moved = [day.after("business days", count, calendar) for calendar in calendars]
    moved += [day.after("days", count), day.after("months", count), day.after("months", program.constant(-12, DAYS))]
    days = [first + each for first in (18_321, 17_900, 18_999, -800_000, 11_016) for each in range(-70, 70)]
    days = np.array([[*days, NEVER, NEVER - 1, 19_753]], np.int64)
    drawn = {(ONE, "day"): days, (ONE, "count"): np.arange(days.size, dtype=np.int64)[None] % 41 - 5}
    nodes, shape = [formula.index for formula in moved], Shape(Grid.over(0, 364), {})
    trial = Trial(program, {}, shape, nodes, drawn, days.size)
    program_made = CompiledProgram(trial.folded(), None, plain=plain)
    assert differing(trial, program_made.run(drawn, days.size), by_kernel(trial)) == []


def moving_trial() -> Trial:
    """Every move between records and periods, by days and places that are drawn on both sides."""
    program, chance, worlds = Program(), np.random.default_rng(3), 37
    amount, day = program.input("sale", "amount", USD), program.input("sale", "day", DATE)
    asked, place = program.input("query", "asked", DATE), program.input("query", "place", Unit("count", "rows"))
    last_day, closes = program.input(CELL, "last day", DATE), program.input("sale", "flag", FLAG).sum()
    monthly, by_month = amount.sum(day), amount.sum()
    formulas = [monthly, amount.until(day, asked), amount.latest(day, asked), amount.until(day, last_day)]
    formulas += [amount.latest(day, last_day), day.earliest(), monthly.at(asked, -3), monthly.total().at(day, 5)]
    formulas += [amount.through(place, -9), monthly.since(closes), by_month.previous(4), by_month.first_so_far()]
    formulas += [lesser(monthly, by_month), greater(monthly.previous(7), by_month), closes]
    cells = np.sort(chance.integers(0, 12, 20))
    shape = Shape(Grid.over(0, 364), {"sale": cells, "query": np.arange(5, dtype=np.int64)})
    columns = {(CELL, "last day"): shape.grid.last_day[:, None]}
    days, asked_days = (chance.integers(-30, 420, (rows, worlds)) for rows in (20, 5))
    drawn = {
        ("sale", "amount"): chance.integers(-(10**11), 10**11, (20, worlds)),
        ("sale", "flag"): (chance.random((20, worlds)) < 0.05).astype(np.int64),
        ("sale", "day"): np.where(chance.random(days.shape) < 0.2, NEVER, days),
        ("query", "asked"): np.where(chance.random(asked_days.shape) < 0.2, NEVER, asked_days),
        ("query", "place"): chance.integers(-1, 20, (5, worlds)),
    }
    return Trial(program, columns, shape, [formula.index for formula in formulas], drawn, worlds)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("together", [200, 0])
def test_moves_by_what_is_drawn(plain: bool, together: int, monkeypatch: pytest.MonkeyPatch):
    """Sums, states and joins by drawn days and places, in one function or in one for each loop."""
    monkeypatch.setattr("adidem.worlds.kernel_text._TOGETHER", together)
    trial = moving_trial()
    made = CompiledProgram(trial.folded(), None, tile=16, plain=plain)
    assert differing(trial, made.run(trial.drawn, trial.worlds), by_kernel(trial)) == []


# Folding


def test_what_is_static_is_folded_away():
    """Nothing is left of formulas that come to the same in every world, whatever is drawn."""
    program = Program()
    amount, no, yes = program.input(ONE, "amount", USD), *(program.input(ONE, n, FLAG) for n in ("no", "yes"))
    drawn, never = amount < program.constant(5, USD), program.input(ONE, "never", DATE)
    day = program.input(ONE, "day", DATE)
    same = [
        drawn & no,
        drawn | yes,
        no.where(amount, program.constant(0, USD)),
        never < day.or_never(yes),
        amount < program.constant(2**55, USD),
    ]
    columns = {(ONE, "no"): [[0]], (ONE, "yes"): [[1]], (ONE, "never"): [[NEVER]]}
    columns = {key: np.array(value, np.int64) for key, value in columns.items()}
    dynamic = frozenset({(ONE, "amount"), (ONE, "day")})
    folded = fold(program, columns, Shape(Grid.over(0, 364), {}), dynamic, [f.index for f in same])
    assert (folded.live, folded.operation_rows) == (0, 0)
    found = CompiledProgram(folded, None, plain=True).run({**amounts([1, 9]), (ONE, "day"): np.array([[3, NEVER]])}, 2)
    assert [int(found[f.index][0, 0]) for f in same] == [0, 1, 0, 0, 1]


def test_what_is_left_is_the_drawn_part():
    """A branch that is always taken stands for the choice, and an argument that changes nothing falls away."""
    program = Program()
    amount, yes = program.input(ONE, "amount", USD), program.input(ONE, "yes", FLAG)
    kept = yes.where(amount, program.constant(0, USD)) + program.constant(0, USD)
    columns = {(ONE, "yes"): np.array([[1]])}
    folded = fold(program, columns, Shape(Grid.over(0, 364), {}), frozenset({(ONE, "amount")}), [kept.index])
    assert folded.live == 0
    assert CompiledProgram(folded, None, plain=True).run(amounts([4, 5]), 2)[kept.index].tolist() == [[4, 5]]


def test_periods_that_nothing_differs_in_are_not_run():
    """Rows that are the same in every world by their bounds leave the loops."""
    trial = sampled_trial("panel", 8)
    early = np.arange(sampled.MONTHS) < 24
    columns = {("revenue", "amount"): np.where(early[:, None], 5, trial.drawn["revenue", "amount"])}
    bounds = {("revenue", "amount"): (np.where(early, 5, 0), np.where(early, 5, 2**40))}
    folded = fold(trial.program, trial.columns, trial.shape, frozenset(columns), trial.wanted, bounds)
    program = CompiledProgram(folded, None, tile=4, plain=True)
    revenue = [loop for loop in program.kernel.plan.loops() if loop.domain == "revenue"]
    assert revenue
    assert all(np.flatnonzero(loop.kind).min() >= 24 for loop in revenue)
    again = Trial(trial.program, trial.columns, trial.shape, trial.wanted, columns, 8)
    assert differing(again, program.run(columns, 8), by_kernel(again)) == []


def test_the_digest_says_what_is_left():
    """The same program over the same columns has the same digest, on any run; another value or bound has another."""
    program = Program()
    formula = program.input(ONE, "amount", USD) + program.input(ONE, "fee", USD)

    def digest(fee: int, most: int) -> str:
        columns, bounds = {(ONE, "fee"): np.array([[fee]])}, {(ONE, "amount"): (0, most)}
        dynamic, shape = frozenset({(ONE, "amount")}), Shape(Grid.over(0, 364), {})
        return fold(program, columns, shape, dynamic, [formula.index], bounds).digest

    assert digest(3, 9) == digest(3, 9)
    assert len({digest(3, 9), digest(4, 9), digest(3, 8)}) == 3


# Kept on disk


def test_a_second_program_is_not_compiled_again(tmp_path: Path):
    """The machine code of a text is found where it was kept; the text is written once."""
    program = Program()
    amount = program.input(ONE, "amount", USD)
    folded, trial = single(amount + program.constant(3, USD), amounts([1, 2]), {})
    first = CompiledProgram(folded, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.py")}
    second = CompiledProgram(folded, tmp_path)
    assert len(written) == 1
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.py")} == written
    assert sum(second.cache_hits().values()) == 1
    assert sum(first.cache_hits().values()) == 0
    assert second.run(trial.drawn, 2)[trial.wanted[0]].tolist() == [[4, 5]]


def test_without_numba_the_kernel_runs(monkeypatch: pytest.MonkeyPatch):
    """Where numba is not installed the same interface runs the kernel's `evaluate`."""
    trial = sampled_trial("panel", 9)
    folded = trial.folded()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    made = compile_program(folded, None)
    assert isinstance(made, NumpyProgram)
    assert differing(trial, made.run(trial.drawn, 9), by_kernel(trial)) == []
    assert differing(trial, numpy_program(folded).run(trial.drawn, 9), by_kernel(trial)) == []
