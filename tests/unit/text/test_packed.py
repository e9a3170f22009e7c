"""A document that was read before is the same document, with the same problems."""

from pathlib import Path

import pytest

from adidem.kernel.source import Source
from adidem.text.document import read_document
from adidem.text.packed import packed, unpacked

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.lgd")), ids=lambda path: path.name)
def test_document_and_back(path: Path):
    """Every example comes back equal."""
    source = Source(path.name, path.read_text(encoding="utf-8"))
    read = read_document(source)
    assert unpacked(packed(*read), source) == read


def test_problems_and_back():
    """A document with problems comes back with them, word for word."""
    source = Source(
        "x.lgd", "---\ntitle: X\nunknown: 1\n---\n\n# A {#a}\n\n```terms\nfamily: duty\nfamily: duty\n```\n"
    )
    read = read_document(source)
    assert read[1]
    assert unpacked(packed(*read), source) == read


def test_bytes_that_are_none():
    """Bytes that hold no document give none, and raise nothing."""
    source = Source("x.lgd", "")
    for data in (b"", b"\x92", b"\x92\xc0\x05", b"\xff" * 40, packed(None, [])[:-1]):
        assert unpacked(data, source) is None
