"""Which questions a difference hangs on.

Knows combinations of readings and values. Does not know what the values are.
"""

from collections.abc import Hashable, Mapping, Sequence

Choice = Mapping[str, str]


def that_matter(choices: Sequence[Choice], live: Sequence[str], values: Sequence[Hashable]) -> list[str]:
    """The questions such that two choices which differ in that one alone have different values."""
    matter: list[str] = []
    for question in live:
        groups: dict[tuple[str, ...], set[Hashable]] = {}
        for choice, value in zip(choices, values, strict=True):
            groups.setdefault(tuple(choice[q] for q in live if q != question), set()).add(value)
        if any(len(found) > 1 for found in groups.values()):
            matter.append(question)
    return matter


def by_reading(
    choices: Sequence[Choice], questions: Sequence[str], values: Sequence[Hashable]
) -> dict[tuple[tuple[str, str], ...], Hashable]:
    """Each combination of the readings of some questions, with the value it has (the first, where others still
    differ).
    """
    out: dict[tuple[tuple[str, str], ...], Hashable] = {}
    for choice, value in zip(choices, values, strict=True):
        out.setdefault(tuple((q, choice[q]) for q in questions), value)
    return out
