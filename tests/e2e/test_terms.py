"""Each term of a family, changed alone, changes a transfer, an obligation or an answer."""

from pathlib import Path

import pytest

from adidem.desk.families import families
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


def test_the_page_is_current():
    """docs/terms.md is what the pages bring about."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m terms.table in tests, into docs/terms.md"
