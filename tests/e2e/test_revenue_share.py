"""docs/revenue-share.md holds: its commands print what it shows; its table is what they come to, before and after."""

import re
from datetime import date
from pathlib import Path

from adidem.cli.typed import second_of
from adidem.desk.settling.closing import Asked, Settling
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import day
from e2e.asking import ask
from e2e.transcript import ROOT, run_page

PAGE = "docs/revenue-share.md"
KNOWN = ("2027-01-15", "2027-03-01")
ROW = re.compile(r"^\| (\d{4}(?:-Q\d)?) (share|true-up) \|(.*)\|$", re.MULTILINE)


def rows() -> dict[str, list[str]]:
    """Figure → the cells of its row."""
    found = ROW.findall((ROOT / PAGE).read_text(encoding="utf-8"))
    return {
        f"revenue-share/{period}/{name}": [cell.strip() for cell in cells.split("|")] for period, name, cells in found
    }


def paid(folder: Path, known_at: str) -> dict[str, float]:
    """Figure → millions, as known on a day."""
    results = ask("run", folder, "--as-of", "2026-12-31", "--known-at", known_at)["results"]
    return {figure["id"]: figure["amount_minor"] / 10**8 for figure in results[0]["transfers"]}


def test_the_page_and_its_table(tmp_path: Path):
    """Every figure that was worked out by hand is the engine's, before the correction is known and after."""
    assert run_page(PAGE, tmp_path) >= 6
    table = rows()
    assert len(table) == 15
    before, after = (paid(tmp_path / "share", day) for day in KNOWN)
    assert {*before, *after} <= {*table}
    for id, cells in table.items():
        assert [before.get(id, 0), after.get(id, 0)] == [float(cells[3]), float(cells[7])], id
        assert after.get(id, 0) - before.get(id, 0) == float(cells[8] or 0), id


def test_what_is_carried(tmp_path: Path):
    """A run says what the clause has counted, paid and withheld, and nothing of parts of a cent."""
    run_page(PAGE, tmp_path)
    results = ask("run", tmp_path / "share", "--as-of", "2026-12-31", "--known-at", KNOWN[1])["results"]
    carried = {"counted": 455, "paid": 60, "withheld": 5.5}
    assert results[0]["quantities_minor"] == {f"revenue-share.{name}": n * 10**8 for name, n in carried.items()}


def test_the_correction_settles_as_the_table_says(tmp_path: Path):
    """With the years closed before it is known, the correction is settled as adjustments: the last column."""
    run_page(PAGE, tmp_path)
    ledger = tmp_path / "share" / "ledger.jsonl"
    *before, correction = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join(before), encoding="utf-8")
    for year in ("2024", "2025", "2026"):
        asked = Asked(year, day(date.fromisoformat(KNOWN[0])), second_of(KNOWN[0]), preparer="ada")
        Settling(open_workspace(tmp_path / "share"), asked).close()
    with ledger.open("a", encoding="utf-8") as lines:
        lines.write(correction)
    (settled,) = ask("settle", tmp_path / "share", "2027", "--at", "2027-03-31", code=None)["settlements"]
    adjusted = {line["id"]: line["amount_minor"] for line in settled["adjustments"]}
    assert adjusted == {id: float(cells[8]) * 10**8 for id, cells in rows().items() if cells[8]}


def test_a_correction_touches_what_it_should():
    """Of the rows that change, one is the corrected quarter, and the others are a true-up, tiers and a cap."""
    changed = [id.removeprefix("revenue-share/") for id, cells in rows().items() if cells[8]]
    quarters = ["2025-Q2/share", "2026-Q1/share", "2026-Q2/share", "2026-Q3/share"]
    assert changed == ["2024-Q2/share", "2024/true-up", *quarters]
    assert sum(float(cells[8] or 0) for cells in rows().values()) == 0
