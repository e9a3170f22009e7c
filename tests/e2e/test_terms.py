"""Each term of a family, changed alone, changes a transfer, an obligation or an answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adidem.desk.families import families
from e2e.asking import ask
from terms.page import Changed, changes, differences, pages
from terms.table import page

PAGE = Path(__file__).parents[2] / "docs" / "terms.md"
EVERY = [changed for each in pages() for changed in changes(each)]


@pytest.mark.parametrize("changed", EVERY, ids=lambda changed: f"{changed.family}-{changed.term}")
def test_changed_alone(changed: Changed):
    """What a term says matters to what is paid, owed or allowed."""
    own = {line.partition(":")[0].strip() for line in (*changed.taken, *changed.given) if line[:1] not in "-{ "}
    assert own <= {changed.term, "is", "basis", "source", "range", "note", "readings"}, "one term at a time"
    assert list(differences(changed)), "nothing changes"


@pytest.mark.parametrize("family", [each.stem for each in pages()])
def test_no_term_is_left_out(family: str):
    """A page speaks of every term that its family has."""
    told = {changed.term for changed in EVERY if changed.family == family}
    assert told == {form.name for form in families()[family].terms}


def _leaves(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not step.get("parts"):
        yield step
    for part in step.get("parts", ()):
        yield from _leaves(part)


@pytest.mark.parametrize("family", [each.stem for each in pages()])
def test_every_figure_has_words(family: str, tmp_path: Path):
    """Whatever a figure of a page comes from has a name, and no number of days is shown as a share of one day."""
    records = {(each.before, each.ledger, each.day): None for each in EVERY if each.family == family}
    for number, (agreement, ledger, day) in enumerate(records):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "agreement.lgd").write_text(agreement, encoding="utf-8")
        (folder / "ledger.jsonl").write_text(ledger, encoding="utf-8")
        results = ask("run", folder, "--as-of", day)["results"]
        for figure in {each["id"] for result in results for each in result["transfers"]}:
            for explanation in ask("explain", folder, figure, "--as-of", day)["explanations"]:
                for leaf in _leaves(explanation["steps"]):
                    assert leaf.get("name"), (figure, leaf)
                    assert "of 1 days" not in leaf["name"], (figure, leaf)


def test_the_page_is_current():
    """docs/terms.md is what the pages bring about."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m terms.table in tests, into docs/terms.md"
