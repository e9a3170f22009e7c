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
    while True:
        merged = found
        for place in range(len(questions)):
            merged = _merged(merged, place)
        if len(merged) == len(found):
            break
        found = merged
    return [
        {q: readings for q, readings in zip(questions, each, strict=True) if len(readings) < len(questions[q])}
        for each in found
    ]


def _merged(found: list[tuple[tuple[str, ...], ...]], place: int) -> list[tuple[tuple[str, ...], ...]]:
    """Those that differ in the question at `place` alone as one."""
    alike: dict[tuple[tuple[str, ...], ...], dict[str, None]] = {}
    for each in found:
        alike.setdefault((*each[:place], *each[place + 1 :]), {}).update(dict.fromkeys(each[place]))
    return [(*rest[:place], tuple(readings), *rest[place:]) for rest, readings in alike.items()]
