"""Exchange rates of a statement: those that are none, and those of a currency that is worth little or much."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from e2e.asking import EXAMPLES, ask

ROYALTIES = EXAMPLES / "royalties"


@pytest.mark.parametrize("rate", ["0", "-1.06", "0/1", "none"])
def test_an_exchange_rate_that_exchanges_nothing(tmp_path: Path, rate: str):
    """Its row is rejected, and no figure is made of it."""
    folder = shutil.copytree(ROYALTIES, tmp_path / "royalties")
    theirs = folder / "theirs.csv"
    theirs.write_text(theirs.read_text(encoding="utf-8").replace("1.06", rate), encoding="utf-8")
    found = ask("reconcile", folder, str(theirs), "--period", "2025-Q2", code=1)
    rejected = [row for row in found["statement"]["listed"] if row["is"] == "rejected"]
    wrong = "is no number" if rate == "none" else "exchanges nothing"
    reason = f"its exchange rate cannot be read, or is not above zero: “{rate}” {wrong}; write it as in 1.08"
    assert [row["reason"] for row in rejected] == [reason] * 2


@pytest.mark.parametrize("rate", ["0.00004", "0.000000001", "15234.123456789"])
def test_an_exchange_rate_is_told_with_every_digit(tmp_path: Path, rate: str):
    """On the page and as data, also where a coin of theirs is worth next to nothing."""
    folder = shutil.copytree(ROYALTIES, tmp_path / "royalties")
    theirs = folder / "theirs.csv"
    theirs.write_text(theirs.read_text(encoding="utf-8").replace("1.06", rate), encoding="utf-8")
    asked = [str(theirs), "--period", "2025-Q2"]
    found = ask("reconcile", folder, *asked, code=1)
    steps = [step for clause in found["clauses"] for step in clause["causes"] if step["cause"] == "exchange rate"]
    assert {(line["ours"], line["theirs"]) for step in steps for line in step["lines"]} == {("1.08", rate)}
    page = CliRunner().invoke(app, ["reconcile", str(folder), *asked])
    assert page.exit_code == 1, page.output
    whole, _, part = rate.partition(".")
    assert f"theirs {int(whole):,}.{part}, ours 1.08" in " ".join(page.output.split())
