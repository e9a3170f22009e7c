"""Finished blocks return from disk as they were, and nothing else does."""

import numpy as np
import pytest

from adidem.worlds.finished import Finished, missing, read, write
from adidem.worlds.histogram import Histogram
from adidem.worlds.states import States
from adidem.worlds.tally import Moments, SetApart


def done(first, past, number=1):
    return Finished(first, past, {"part": {"numbers": np.array([number])}})


def test_every_tally_returns(tmp_path):
    """Moments, states, histogram and worlds set apart come back from a file, to the bit."""
    values, scenario, apart = np.array([[[2**62, -7, 0]]]), np.array([0, 1, 1]), np.array([False, False, True])
    histogram = Histogram(1, 1, 2)
    histogram.count(values, scenario, apart)
    parts = {
        "moments": Moments.of_block(values[0], scenario, 2, apart).plain(),
        "states": States.of_block(values > 0, scenario, 2, apart).plain(),
        "histogram": histogram.plain(),
        "set_apart": SetApart.of_block(1024, apart).plain(),
    }
    write(tmp_path, "run", Finished(1, 2, parts))
    (found,) = read(tmp_path, "run")
    assert (found.first, found.past) == (1, 2)
    returned = {
        "moments": Moments.of_plain(found.parts["moments"]).plain(),
        "states": States.of_plain(found.parts["states"]).plain(),
        "histogram": Histogram.of_plain(found.parts["histogram"]).plain(),
        "set_apart": SetApart.of_plain(found.parts["set_apart"]).plain(),
    }
    for part, arrays in parts.items():
        assert all(np.array_equal(returned[part][name], held) for name, held in arrays.items()), part
        assert returned[part].keys() == arrays.keys()


def test_what_is_missing(tmp_path):
    """Ranges come back by first block; the blocks between and after are missing."""
    for first, past in [(8, 10), (0, 2), (2, 4)]:
        write(tmp_path, "run", done(first, past))
    found = read(tmp_path, "run")
    assert [(each.first, each.past) for each in found] == [(0, 2), (2, 4), (8, 10)]
    assert missing(11, found) == [4, 5, 6, 7, 10]


def test_no_block_counts_twice(tmp_path):
    """Of ranges that overlap the earlier holds."""
    for first, past in [(0, 4), (2, 6), (4, 6)]:
        write(tmp_path, "run", done(first, past))
    assert [(each.first, each.past) for each in read(tmp_path, "run")] == [(0, 4), (4, 6)]


def test_another_run_is_not_read(tmp_path):
    """Blocks of another program, seed or outlook are not taken for these."""
    write(tmp_path, "one", done(0, 1))
    assert read(tmp_path, "two") == []


@pytest.mark.parametrize("cut", [0, 1, 40, -30])
def test_a_file_that_is_cut_short_counts_as_not_written(tmp_path, cut):
    """As does one that is no such file at all."""
    path = write(tmp_path, "run", done(0, 1))
    path.write_bytes(path.read_bytes()[:cut])
    assert read(tmp_path, "run") == []


def test_a_file_with_other_bytes_counts_as_not_written(tmp_path):
    """Bytes that were spoilt on disk are found by their checksum."""
    path = write(tmp_path, "run", Finished(0, 1, {"part": {"numbers": np.arange(1_000)}}))
    held = bytearray(path.read_bytes())
    held[4_000] ^= 1
    path.write_bytes(held)
    assert read(tmp_path, "run") == []


def test_nothing_is_left_beside_and_writing_again_replaces(tmp_path):
    """No half-written file stays, and the last writing of a range holds."""
    write(tmp_path, "run", done(0, 1, 1))
    write(tmp_path, "run", done(0, 1, 2))
    assert len(list(tmp_path.iterdir())) == 1
    assert read(tmp_path, "run")[0].parts["part"]["numbers"].tolist() == [2]


def test_no_folder(tmp_path):
    """Where nothing was written yet, nothing is finished."""
    assert read(tmp_path / "none", "run") == []
