"""What a user can write or type is on a page. A page names a thing between backticks: `first-refusal`."""

import re
from importlib import import_module

import typer
from typer.core import TyperGroup
from typer.main import get_command

from house import tree


def commands() -> list[str]:
    """The commands of the one Typer application in adidem.cli.main."""
    main = import_module("adidem.cli.main")
    app = next(value for value in vars(main).values() if isinstance(value, typer.Typer))
    group = get_command(app)
    assert isinstance(group, TyperGroup), "adidem has a single command"
    return sorted(group.commands)


def unnamed(names: list[str], page: str) -> list[str]:
    """Those of the names that the page does not have between backticks (a command also after `adidem`)."""
    text = tree.page(page)
    return [name for name in names if not re.search(rf"`(adidem )?{re.escape(name)}`", text)]


def test_glossary_has_every_family():
    """docs/glossary.md says what every clause family is."""
    assert unnamed(list(tree.families()), "docs/glossary.md") == []


def test_glossary_has_every_command():
    """docs/glossary.md says what every command does."""
    assert unnamed(commands(), "docs/glossary.md") == []


def test_language_has_every_family():
    """docs/language.md says which terms every clause family takes."""
    assert unnamed(list(tree.families()), "docs/language.md") == []
