"""The commands that play an agreement forward: `simulate`, `influence`, `discover` and `backtest`.

Knows words typed. Does not know how an answer is found; what a command needs is imported when it runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from adidem.cli.ending import problems_shown
from adidem.cli.options import (
    FolderArgument,
    JsonOption,
    PartitionOption,
    ReadingOption,
    ScenarioOption,
    SeedOption,
    UntilOption,
)


def simulate(
    folder: FolderArgument,
    worlds: Annotated[str, typer.Option("--worlds", metavar="N", help="How many futures: 10000, 1e6.")] = "1e6",
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: Annotated[
        list[str] | None,
        typer.Option("--reading", metavar="QUESTION=READING|all", help="One way only; or every combination."),
    ] = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    world: Annotated[int | None, typer.Option("--world", metavar="K", help="Open one future as a record.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write Parquet files and a sheet of plots there.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what a broken run has left in --out.")] = False,
    cluster: Annotated[str, typer.Option("--cluster", metavar="URL", help="Run on Ray: an address, or local.")] = "",
    as_json: JsonOption = False,
) -> None:
    """What may come: the agreement over many sampled futures.

    By the outlook of the workspace, under every reading that changes something.
    """
    from adidem.cli import simulating

    with problems_shown(as_json):
        played = (worlds, until, seed, reading or [], scenario, partition)
        asked = simulating.Asked(*played, out, resume, cluster, as_json)
        if world is not None:
            simulating.open_world(folder, asked, world)
        else:
            simulating.simulate(folder, asked)


def influence(
    folder: FolderArgument,
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: ReadingOption = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    every: Annotated[bool, typer.Option("--every", help="Every stream of payments, not the largest alone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What moves each result.

    Every assumed number alone, and all of them together.
    """
    from adidem.cli import exploring

    with problems_shown(as_json):
        asked = exploring.Asked(until, seed, reading or [], scenario, partition, as_json)
        exploring.influence(folder, asked, every)


def discover(
    folder: FolderArgument,
    condition: Annotated[
        str, typer.Argument(metavar="CONDITION", help="As in: not share.in_force, or share.paid < USD 1 bn.")
    ],
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: ReadingOption = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    as_json: JsonOption = False,
) -> None:
    """In which corner of what is assumed a condition holds."""
    from adidem.cli import exploring

    with problems_shown(as_json):
        asked = exploring.Asked(until, seed, reading or [], scenario, partition, as_json)
        exploring.discover(folder, condition, asked)


def backtest(
    folder: FolderArgument,
    starts: Annotated[
        str, typer.Option("--from", metavar="DATE", help="The day after which it is played; else as the outlook says.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The last day compared; else that of the record.")
    ] = "",
    worlds: Annotated[str, typer.Option("--worlds", metavar="N", help="How many futures: 10000, 1e5.")] = "10000",
    seed: SeedOption = 1,
    came: Annotated[str, typer.Option("--came", metavar="SCENARIO", help="It came, whatever its criteria say.")] = "",
    reading: ReadingOption = None,
    as_json: JsonOption = False,
) -> None:
    """The outlook tried on the past, and scored.

    Played from an earlier day, beside what happened since.
    """
    from adidem.cli import backtesting

    with problems_shown(as_json):
        asked = backtesting.Asked(starts, until, worlds, seed, came, reading or [], as_json)
        backtesting.backtest(folder, asked)
