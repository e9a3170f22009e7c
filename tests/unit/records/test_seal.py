"""The chain of seals: what was changed is found, and a ledger that is whole is known at a glance."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.kernel.source import Source
from adidem.records import seal
from adidem.records.home import continues, lines_of, sealed_after
from adidem.records.seal import body_and_seal, broken_seals, proved

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=8)
HOW = (
    "nothing",
    "letter",
    "line out",
    "line in",
    "seal out",
    "swapped",
    "blank before",
    "blank line",
    "no last line end",
)


def chain(texts: Sequence[str]) -> list[str]:
    """Sealed lines that say these texts."""
    lines = [json.dumps({"id": f"e{n}", "text": text}, ensure_ascii=False) for n, text in enumerate(texts)]
    return list(sealed_after("", lines))


def changed(lines: list[str], how: str, at: int) -> str:
    """The text of a ledger with one thing changed."""
    at %= len(lines)
    line = lines[at]
    match how:
        case "letter":
            lines[at] = line.replace('"id": "e', '"id": "f', 1)
        case "line out":
            del lines[at]
        case "line in":
            lines.insert(at, line)
        case "seal out":
            lines[at] = body_and_seal(line)[0]
        case "swapped":
            lines[at], lines[0] = lines[0], line
        case "blank before":
            lines[at] = f" {line}"
        case "blank line":
            lines.insert(at, "")
        case _:
            pass
    return "\n".join(lines) + ("" if how == "no last line end" else "\n")


@given(TEXTS, st.sampled_from(HOW), st.integers(0, 100), st.integers(1, 200))
def test_both_ways_of_looking_agree(texts: list[str], how: str, at: int, at_once: int):
    """What is taken for whole at a glance is whole line by line; and the other way about, but for blanks."""
    source = Source("ledger.jsonl", changed(chain(texts), how, at))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "_AT_ONCE", at_once)
        quick, slow = proved(source), seal._line_by_line(source)
        glance = seal._sealed_whole(source.text.removesuffix("\n")) is not None
    by_line = slow.problems
    assert quick == slow
    all_sealed = all(body_and_seal(line)[1] for line in lines_of(source))
    if how not in ("blank before", "blank line") and source.text.strip():
        assert glance == (not by_line and all_sealed)
    assert broken_seals(source) == by_line


@given(TEXTS, st.integers(0, 8), st.integers(0, 8))
def test_a_chain_goes_on_where_another_ends(texts: list[str], one: int, other: int):
    """A longer part of a chain continues a shorter one, sealed or not; and no other chain does."""
    lines = chain(texts)
    shorter, longer = sorted((lines[:one], lines[:other]), key=len)
    assert continues(shorter, longer)
    assert continues([body_and_seal(line)[0] for line in shorter], longer)
    assert continues(longer, shorter) == (len(longer) == len(shorter))
    if shorter:
        assert not continues(chain([f"{texts[0]}!", *texts[1:]])[: len(shorter)], longer)
