"""The examples asked through the command line, in this process: what `--json` prints, as data."""

import json
import shutil
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from adidem.cli.main import app

EXAMPLES = Path(__file__).parents[2] / "examples"
MODEL_CASE = EXAMPLES / "microsoft-openai"
CLOUD = EXAMPLES / "cloud-commitment"


def ask(command: str, folder: Path, *arguments: str, code: int | None = 0) -> Any:
    """What a command answers with `--json`; with the code None it may end as fine, or with findings."""
    result = CliRunner().invoke(app, [command, str(folder), *arguments, "--json"])
    assert result.exit_code in ((0, 1) if code is None else (code,)), result.output
    return json.loads(result.stdout)


def run(folder: Path, as_of: str, *arguments: str) -> Any:
    """The JSON of `run`."""
    return ask("run", folder, "--as-of", as_of, *arguments)


def one(folder: Path, as_of: str, *arguments: str) -> Any:
    """The first result of `run`."""
    return run(folder, as_of, *arguments)["results"][0]


def in_force(result: Any) -> dict[str, str]:
    """Clause → the document that made it so."""
    return {clause["clause"]: clause["document"] for clause in result["in_force"]}


def states(result: Any) -> dict[str, str]:
    """Norm → its state."""
    return {norm["id"]: norm["state"] for norm in result["obligations"]}


def says(result: Any) -> dict[str, str]:
    """Norm → its sentence."""
    return {norm["id"]: norm["says"] for norm in result["obligations"]}


def figures(result: Any) -> dict[str, Any]:
    """Figure → what `run` says of it."""
    return {figure["id"]: figure for figure in result["transfers"]}


def copied(folder: Path, to: Path) -> Path:
    """A copy of an example, to change."""
    shutil.copytree(folder, to)
    return to


def appended(folder: Path, *events: dict[str, str]) -> None:
    """Write events at the end of the ledger of a copy."""
    with (folder / "ledger.jsonl").open("a", encoding="utf-8") as ledger:
        ledger.writelines(json.dumps(event) + "\n" for event in events)
