"""docs/reconcile.md holds: its case is that of the tests, and its command prints what the page shows."""

import shutil
from pathlib import Path

from e2e.transcript import ROOT, run_page
from unit.desk import royalties


def test_page(tmp_path: Path):
    """What docs/reconcile.md shows of the twelve errors is what is printed."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    assert run_page("docs/reconcile.md", tmp_path) >= 1


def test_case_is_that_of_the_tests(tmp_path: Path):
    """The files of examples/royalties are those whose figures the tests work out with fractions."""
    royalties.workspace(tmp_path)
    (tmp_path / "theirs.csv").write_text(royalties.statement(royalties.ERRORS), encoding="utf-8")
    for file in sorted(tmp_path.iterdir()):
        assert (ROOT / "examples" / "royalties" / file.name).read_text(encoding="utf-8") == file.read_text("utf-8")
