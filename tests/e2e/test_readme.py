"""The pages with commands in them hold: each command prints what the page shows."""

from e2e.transcript import ROOT, run_page


def test_readme():
    """What README.md shows of the examples is what is printed."""
    assert run_page("README.md", ROOT) >= 6


def test_futures():
    """What docs/futures.md shows is what is printed."""
    assert run_page("docs/futures.md", ROOT) >= 1
