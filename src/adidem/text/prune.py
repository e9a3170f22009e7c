"""A terms block without what points to clauses and questions that are gone, and without the marks of an amendment.

Knows which keys and terms name clauses. Does not know which clauses are gone.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from adidem.kernel.family import Family
from adidem.text.block import Entry, Listing, Mapping, Scalar, Value

_ORDER = ("subject_to", "notwithstanding", "except")
_ACTS_ON = ("end", "suspend", "resume", "set")

Keep = Callable[[Value], bool]


def pruned(block: Mapping, family: Family | None, clauses: Collection[str], questions: Collection[str]) -> Mapping:
    """The block, speaking only of these clauses and questions; the block itself where it speaks of no others."""
    types = {form.name: form.type for form in family.terms} if family is not None else {}
    entries: dict[str, Entry] = {}
    for key, entry in block.entries.items():
        value: Value = entry.value
        if key in _ORDER:
            value = _kept(_listed(value), lambda item: _text(item) in clauses)
            if isinstance(value, Listing) and not value.items:
                continue
            value = entry.value if value == _listed(entry.value) else value
        elif types.get(key) == "clauses":
            value = _inside(value, lambda item: _text(item) in clauses)
        elif types.get(key) == "effects":
            value = _inside(value, lambda item: _target(item) in (*clauses, ""))
        elif types.get(key) == "settlements" and isinstance(value, Mapping):
            value = replace(value, entries={q: e for q, e in value.entries.items() if q in questions})
            if not value.entries:
                continue
        entries[key] = entry if value == entry.value else replace(entry, value=value)
    return block if list(entries.items()) == list(block.entries.items()) else replace(block, entries=entries)


def _inside(value: Value, keep: Keep) -> Value:
    """A list filtered, wherever it stands: bare, after `is:`, or in each reading."""
    if isinstance(value, Mapping):
        beside = {k: e for k, e in value.entries.items() if k in ("is", "readings")}
        if "readings" in beside:
            readings = beside["readings"].value
            if isinstance(readings, Mapping):
                inner = {k: replace(e, value=_inside(e.value, keep)) for k, e in readings.entries.items()}
                beside["readings"] = replace(beside["readings"], value=replace(readings, entries=inner))
        if "is" in beside:
            beside["is"] = replace(beside["is"], value=_inside(beside["is"].value, keep))
        return replace(value, entries={**value.entries, **beside}) if beside else value
    return _kept(value, keep) if isinstance(value, Listing) else value


def _kept(value: Value, keep: Keep) -> Value:
    return replace(value, items=tuple(i for i in value.items if keep(i))) if isinstance(value, Listing) else value


def _listed(value: Value) -> Value:
    return Listing((value,), value.span) if isinstance(value, Scalar) else value


def _text(value: Value) -> str:
    return value.text.strip() if isinstance(value, Scalar) else ""


def _target(item: Value) -> str:
    """The clause on which an effect acts; empty where it acts on none."""
    if not isinstance(item, Mapping):
        return ""
    verb = next((verb for verb in _ACTS_ON if verb in item.entries), "")
    target = _text(item.entries[verb].value) if verb else ""
    return target.rpartition(".")[0] if verb == "set" else target
