"""What several commands take: the arguments and options by which they are typed.

Knows words typed. Does not know commands.
"""

from pathlib import Path
from typing import Annotated

import typer

FolderArgument = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="A folder with documents and a ledger.")]
AsOfOption = Annotated[
    str, typer.Option("--as-of", "--at", metavar="DATE", help="As of that day; else the last of the record.")
]
KnownOption = Annotated[str, typer.Option("--known-at", metavar="INSTANT", help="As it was recorded by then.")]
ReadingOption = Annotated[
    list[str] | None, typer.Option("--reading", metavar="QUESTION=READING", help="Read a question one way only.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="EVENT", help='A hypothetical event: "declaration by=openai subject=agi human_level=yes".'
    ),
]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Another last day than the outlook's.")]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same futures.")]
ScenarioOption = Annotated[str, typer.Option("--scenario", metavar="NAME", help="Every future in one scenario.")]
PartitionOption = Annotated[
    str, typer.Option("--partition", metavar="NAME", help="Which partition of the future is sampled.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Plain data instead of a table.")]
PreparedOption = Annotated[str, typer.Option("--prepared-by", metavar="NAME", help="Who prepared what is appended.")]
ApprovedOption = Annotated[str, typer.Option("--approved-by", metavar="NAME", help="Who approved it.")]
PeriodOption = Annotated[str, typer.Option("--period", metavar="P", help="2025-06, 2025-Q2 or 2025.")]
