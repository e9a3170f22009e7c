"""A simulation as Parquet: one file for each kind of line that `simulate` gives, and one with a row for every world.

Knows the plain data of `simulate` and the totals of all worlds. Does not know terminals or how worlds are drawn.

Every file carries the receipt in its schema's metadata. Nothing else in it depends on when or where it was written.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adidem.desk.output import optional, together
from adidem.findings.futures import Futures
from adidem.kernel.quantity import Array
from adidem.worlds.spill import Spill
from adidem.worlds.tally import BLOCK

GROUP = 64
"""So many blocks are one row group: 65,536 worlds."""

_STREAM = dict.fromkeys(("payer", "payee", "clause", "currency"), "string")


def _quantiles(*names: str) -> dict[str, str]:
    return {f"{p}_{what}": of for p in names for what, of in (("minor", "int64"), ("error_minor", "float64"))}


_SPREAD = {
    "mean_minor": "int64",
    "standard_error_minor": "float64",
    **_quantiles("p05", "p10", "p50", "p90", "p95"),
    "not_enough_worlds_for": "strings",
    **{f"{what}_{end}_minor": "int64" for what in ("mean", "p50") for end in ("low", "high")},
}
COLUMNS: dict[str, dict[str, str]] = {
    "totals": {**_STREAM, "scenario": "string", "readings": "int64", **_SPREAD},
    "positions": {
        "party": "string",
        "currency": "string",
        "scenario": "string",
        "readings": "int64",
        **_SPREAD,
        "loss_expected_minor": "int64",
        "loss_worst_minor": "int64",
        "loss_probability": "float64",
        "loss_exceedance": "curve",
    },
    "months": {
        **_STREAM,
        "scenario": "string",
        "readings": "int64",
        "month": "string",
        **_quantiles("p05", "p10", "p50", "p90", "p95"),
    },
    "states": {
        **dict.fromkeys(("name", "clause", "scenario"), "string"),
        "readings": "int64",
        "probability_low": "float64",
        "probability_high": "float64",
        "probability": "float64",
        "standard_error": "float64",
        "probability_ever": "float64",
        "months_to_first_p50": "int64",
        "probability_by_month": "shares",
    },
    "differences": {
        **dict.fromkeys(("payer", "payee", "clause", "party", "currency"), "string"),
        "readings": "int64",
        "mean_minor": "int64",
        "standard_error_minor": "float64",
        "probability": "float64",
    },
    "scenarios": {
        "name": "string",
        "partition": "string",
        **dict.fromkeys(("probability", "probability_low", "probability_high"), "float64"),
        **dict.fromkeys(("basis", "source", "resolves"), "string"),
    },
}
"""Of each file its columns with their types. What a line does not have is null."""
WORLDS = "worlds"


def write_parquet(futures: Futures, view: dict[str, Any], folder: Path) -> list[Path]:
    """Writes all files, each whole, and gives them. Problems: D114 pyarrow is not installed."""
    arrow, parquet = optional("pyarrow", "pyarrow.parquet")
    names = [f"{name}.parquet" for name in (*COLUMNS, WORLDS)]
    metadata = _metadata(view)
    with together(folder, names) as paths:
        for name, path in zip(COLUMNS, paths, strict=False):
            schema = arrow.schema([(column, _type(arrow, of)) for column, of in COLUMNS[name].items()], metadata)
            rows = [_row(name, line, futures) for line in view[name]]
            parquet.write_table(arrow.Table.from_pylist(rows, schema), path, compression="zstd")
        schema = _schema_of_worlds(arrow, futures).with_metadata(metadata)
        with parquet.ParquetWriter(paths[-1], schema, compression="zstd", use_dictionary=["scenario"]) as file:
            for columns in _groups(arrow, futures):
                batch = arrow.Table.from_arrays(columns, schema=schema)
                file.write_table(batch, row_group_size=GROUP * BLOCK)
    return [folder / name for name in names]


def _type(arrow: Any, name: str) -> Any:
    if name == "strings":
        return arrow.list_(arrow.string())
    if name == "shares":
        return arrow.list_(arrow.float64())
    if name == "curve":
        return arrow.list_(arrow.struct([("amount_minor", arrow.int64()), ("probability", arrow.float64())]))
    return arrow.type_for_alias(name)


def _metadata(view: dict[str, Any]) -> dict[str, str]:
    """Texts by name; the sets of readings stand here in full, and lines refer to them by number."""
    plain = {name: view[name] for name in ("agreement", "starts", "until")}
    whole = {name: json.dumps(view[name], sort_keys=True, ensure_ascii=False) for name in ("receipt", "readings")}
    return {**plain, **whole}


def _row(name: str, line: dict[str, Any], futures: Futures) -> dict[str, Any]:
    """A line with its loss in columns of its own, and with the currency in which positions are counted."""
    row = dict(line)
    if "party" in row:
        row.setdefault("currency", futures.setting.composition.currency())
    loss = row.pop("loss", None)
    if loss is not None:
        curve = [{"amount_minor": amount, "probability": share} for amount, share in loss["exceedance"]]
        row |= {f"loss_{part}": value for part, value in loss.items()} | {"loss_exceedance": curve}
    unknown = row.keys() - COLUMNS[name].keys()
    assert not unknown, f"{name} has no columns for {sorted(unknown)}"
    return row


def _schema_of_worlds(arrow: Any, futures: Futures) -> Any:
    """World, scenario, whether set apart; then every figure under every set of readings, with what it is as metadata.

    A payment is `paid/CLAUSE/PAYER/PAYEE/readings-NUMBER/minor`, a position `left/PARTY/readings-NUMBER/minor`.
    """
    measures, currency = futures.setting.measures, futures.setting.composition.currency()
    fields = [("world", arrow.int64()), ("scenario", arrow.string()), ("set_apart", arrow.bool_())]
    schema = arrow.schema(fields)
    for number in range(len(futures.spills)):
        what = {"readings": str(number), "readings_set": json.dumps(futures.setting.sets[number], sort_keys=True)}
        for stream in measures.streams:
            name = f"paid/{stream.clause}/{stream.payer}/{stream.payee}/readings-{number}/minor"
            about = {"clause": stream.clause, "payer": stream.payer, "payee": stream.payee}
            about |= {"currency": stream.legs[0].currency, **what}
            schema = schema.append(arrow.field(name, arrow.int64(), metadata=about))
        for party in measures.parties:
            about = {"party": party, "currency": currency, **what}
            schema = schema.append(arrow.field(f"left/{party}/readings-{number}/minor", arrow.int64(), metadata=about))
    return schema


def _groups(arrow: Any, futures: Futures) -> Iterator[list[Any]]:
    """The columns of each row group. A world that is set apart under a set of readings has no figures there."""
    names = arrow.array([scenario.name for scenario in futures.setting.scenarios], arrow.string())
    first = 0
    for kept in zip(*(_kept(spill) for spill in futures.spills), strict=True):
        kinds = np.array([each[-1] for each in kept])
        assert (kinds != 0).all(), "a world that was not written"
        apart = kinds < 0
        scenario = np.maximum(kinds.max(axis=0) - 1, -1)
        unknown = (scenario < 0) | (len(names) == 0)
        columns = [
            arrow.array(np.arange(first, first + len(scenario))),
            names.take(arrow.array(scenario, mask=unknown)),
            arrow.array(apart.any(axis=0)),
        ]
        for each, hidden in zip(kept, apart, strict=True):
            columns += [arrow.array(values, mask=hidden) for values in each[:-1]]
        yield columns
        first += len(scenario)


def _kept(spill: Spill) -> Iterator[Array]:
    """[figures + 1, worlds of a row group] What a spill keeps, a row group at a time."""
    shape = (-1, spill.figures + 1, BLOCK)
    blocks = -(-spill.worlds // BLOCK)
    for first in range(0, blocks, GROUP):
        count = min(GROUP, blocks - first)
        if spill.path is None:
            found = spill._memory[first : first + count]  # pyright: ignore[reportOptionalSubscript]
        else:
            size = shape[1] * BLOCK
            found = np.fromfile(spill.path, np.int64, count * size, offset=first * size * 8).reshape(shape)
        worlds = min(count * BLOCK, spill.worlds - first * BLOCK)
        yield found.transpose(1, 0, 2).reshape(shape[1], -1)[:, :worlds]
