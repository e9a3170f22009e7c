"""Terms blocks as positioned YAML."""

import pytest

from adidem.kernel.source import Source
from adidem.text import block
from adidem.text.block import Listing, Mapping, Scalar, Value, read_block

ABOVE = "---\n# Fee {#fee}\n```terms\n"


def read(text: str):
    """The block that begins on line 4 of a document."""
    return read_block(Source("a.lgd", ABOVE + text), 4, text, "1 Fee")


def value(text: str, key: str) -> Value:
    """The value of one key of a sound block."""
    mapping, problems = read(text)
    assert mapping is not None
    assert problems == []
    return mapping.entries[key].value


@pytest.mark.parametrize("word", ["no", "yes", "on", "null", "~", "0.10", "2025-01-21", "1_000", "0x10", "USD 13 bn"])
def test_scalar_keeps_its_text(word: str):
    """YAML's own types change nothing that was written."""
    found = value(f"a: {word}\n", "a")
    assert isinstance(found, Scalar)
    assert (found.text, found.quoted) == (word, False)


@pytest.mark.parametrize(("written", "text"), [('"no"', "no"), ("'20 %'", "20 %"), ("|\n  one\n  two", "one\ntwo\n")])
def test_quoted_scalar_says_so(written: str, text: str):
    """A quoted value and a block of lines are told from a plain word."""
    found = value(f"a: {written}\n", "a")
    assert isinstance(found, Scalar)
    assert (found.text, found.quoted) == (text, True)


def test_spans_are_the_documents_own():
    """Lines, columns and lengths count in the document, beyond the plane of the first 65,536 characters too."""
    text = "rate: {is: 20 %, source: P56}\nü😀: [a, 😀 b]\nlast:\n  - by: x\n"
    mapping, problems = read(text)
    assert mapping is not None
    assert problems == []
    rate, smile = mapping.entries["rate"], mapping.entries["ü😀"]
    assert isinstance(rate.value, Mapping)
    assert isinstance(smile.value, Listing)
    source = rate.value.entries["source"]
    spans = [rate.key_span, rate.value.span, source.key_span, source.value.span, smile.value.items[1].span]
    assert [(s.line, s.column, s.length) for s in spans] == [(4, 1, 4), (4, 7, 23), (4, 18, 6), (4, 26, 3), (5, 9, 3)]
    assert {s.heading for s in spans} == {"1 Fee"}
    assert [(e.key, e.value.span.line) for e in mapping.entries.values()] == [("rate", 4), ("ü😀", 5), ("last", 7)]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: &x 1\n", "T040", 4, 4),
        ("a: 1\nb: *x\n", "T040", 5, 4),
        ("a: !!int 1\n", "T041", 4, 4),
        ("a: " + "[" * 30 + "\n", "T042", 4, 24),
        ("a:\n" + " " * 70 + "b: c\n", "T042", 5, 71),
        ("a: b: c\n", "T043", 4, 5),
        ("x: y\na: 'open\n", "T043", 5, 4),
        ("a: [1, 2\n", "T043", 4, 4),
        ("a: {is: 1\n", "T043", 4, 4),
        ("\ta: 1\n", "T043", 4, 1),
        ("a: @b\n", "T043", 4, 4),
        ("a: 1\n  b: 2\n", "T043", 5, 4),
        ('a: "x" y\n', "T043", 4, 8),
        ("a: - b\n", "T043", 4, 4),
        ('a: "\\q"\n', "T043", 4, 5),
        ("a: > 5\n", "T043", 4, 6),
        ("a: [1, , 2]\n", "T043", 4, 8),
        ("a: b\nword\n", "T043", 5, 4),
        ("- a\n", "T044", 4, 1),
        ("word\n", "T044", 4, 1),
        ("a: 1\nb: 2\na: 3\n", "T045", 6, 1),
        ("a: {b: 1, b: 2}\n", "T045", 4, 11),
        ("? [x]\n: y\n", "T046", 4, 3),
        ("a:\nb: 1\n", "T047", 4, 1),
        ("a:\n  -\n  - b\n", "T047", 5, 4),
        ("a: {b: , c: 1}\n", "T047", 4, 5),
        ("", "T048", 3, 1),
        ("# a remark\n", "T048", 3, 1),
        ("a: b\n---\nc: d\n", "T049", 5, 1),
        ("%TAG ! x\n", "T049", 4, 1),
    ],
)
def test_problem_points_at_its_place(text: str, code: str, line: int, column: int):
    """Every problem of a block has its place in the document, the heading and a mend."""
    _, problems = read(text)
    assert [(p.code, p.span.line, p.span.column) for p in problems if p.span] == [(code, line, column)]
    assert all(p.mend and p.span and p.span.heading == "1 Fee" for p in problems)
    assert all(p.span and p.span.excerpt() for p in problems)


def test_all_problems_at_once():
    """One look finds them all."""
    mapping, problems = read("a: 1\na: 2\nb:\n? {x: y}\n: z\nc: [, ]\n".replace("[, ]", "[d]"))
    assert [problem.code for problem in problems] == ["T045", "T047", "T046"]
    assert mapping is not None
    assert list(mapping.entries) == ["a", "b", "c"]


def test_first_of_two_stands_and_is_shown():
    """A key written twice keeps its first value, and the problem shows both places."""
    mapping, (problem,) = read("a: 1\nb: 2\na: 3\n")
    assert mapping is not None
    first = mapping.entries["a"].value
    assert isinstance(first, Scalar)
    assert first.text == "1"
    assert [span.line for span, _ in problem.see] == [4]


def test_python_loader_gives_the_same(monkeypatch: pytest.MonkeyPatch):
    """Without the C library nothing changes but the time."""
    import yaml

    text = "a: {is: 20 %, source: P56}\nl:\n  - x\n  - 'y'\n"
    fast = read(text)
    monkeypatch.setattr(block, "_yaml", lambda: (yaml, yaml.SafeLoader))
    assert read(text) == fast
