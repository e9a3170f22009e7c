"""Terms that have terms of their own: the groups of a list, such as the tiers of a ladder.

Knows which parts a group has, and which it must have. Does not know how a part is spelled, nor what it means.
"""

from collections.abc import Callable

from adidem.kernel.family import TermForm
from adidem.kernel.literal import Misspelt
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.term import Term
from adidem.text import block


def group(
    form: TermForm,
    node: block.Value,
    read: Callable[[TermForm, block.Entry], Term | None],
    problems: list[Problem],
) -> tuple[Term, ...] | None:
    """The terms of one group, each read by `read`; None where one is missing. Problems: T201 misspelt, T202 missing."""
    known = {part.name: part for part in form.parts}
    if not isinstance(node, block.Mapping):
        raise Misspelt(f"a group with {', '.join(known)} is needed", mend=f"write {form.name}: [{{KEY: VALUE}}]")
    terms: list[Term] = []
    for key, entry in node.entries.items():
        if key not in known:
            sentence = f"in {form.name} stands no {key}"
            problems.append(Problem("T201", sentence, entry.key_span, did_you_mean(key, known)))
        elif (term := read(known[key], entry)) is not None:
            terms.append(term)
    for part in form.parts:
        if part.required and part.name not in node.entries:
            sentence = f"what stands in {form.name} does not say its {part.name}"
            problems.append(Problem("T202", sentence, node.span, f"add “{part.name}: …”, which says {part.about}"))
    whole = {part.name for part in form.parts if part.required} <= {term.name for term in terms}
    return tuple(terms) if whole else None
