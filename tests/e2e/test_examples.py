"""The examples' pages hold: each question is answered as the page shows."""

import pytest

from e2e.transcript import ROOT, run_page


@pytest.mark.parametrize(("page", "least"), [("microsoft-openai", 8), ("cloud-commitment", 4)])
def test_example(page: str, least: int):
    """What the README of an example shows is what its commands print."""
    assert run_page(f"examples/{page}/README.md", ROOT) >= least
