"""In which order a program's formulas are evaluated.

Knows nodes and what they read. Does not know values.
"""

from collections.abc import Iterable

from adidem.kernel.formula import Program
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Span


def schedule(program: Program, wanted: Iterable[int]) -> list[tuple[int, ...]]:
    """The nodes needed, in an order in which each comes after what it reads; those that carry state in a circle
    together.

    Tarjan's algorithm for strongly connected components (SIAM J. Comput. 1, 1972), without recursion.
    """
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    out: list[tuple[int, ...]] = []
    for root in wanted:
        if root in number:
            continue
        work = [(root, iter(program.nodes[root].arguments))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for child in rest:
                if child not in number:
                    number[child] = low[child] = len(number)
                    stack.append(child)
                    on_stack.add(child)
                    work.append((child, iter(program.nodes[child].arguments)))
                    break
                if child in on_stack:
                    low[node] = min(low[node], number[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    cut = stack.index(node)
                    group = tuple(stack[cut:])
                    del stack[cut:]
                    on_stack.difference_update(group)
                    out.append(_delayed(program, group) if len(group) > 1 else group)
    return out


def _delayed(program: Program, group: tuple[int, ...]) -> tuple[int, ...]:
    """A circle in the order of one period: what is read from the period before comes first."""
    inside = set(group)
    waits = {
        index: {a for a in program.nodes[index].arguments if a in inside}
        if program.nodes[index].operator != "previous"
        else set[int]()
        for index in group
    }
    order: list[int] = []
    while waits:
        ready = sorted(index for index, needs in waits.items() if not needs)
        if not ready:
            raise ProblemError([_circle(program, waits)])
        order += ready
        for index in ready:
            del waits[index]
        for needs in waits.values():
            needs.difference_update(ready)
    return tuple(order)


def _circle(program: Program, waits: dict[int, set[int]]) -> Problem:
    words: dict[Span, str] = {}
    for index in sorted(waits):
        span = program.nodes[index].span
        if span is not None:
            words.setdefault(span, program.nodes[index].words)
    spans = list(words.items())
    return Problem(
        "F003",
        "these clauses wait for each other within one period, so none of them can be decided",
        spans[0][0] if spans else None,
        "let one of them read the state at the end of the period before, or take the effect away",
        tuple(spans[1:]),
    )


def last_uses(program: Program, steps: list[tuple[int, ...]], wanted: set[int]) -> dict[int, list[int]]:
    """After each step, the nodes that nothing reads any more."""
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        for index in step:
            for argument in (*program.nodes[index].arguments, index):
                last[argument] = number
    uses: dict[int, list[int]] = {}
    for index, number in last.items():
        if index not in wanted:
            uses.setdefault(number, []).append(index)
    return uses
