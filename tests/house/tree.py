"""The source tree as the house tests see it: files, their syntax, and the names that the project declares."""

import ast
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "adidem"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of src/adidem."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the root of the project, as STYLE.md and messages write it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """The folder of src/adidem that the file stands in: `kernel`, `clauses`, …; empty for the front door."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.text, filename=self.name)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> list[tuple[str, Function]]:
        """Every function of the file, nested ones too, with its dotted name."""
        return list(_functions(self.syntax, ""))


def _functions(node: ast.AST, prefix: str):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
        named = isinstance(child, Function | ast.ClassDef)
        yield from _functions(child, f"{prefix}{child.name}." if named else prefix)


@cache
def modules(*rooms: str) -> tuple[Module, ...]:
    """The files of src/adidem, or of these rooms of it."""
    every = (Module(path) for path in sorted(PACKAGE.rglob("*.py")))
    return tuple(module for module in every if not rooms or module.room in rooms)


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def families() -> dict[str, str]:
    """The families that ship: the name that documents write, and the module behind it."""
    entries = project()["project"]["entry-points"]["adidem.families"]
    return {name: target.partition(":")[0] for name, target in entries.items()}


def page(name: str) -> str:
    """The text of a page of the project; empty when it is not written yet."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
