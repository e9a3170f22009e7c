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


def cover(choices: Sequence[Choice], questions: Mapping[str, Sequence[str]]) -> list[dict[str, tuple[str, ...]]]:
    """The same choices, said in fewer: those that differ in one question alone are one, which allows both readings.

    What allows every reading of a question does not speak of it.
    """
    found = list(dict.fromkeys(tuple((choice[q],) for q in questions) for choice in choices))
    while (merged := _merged(found)) is not None:
        found = merged
    return [
        {q: readings for q, readings in zip(questions, each, strict=True) if len(readings) < len(questions[q])}
        for each in found
    ]


def _merged(found: list[tuple[tuple[str, ...], ...]]) -> list[tuple[tuple[str, ...], ...]] | None:
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            differ = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
            if len(differ) == 1:
                place = differ[0]
                both = (*one[:place], tuple(dict.fromkeys((*one[place], *other[place]))), *one[place + 1 :])
                return [both if each is one else each for each in found if each is not other]
    return None
