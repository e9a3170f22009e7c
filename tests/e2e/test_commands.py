"""The commands, as their users type them: each page of `pages` is run, and prints what it shows."""

from pathlib import Path

import pytest

from e2e.transcript import ROOT, run_page

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (Path(__file__).parent / "pages").glob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, tmp_path: Path):
    """What the page shows is what its commands print."""
    assert run_page(page, tmp_path) >= 3
