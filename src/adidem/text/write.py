"""YAML with places, written again: values and the blocks that they make up, in one plain style.

Knows scalars, lists and mappings. Does not know what they mean. What is written reads again as the same values.
"""

import json
import re
from collections.abc import Iterator

from adidem.text.block import Listing, Mapping, Scalar, Value

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .;()%/<>=+*_-]*")


def write_mapping(mapping: Mapping, indent: str = "") -> Iterator[str]:
    """The lines of a mapping, a key a line."""
    for key, entry in mapping.entries.items():
        yield from _entry(f"{indent}{_scalar(key, False)}:", entry.value, indent)


def _entry(lead: str, value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, Scalar):
        yield f"{lead} {_scalar(value.text, value.quoted)}"
    elif isinstance(value, Mapping):
        yield lead if value.entries else f"{lead} {{}}"
        yield from write_mapping(value, f"{indent}  ")
    else:
        yield lead if value.items else f"{lead} []"
        for item in value.items:
            yield from _item(item, f"{indent}  ")


def _item(item: Value, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item.entries:
        first, *rest = write_mapping(item, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    elif isinstance(item, Listing):
        yield f"{indent}- [{', '.join(_scalar(i.text, True) for i in item.items if isinstance(i, Scalar))}]"
    else:
        yield f"{indent}- {_scalar(item.text, item.quoted) if isinstance(item, Scalar) else '{}'}"


def _scalar(text: str, quoted: bool) -> str:
    if not quoted and _PLAIN.fullmatch(text) and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)
