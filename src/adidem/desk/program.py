"""The compiled program of an agreement as plain data: each formula under the clause that wrote it, in words.

Knows compositions. Does not know terminals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adidem.desk.wording import quantity_words
from adidem.desk.workspace import Workspace
from adidem.findings.explain import cone
from adidem.findings.outcome import wanted
from adidem.kernel.agreement import Clause
from adidem.kernel.composition import Composition
from adidem.kernel.formula import CELL, ONE, Formula, Node
from adidem.kernel.operator import OPERATORS
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.schedule import schedule

STILL = frozenset({"constant", "input", "same"})
"""Operators that compute nothing."""
_VERBS = {"obligation": "must", "power": "has the power to", "permission": "may", "prohibition": "must not"}


@dataclass(frozen=True, slots=True)
class Root:
    """A formula for whose sake others are there: what a clause says, and under which name."""

    clause: Clause
    says: str
    part: str
    formula: Formula


def program_view(workspace: Workspace, as_of: AsOf) -> dict[str, Any]:
    """The JSON of `program`. Raises ProblemError."""
    composition, _ = workspace.composed(as_of)
    nodes = composition.program.nodes
    live = [index for step in schedule(composition.program, wanted(composition)) for index in step]
    shown: set[int] = set()
    clauses: list[dict[str, Any]] = []
    for clause in composition.agreement.clauses:
        roots = [root for root in _roots(composition) if root.clause == clause]
        needed = set(cone(composition.program, [root.formula.index for root in roots])) - shown
        shown |= needed
        clauses.append(
            {
                "clause": clause.id,
                "family": clause.family,
                "document": clause.document.name,
                "heading": clause.span.heading or clause.title,
                "line": clause.span.line,
                "formulas": [_root(nodes, root) for root in roots],
                "nodes": [_node(nodes, index, clause) for index in live if index in needed and _computes(nodes[index])],
            }
        )
    return {
        "agreement": composition.agreement.title,
        "as_of": show_day(as_of.occurred),
        "operations": sum(_computes(nodes[index]) for index in live),
        "clauses": clauses,
    }


def _roots(composition: Composition) -> Iterator[Root]:
    for leg in composition.legs:
        clause = leg.texts[-1][0]
        says = f"{leg.payer} pays {leg.payee} {leg.name}".rstrip() + (f", each {leg.every}" if leg.every else "")
        for part in ("amount", "due", "fixed", "provisional"):
            yield from _root_of(clause, says, part, getattr(leg, part))
    for norm in composition.norms:
        verb = _VERBS[norm.kind]
        says = f"{norm.holder or 'a party'} {verb}: {norm.says}"
        for part in ("arises", "due", "fulfilled", "violated", "discharged", "terminated"):
            yield from _root_of(norm.text, says, part, getattr(norm.dates, part))
    for judgement in composition.judgements:
        says = f"{judgement.holder or 'a party'} {'must not' if judgement.forbids else 'may'}: {judgement.reason}"
        yield from _root_of(judgement.clause, says, "acts", judgement.acts)
    last = {clause.id: clause for clause in composition.agreement.clauses}
    for name, flows in composition.flows.items():
        for flow in flows:
            yield from _root_of(last[name.partition(".")[0]], f"carries {name.partition('.')[2]}", "flow", flow)


def _root_of(clause: Clause, says: str, part: str, formula: Formula | None) -> Iterator[Root]:
    if formula is not None:
        yield Root(clause, says, part, formula)


def _computes(node: Node) -> bool:
    return node.operator not in STILL


def _root(nodes: list[Node], root: Root) -> dict[str, Any]:
    node = nodes[root.formula.index]
    return {
        "says": root.says,
        "part": root.part,
        "is": _shown(nodes, root.formula.index),
        "unit": str(node.unit),
        "for_each": node.domain,
    }


def _node(nodes: list[Node], index: int, clause: Clause) -> dict[str, Any]:
    node = nodes[index]
    span = node.span or clause.span
    return {
        "node": index,
        "operator": node.operator,
        "arguments": list(node.arguments),
        "words": _words(nodes, node),
        "unit": str(node.unit),
        "for_each": node.domain,
        "file": span.source.name,
        "line": span.line,
    }


def _words(nodes: list[Node], node: Node) -> str:
    arguments = [_shown(nodes, argument) for argument in node.arguments]
    if node.operator == "pick":
        return f"as {arguments[0]} is read: {' or '.join(arguments[1:])}"
    if node.operator == "times":
        return f"{arguments[0]}, times {node.detail[0]}"
    if node.operator.startswith("after "):
        arguments[1] = arguments[1].removesuffix(" days")
    return OPERATORS[node.operator].words.format(*arguments, detail=node.detail)


def _shown(nodes: list[Node], index: int) -> str:
    """A formula where another speaks of it: its value or name where it computes nothing, else its number."""
    node = nodes[index]
    while node.operator == "same" and node.arguments[0] != index:
        index = node.arguments[0]
        node = nodes[index]
    if node.operator == "constant":
        value, unit = node.detail
        return node.words if unit.kind == "name" else quantity_words(value, unit)
    return _input(node.domain, str(node.detail[0])) if node.operator == "input" else f"%{index}"


def _input(domain: str, name: str) -> str:
    if domain == ONE:
        return "the as-of day" if name == "as of" else name.removeprefix("term ").removeprefix("reading ")
    if domain == CELL:
        return f"“{name}”"
    return f"{domain} “{name}”" if " " in name else f"{domain}.{name}"
