"""The commands `import focus`, `import incidents` and `import table`: their arguments.

Knows words typed. Does not know how a file is read; what a command needs is imported when it runs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from adidem.cli.ending import problems_shown
from adidem.cli.options import ApprovedOption, FolderArgument, JsonOption, PreparedOption

app = typer.Typer(no_args_is_help=True, help="Bring files of other systems into the ledger.", rich_markup_mode=None)

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files that another system exported.")]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="RULES", help="Which rows become which events; else FORM.rules.yaml of WORKSPACE."),
]
AsOption = Annotated[str, typer.Option("--as", metavar="KIND", help="The kind of event, where the rules name none.")]
RecordedOption = Annotated[
    str, typer.Option("--recorded", metavar="DATE", help="Since when the events are known; else now.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="NAME", help="The name by which a file is known again.")]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Take the place of a file of that name that shares no month with this one.")
]


FORMS = {
    "focus": "Costs and usage, or commitments, as a provider bills them.\n\nFOCUS 1.0 to 1.4, as CSV or Parquet.",
    "incidents": "Incidents of a status page.\n\nOf Statuspage or Google Cloud, or one JSON object a line.",
    "table": "Any CSV or Parquet file, its rows as events of one kind.",
}


def _command(form: str) -> Callable[..., None]:
    """The command of one form: they differ in what they read, and in nothing that is typed."""

    def bring_in(
        folder: FolderArgument,
        files: FilesArgument,
        rules: MapOption = None,
        kind: AsOption = "",
        recorded: RecordedOption = "",
        name: NameOption = "",
        replace: ReplaceOption = False,
        prepared_by: PreparedOption = "",
        approved_by: ApprovedOption = "",
        as_json: JsonOption = False,
    ) -> None:
        from adidem.cli import importing

        with problems_shown(as_json):
            asked = importing.Asked(form, files, rules, kind, name, recorded, replace)
            hands = importing.Hands(prepared_by, approved_by)
            raise typer.Exit(importing.bring_in(folder, asked, hands, as_json))

    return bring_in


for _form, _says in FORMS.items():
    app.command(_form, help=_says)(_command(_form))
