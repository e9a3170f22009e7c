"""Nothing grows past what a reader can hold: the ceilings of STYLE.md, with its confessed violations."""

import re

from house import tree

FUNCTION = 70
MODULE = {"kernel": 300, "clauses": 250}
MODULE_ELSEWHERE = 400
KERNEL = 3_600

CONFESSED_AT_MOST = 0  # may only be lowered


def confessed() -> dict[str, int]:
    """The section "Present violations" of STYLE.md: `- `NAME` LINES: reason`."""
    section = tree.page("STYLE.md").partition("## Present violations")[2].partition("\n## ")[0]
    return {name: int(lines) for name, lines in re.findall(r"^- `([^`]+)` (\d+): \S", section, flags=re.MULTILINE)}


def over(measured: dict[str, int], ceiling: int) -> dict[str, int]:
    """What stands above the ceiling, and above what STYLE.md confesses of it."""
    allowed = confessed()
    return {name: lines for name, lines in measured.items() if lines > max(ceiling, allowed.get(name, 0))}


def function_lines() -> dict[str, int]:
    return {
        f"{module.name}::{name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in tree.modules()
        for name, node in module.functions()
    }


def module_lines(room: str) -> dict[str, int]:
    return {module.name: module.lines for module in tree.modules(room)}


def kernel_lines() -> dict[str, int]:
    return {"src/adidem/kernel": sum(module_lines("kernel").values())}


def rooms_elsewhere() -> set[str]:
    return {module.room for module in tree.modules()} - set(MODULE)


def test_functions():
    """No function is longer than 70 lines."""
    assert over(function_lines(), FUNCTION) == {}


def test_kernel_modules():
    """No file of the kernel is longer than 300 lines."""
    assert over(module_lines("kernel"), MODULE["kernel"]) == {}


def test_clause_modules():
    """No clause family is longer than 250 lines."""
    assert over(module_lines("clauses"), MODULE["clauses"]) == {}


def test_other_modules():
    """No other file is longer than 400 lines."""
    elsewhere = {name: lines for room in rooms_elsewhere() for name, lines in module_lines(room).items()}
    assert over(elsewhere, MODULE_ELSEWHERE) == {}


def test_kernel():
    """The kernel is at most 3,600 lines in all."""
    assert over(kernel_lines(), KERNEL) == {}


def test_confessions_are_true():
    """Every confessed violation is one still, with the number of lines that STYLE.md says: they only shrink."""
    ceilings = dict.fromkeys(function_lines(), FUNCTION) | {"src/adidem/kernel": KERNEL}
    ceilings |= {module.name: MODULE.get(module.room, MODULE_ELSEWHERE) for module in tree.modules()}
    measured = function_lines() | kernel_lines() | {module.name: module.lines for module in tree.modules()}
    violations = {name: lines for name, lines in measured.items() if lines > ceilings[name]}
    assert {name: violations.get(name) for name in confessed()} == confessed()


def test_confessions_do_not_grow():
    """No violation is added to STYLE.md."""
    assert len(confessed()) <= CONFESSED_AT_MOST
