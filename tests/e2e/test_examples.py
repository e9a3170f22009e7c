"""The examples' pages hold: each question is answered as the page shows."""

import shutil
from pathlib import Path

import pytest

from e2e.transcript import ROOT, run_page


@pytest.mark.parametrize(("page", "least"), [("microsoft-openai", 8), ("cloud-commitment", 4)])
def test_example(page: str, least: int, tmp_path: Path):
    """What the README of an example shows is what its commands print, in a copy of the examples."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    assert run_page(f"examples/{page}/README.md", tmp_path) >= least
