"""The tutorial holds: from an empty folder each command prints what the page shows."""

from pathlib import Path

from e2e.transcript import run_page


def test_tutorial(tmp_path: Path):
    """Every command of docs/tutorial.md, in order, in a folder of its own."""
    assert run_page("docs/tutorial.md", tmp_path) >= 10
