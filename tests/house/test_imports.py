"""What import-linter cannot say: the kernel's whole diet, and that the lists of families are the families."""

import ast
import sys
from collections.abc import Iterator

from house import tree


def imported(module: tree.Module) -> Iterator[str]:
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_kernel_imports_numpy_alone():
    """From outside the standard library the kernel imports numpy and nothing else."""
    allowed = sys.stdlib_module_names | {"numpy", "adidem"}
    foreign = [
        f"{module.name} imports {name}"
        for module in tree.modules("kernel")
        for name in imported(module)
        if name.partition(".")[0] not in allowed
    ]
    assert foreign == []


def test_entry_points_are_the_families():
    """Every family file is an entry point, under its own name with hyphens, and no entry point lacks its file."""
    own = [module for module in tree.modules("clauses") if module.path.parent.name == "clauses"]
    files = {module.path.stem for module in own} - {"__init__"}
    assert tree.families() == {name.replace("_", "-"): f"adidem.clauses.{name}" for name in files}


def test_independence_contract_lists_the_families():
    """The import contract keeps every family from knowing another."""
    contracts = tree.project()["tool"]["importlinter"]["contracts"]
    listed = next(contract["modules"] for contract in contracts if contract["type"] == "independence")
    assert sorted(listed) == sorted(tree.families().values())


def test_parts_know_no_family():
    """What several families are made of imports none of them."""
    families = set(tree.families().values())
    parts = [module for module in tree.modules("clauses") if module.path.parent.name == "parts"]
    assert parts
    assert [(module.name, name) for module in parts for name in imported(module) if name in families] == []
