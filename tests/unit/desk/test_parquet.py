"""Parquet: every line of the view, every world to the cent, all files or none, the same bytes each time."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

from adidem.desk.simulating import parquet as written
from adidem.desk.simulating.forecast import forecast_view
from adidem.findings.futures import Futures
from adidem.kernel.problem import ProblemError
from adidem.worlds.spill import Spill
from unit.desk.sampled_alliance import played

WORLDS = 3_000

Simulated = tuple[Futures, dict[str, Any]]


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    """Worlds in memory, with their view."""
    future, futures = played(WORLDS)
    return futures, forecast_view(future, futures)


def test_tables_hold_every_line(simulated: Simulated, tmp_path: Path):
    """Each table has a row for each line of the view, with every value under the same name."""
    futures, view = simulated
    written.write_parquet(futures, view, tmp_path)
    for name in written.COLUMNS:
        rows = parquet.read_table(tmp_path / f"{name}.parquet").to_pylist()
        assert len(rows) == len(view[name]) > 0
        for row, line in zip(rows, view[name], strict=True):
            plain = {key: value for key, value in line.items() if key != "loss"}
            assert {key: row[key] for key in plain} == plain
            if "loss" in line:
                curve = [[point["amount_minor"], point["probability"]] for point in row["loss_exceedance"]]
                assert curve == line["loss"]["exceedance"]
                assert row["loss_worst_minor"] == line["loss"]["worst_minor"]


def test_amounts_are_whole_and_named_currency(simulated: Simulated, tmp_path: Path):
    """Every amount is int64 and every error float64, and every row of amounts says in which currency it is."""
    futures, view = simulated
    for path in written.write_parquet(futures, view, tmp_path):
        table = parquet.read_table(path)
        amounts = [field for field in table.schema if field.name.endswith("minor")]
        for field in amounts:
            assert str(field.type) == ("double" if "error" in field.name else "int64")
        if amounts and path.stem != written.WORLDS:
            assert set(table.column("currency").to_pylist()) == {"USD"}


def test_worlds_are_those_counted(simulated: Simulated, tmp_path: Path):
    """The column of a payment has its mean, and the positions of a world sum to nothing."""
    futures, view = simulated
    table = parquet.read_table(written.write_parquet(futures, view, tmp_path)[-1])
    assert table.column("world").to_pylist() == list(range(WORLDS))
    for number in range(2):
        paid = table.column(f"paid/share/lab/cloud/readings-{number}/minor").to_numpy()
        mean = next(
            t["mean_minor"]
            for t in view["totals"]
            if (t["clause"], t["scenario"], t["readings"]) == ("share", "all", number)
        )
        assert abs(int(paid.sum()) - mean * WORLDS) <= WORLDS
        left = [table.column(f"left/{party}/readings-{number}/minor").to_numpy() for party in ("lab", "cloud")]
        assert (left[0] + left[1] == 0).all()
    boom = np.array(table.column("scenario").to_pylist()) == "boom"
    assert boom.sum() == futures.counts[0].totals.worlds[0]


@pytest.mark.parametrize("scenarios", [True, False])
def test_files_and_memory_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenarios: bool):
    """Totals kept in files give the same bytes as those in memory, twice; row groups are of one size."""
    monkeypatch.setattr(written, "GROUP", 1)
    worlds = 2_500
    future, in_memory = played(worlds, None, scenarios)
    _, in_files = played(worlds, tmp_path / "finished", scenarios)
    view = forecast_view(future, in_memory)
    found = [
        written.write_parquet(futures, view, tmp_path / str(number))
        for number, futures in enumerate((in_memory, in_files, in_memory))
    ]
    for paths in zip(*found, strict=True):
        assert len({path.read_bytes() for path in paths}) == 1
    metadata = parquet.read_metadata(found[0][-1])
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [1024, 1024, 452]
    assert set(parquet.read_table(found[0][-1]).column("scenario").to_pylist()) == (
        {"boom", "lull"} if scenarios else {None}
    )


def test_worlds_set_apart_have_no_figures(tmp_path: Path):
    """A world that is set apart under one set of readings is marked, and has no figures under that one alone."""
    future, futures = played(1_500)
    view = forecast_view(future, futures)
    spill = futures.spills[1]
    values = np.stack([spill.of_each_world(figure)[0][1024:] for figure in range(spill.figures)])
    apart = np.arange(476) == 5
    spill.write(1, values, np.zeros(476, np.int64), apart)
    table = parquet.read_table(written.write_parquet(futures, view, tmp_path)[-1])
    row = table.slice(1029, 1).to_pylist()[0]
    assert row["set_apart"]
    assert row["scenario"] in ("boom", "lull")
    assert {name.split("/")[-2] for name, value in row.items() if value is None} == {"readings-1"}
    assert sum(table.column("set_apart").to_pylist()) == 1


def test_the_receipt_stands_in_every_file(simulated: Simulated, tmp_path: Path):
    """Every file says what it was made of, and its readings in full."""
    futures, view = simulated
    for path in written.write_parquet(futures, view, tmp_path):
        metadata = parquet.read_schema(path).metadata
        assert json.loads(metadata[b"receipt"]) == view["receipt"]
        assert json.loads(metadata[b"readings"]) == view["readings"]


def test_nothing_paid_is_written_too(simulated: Simulated, tmp_path: Path):
    """Without lines the tables are empty and have their columns."""
    futures, view = simulated
    empty = {**view, **{name: [] for name in written.COLUMNS}}
    for path in written.write_parquet(futures, empty, tmp_path)[:-1]:
        table = parquet.read_table(path)
        assert len(table) == 0
        assert table.column_names == list(written.COLUMNS[path.stem])


def test_all_or_none(simulated: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """If the last file cannot be written, what stood there stands, and no part is left."""
    futures, view = simulated
    (tmp_path / "totals.parquet").write_text("old")

    def broken(spill: Spill) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(written, "_kept", broken)
    with pytest.raises(OSError, match="full"):
        written.write_parquet(futures, view, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["totals.parquet"]
    assert (tmp_path / "totals.parquet").read_text() == "old"


def test_without_pyarrow(simulated: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where pyarrow is missing the problem says how to get it, and the folder is not made."""
    futures, view = simulated
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ProblemError, match=r"D114 .*pyarrow") as raised:
        written.write_parquet(futures, view, tmp_path / "new")
    assert 'pip install "adidem[futures]"' in raised.value.problems[0].mend
    assert not (tmp_path / "new").exists()
