"""Each problem, in the user's language: the files, the command, and exactly what it prints."""

import re
from pathlib import Path

import pytest

from golden import catalogue
from golden.reproducer import Reproducer, every, read, rewrite, run
from house import tree
from house.test_errors import codes

PLACELESS = {
    **dict.fromkeys(("T001", "T002", "T003", "T004", "T006"), "what is no text has no lines to point into"),
    **dict.fromkeys(
        ("D101", "D102", "D211", "D212", "D214", "D215", "D342"), "a folder or file as a whole is what is wrong"
    ),
    **dict.fromkeys(("L120", "L121", "L123", "L124", "L125"), "a database, or a whole ledger, is what is wrong"),
    **dict.fromkeys(("I107", "I109", "I111", "I112", "I113", "I114"), "an export as a whole is what is wrong"),
    **dict.fromkeys(
        ("I110", "I115", *(f"D{number}" for number in range(103, 121)), "D213", "D216", "D341", "D343"),
        "the command line is what is wrong",
    ),
    **dict.fromkeys((f"D{number}" for number in range(301, 311)), "the period that is asked for is what is wrong"),
    **dict.fromkeys(("D352", "D353"), "the period that is asked for is not what a clause, or a statement, is about"),
}
"""The codes whose place is a file, a folder or an option, and no line: and why."""

_PLACED = re.compile(r"[^\s:]+:\d+:\d+")


@pytest.mark.parametrize("page", every(), ids=lambda page: page.path.stem)
def test_prints_exactly(page: Reproducer, tmp_path: Path, golden_reset: bool):
    """The command prints what the page says, and ends with its exit code."""
    printed = run(page, tmp_path)
    if golden_reset:
        rewrite(page, printed)
    else:
        assert printed == page.printed


@pytest.mark.parametrize("page", every(), ids=lambda page: page.path.stem)
def test_reproduces_its_code(page: Reproducer):
    """The page shows a problem of the code that it is named after."""
    page = read(page.path)
    assert page.path.name.startswith(page.code)
    assert page.message(), f"{page.path.name} prints no {page.code}"


@pytest.mark.parametrize("page", every(), ids=lambda page: page.path.stem)
def test_names_place_and_mend(page: Reproducer):
    """Every problem says where and what to do, in a sentence of ours, and never in a traceback."""
    page = read(page.path)
    shown = page.printed.stdout + page.printed.stderr
    assert "Traceback" not in shown
    message = page.message()
    place, _, sentence = message.partition("\n")[0].partition(f": {page.code} ")
    assert sentence
    assert page.code in PLACELESS or _PLACED.fullmatch(place), place
    is_open_point = "\n" not in message
    assert is_open_point or re.search(r"^  mend  \S", message, re.MULTILINE), message


def test_every_code_has_its_page():
    """There is a page CODE.md for every code in src, and no page for a code that is not there."""
    assert sorted(page.code for page in every() if page.is_first) == codes()


def test_catalogue_is_made_of_the_pages(golden_reset: bool):
    """docs/errors.md is what the reproducers say."""
    if golden_reset:
        (tree.ROOT / "docs" / "errors.md").write_text(catalogue.page(), encoding="utf-8")
    assert tree.page("docs/errors.md") == catalogue.page()
