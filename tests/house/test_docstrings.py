"""A room says what it is for; what the kernel and the clauses offer says what it does."""

import ast
from collections.abc import Iterator

from house import tree


def public_functions(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, tree.Function]]:
    """Functions of a file and methods of its classes, without those that a leading underscore keeps private."""
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public_functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, tree.Function) and not child.name.startswith("_") and not overloaded(child):
            yield prefix + child.name, child


def overloaded(node: tree.Function) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def test_modules():
    """Every file of src/adidem begins with a docstring."""
    assert [module.name for module in tree.modules() if not ast.get_docstring(module.syntax)] == []


def test_functions():
    """Every public function of the kernel and the clauses carries a docstring."""
    silent = [
        f"{module.name}::{name}"
        for module in tree.modules("kernel", "clauses")
        for name, node in public_functions(module.syntax, "")
        if not ast.get_docstring(node)
    ]
    assert silent == []
