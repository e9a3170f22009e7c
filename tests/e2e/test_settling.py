"""The page about settling holds: from empty folders each command prints what the page shows."""

from pathlib import Path

from e2e.transcript import run_page


def test_the_page(tmp_path: Path):
    """Every command of docs/settle.md, in order; the tables beside them are worked out by hand."""
    assert run_page("docs/settle.md", tmp_path) >= 10
