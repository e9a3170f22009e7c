"""Totals of all worlds on disk: any order, any thread, a broken run."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from adidem.worlds.spill import Spill
from adidem.worlds.tally import BLOCK

WORLDS = 5 * BLOCK + 77


@pytest.fixture(scope="module")
def worlds():
    """Values [3, worlds], scenarios and marks."""
    random = np.random.default_rng(9)
    return (
        random.integers(-(2**63), 2**63 - 1, (3, WORLDS)),
        random.integers(0, 3, WORLDS),
        random.random(WORLDS) < 0.05,
    )


def write(spill, block, worlds):
    values, scenario, apart = worlds
    part = slice(block * BLOCK, (block + 1) * BLOCK)
    spill.write(block, values[:, part], scenario[part], apart[part])


@pytest.fixture(params=["file", "memory"])
def spill(request, tmp_path):
    return Spill(WORLDS, 3, tmp_path / "totals" if request.param == "file" else None)


def test_values_come_back_sorted_without_those_set_apart(spill, worlds):
    """Written by threads in any order, some twice, each scenario's values are what they were."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda block: write(spill, block, worlds), [5, 0, 3, 1, 4, 2, 3, 0]))
    values, scenario, apart = worlds
    assert spill.written().all()
    for figure in range(3):
        assert np.array_equal(spill.ordered(figure), np.sort(values[figure, ~apart]))
        by_scenario = spill.ordered_by_scenario(figure, 3)
        for number in range(3):
            expected = np.sort(values[figure, ~apart & (scenario == number)])
            assert np.array_equal(spill.ordered(figure, number), expected)
            assert np.array_equal(by_scenario[number], expected)
        worst = spill.worst(figure)
        assert worst is not None
        assert not apart[worst]
        assert values[figure, worst] == values[figure, ~apart].max()
    kept, counts = spill.of_each_world(1)
    assert np.array_equal(kept, values[1])
    assert np.array_equal(counts, ~apart)


def test_a_run_that_was_broken_off_goes_on(tmp_path, worlds):
    """A file opened again knows its blocks, and the rest makes it what one run would have made."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for block in range(6):
        write(Spill(WORLDS, 3, whole), block, worlds)
    for block in (4, 1):
        write(Spill(WORLDS, 3, broken), block, worlds)
    again = Spill(WORLDS, 3, broken)
    assert again.written().tolist() == [False, True, False, False, True, False]
    assert len(again.ordered(0)) == (~worlds[2][BLOCK : 2 * BLOCK]).sum() + (~worlds[2][4 * BLOCK : 5 * BLOCK]).sum()
    for block in np.flatnonzero(~again.written()).tolist():
        write(again, block, worlds)
    assert broken.read_bytes() == whole.read_bytes()


def test_the_size_is_told_before(tmp_path):
    """The file takes what `size_bytes` says."""
    Spill(WORLDS, 3, tmp_path / "totals")
    assert (tmp_path / "totals").stat().st_size == Spill.size_bytes(WORLDS, 3) == 6 * 4 * BLOCK * 8


def test_nothing_written(spill):
    """Before any block there are no values and no worst world."""
    assert len(spill.ordered(0)) == 0
    assert spill.worst(0) is None
    assert not spill.written().any()


def test_what_does_not_fit_is_refused(tmp_path, worlds):
    """A block beyond the last, one of another length, and a file of other worlds are refused."""
    spill = Spill(WORLDS, 3, tmp_path / "totals")
    values, scenario, _ = worlds
    for block, count in [(6, 77), (5, BLOCK), (0, 77), (-1, BLOCK)]:
        with pytest.raises(AssertionError):
            spill.write(block, values[:, :count], scenario[:count])
    with pytest.raises(AssertionError, match="other worlds"):
        Spill(WORLDS + BLOCK, 3, tmp_path / "totals")
    with pytest.raises(AssertionError, match="no worlds"):
        Spill(0, 3)
