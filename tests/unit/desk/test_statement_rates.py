"""Rates of a statement that are none."""

import shutil
from pathlib import Path

import pytest

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
    assert [row["reason"] for row in rejected] == ["its exchange rate cannot be read, or is not above zero"] * 2
