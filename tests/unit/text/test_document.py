"""Whole documents: sections, parties, directives, and what the validator finds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source
from adidem.text.document import Document, Section, read_document

FRONT = """---
title: Alliance
document_type: contract
effective_date: 2019-07-22
sides:
  - name: providers
    label: Provider
    parties:
      - {name: microsoft, label: Microsoft, type: legal_entity, legal_name: Microsoft Corporation}
  - name: labs
    label: Lab
    parties:
      - name: openai
        label: OpenAI
        type: legal_entity
        legal_name: OpenAI OpCo LLC
---
"""

BODY = """
# Fees {#fees}

Both {{party: openai}} and
{{party: microsoft, label="The provider"}} pay `{{party: nobody}}`.

## Revenue share {#revenue-share}

{{party: openai}} pays within {{duration: 10, unit=D}}, see {{ref: fees}}:

- first, {{party: microsoft}}
- second, {{money: 5000, currency=USD}}

```terms
family: revenue-share
rate: {is: 20 %, source: P56}
```

Words below the terms.

# End {#end}
"""


def read(body: str, front: str = FRONT) -> tuple[Document | None, list[Problem]]:
    """A document of the usual front matter; its body begins on line 18."""
    return read_document(Source("a.lgd", front + body))


def document(body: str, front: str = FRONT) -> Document:
    """A sound document."""
    found, problems = read(body, front)
    assert problems == []
    assert found is not None
    return found


def places(problems: list[Problem]) -> list[tuple[str, int, int]]:
    """Code, line and column of each problem."""
    return [(p.code, p.span.line, p.span.column) for p in problems if p.span]


def section(identifier: str) -> Section:
    """One section of the sound document."""
    return next(each for each in document(BODY).sections if each.identifier == identifier)


def test_front_matter():
    """Title, language, date and parties, each party with the place of its name."""
    found = document(BODY)
    assert (found.title, found.language, found.effective_date) == ("Alliance", "en", "2019-07-22")
    assert found.amends_title == ""
    parties = [(p.name, p.label, p.legal_name, p.span.line, p.span.column) for p in found.parties.values()]
    assert parties == [
        ("microsoft", "Microsoft", "Microsoft Corporation", 9, 16),
        ("openai", "OpenAI", "OpenAI OpCo LLC", 13, 15),
    ]


def test_amendment_says_what_it_amends():
    """The title of the amended document."""
    front = FRONT.replace("sides:", "amends:\n  title: Alliance\n  file: agreement.lgd\nsides:", 1)
    found = document(BODY, front)
    assert found.amends_title == "Alliance"


def test_sections_have_identifier_path_and_extent():
    """A section ends with the last line below its heading; one with nothing below it ends with the heading."""
    found = [(s.identifier, s.title, s.path, s.span.line, s.span.column) for s in document(BODY).sections]
    mark = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    assert found == [
        ("fees", "Fees", "1 Fees", 19, 3),
        ("revenue-share", "Revenue share", f"1 Fees {mark} 1.1 Revenue share", 24, 4),
        ("end", "End", "2 End", 38, 3),
    ]
    assert [s.last_line for s in document(BODY).sections] == [22, 36, 38]


def test_terms_belong_to_their_section():
    """The block's spans are in the document, under the heading path."""
    block = section("revenue-share").block
    assert block is not None
    assert list(block.entries) == ["family", "rate"]
    span = block.entries["rate"].value.span
    assert (span.line, span.column, span.heading) == (33, 7, section("revenue-share").path)
    assert section("fees").block is None


def test_directives_have_their_place():
    """Each directive is found where it is written, in lists too, and none within code."""
    found = [(d.name, d.argument, d.span.line, d.span.column) for d in section("revenue-share").directives]
    assert found == [
        ("party", "openai", 26, 1),
        ("duration", "10", 26, 31),
        ("ref", "fees", 26, 61),
        ("party", "microsoft", 28, 10),
        ("money", "5000", 29, 11),
    ]
    first = section("fees").directives
    assert [(d.argument, d.span.line, d.span.column, d.span.length) for d in first] == [
        ("openai", 21, 6, 17),
        ("microsoft", 22, 1, 42),
    ]
    assert first[1].parameters == {"label": "The provider"}


def test_carriage_returns_change_nothing():
    """A document saved on Windows has the same places."""
    source = Source("a.lgd", (FRONT + BODY).replace("\n", "\r\n"))
    found, problems = read_document(source)
    assert problems == []
    assert found is not None
    spans = [(s.span.line, s.span.column, len(s.directives)) for s in found.sections]
    assert spans == [(s.span.line, s.span.column, len(s.directives)) for s in document(BODY).sections]


TERMS = "```terms\nfamily: duty\n```\n"


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        (TERMS + "\n# A {#a}\n", "T031", 18, 1),
        (f"# A {{#a}}\n\nText.\n\n{TERMS}\n{TERMS}", "T032", 26, 1),
        (f"# A\n\nText.\n\n{TERMS}", "T033", 18, 3),
        (f"# A {{#a}}\n\n<div>\n{TERMS}", "T034", 21, 1),
        ("# A {#a}\n\n- item\n\n  ```terms\n  family: duty\n  ```\n", "T030", 22, 3),
        ("# A {#a}\n\nText.\n\n```terms\nfamily: duty\nby:\n```\n", "T047", 24, 1),
        ("# A {#a}\n\n# B {#a}\n", "T036", 20, 3),
        ("# A {#a}\n\n# B {#B!}\n", "T101", 20, 7),
        ("# A {#a}\n\nSee {{ref: nowhere}}.\n", "T102", 20, 12),
        ("# A {#a}\n\nIt binds {{party: nobody}}.\n", "T102", 20, 19),
        ("# A {#a}\n\nPay {{money: 5 USD, currency=USD}}.\n", "T103", 20, 14),
        ("# A {#a}\n\nWithin {{duration: 5, unit=M}}.\n", "T103", 20, 28),
        ("# A {#a}\n\nUse {{percent: 20}}.\n", "T103", 20, 5),
        ("# A {#a}\n\n{{choose: a, b=c}}\n", "T105", 20, 1),
    ],
)
def test_problem_of_the_body(body: str, code: str, line: int, column: int):
    """What is wrong in a body is shown where it stands."""
    _, problems = read(body)
    assert (code, line, column) in places(problems)
    assert all(problem.mend for problem in problems)


@pytest.mark.parametrize(
    ("front", "code", "line", "column"),
    [
        ("", "T010", 1, 1),
        ("---\n---\n", "T014", 1, 1),
        ("---\n- a\n---\n", "T014", 1, 1),
        ("---\ntitle: [\n---\n", "T043", 2, 8),
        (FRONT.replace("title:", "titel:"), "T013", 2, 1),
        (FRONT.replace("title: Alliance", "title: A\ntitle: B"), "T045", 3, 1),
        (FRONT.replace("2019-07-22", "2019-13-22"), "T104", 4, 17),
    ],
)
def test_problem_of_the_front_matter(front: str, code: str, line: int, column: int):
    """What is wrong in the front matter is shown where it stands."""
    _, problems = read("# A {#a}\n", front)
    assert (code, line, column) in places(problems)


def test_misspelt_key_is_recognised():
    """A key that the parser would drop in silence is named, with the one that was meant."""
    _, problems = read("# A {#a}\n", FRONT.replace("sides:", "ammends: {title: A, file: b.lgd}\nsides:", 1))
    assert [(p.code, p.mend) for p in problems] == [("T013", "did you mean amends?")]


def test_warning_is_an_open_point():
    """What the validator only warns of is a question, not an error."""
    _, problems = read("# A {#a}\n\nPay {{money: 5}}.\n")
    assert [(p.code, p.open_point) for p in problems] == [("T103", True)]
    assert problems[0].sentence.endswith("(money-missing-currency)")


def test_all_problems_at_once():
    """Structure, terms and directives are told together, by place."""
    body = "# A {#a}\n\n{{party: open it.\n\n```terms\na: 1\na: 2\n```\n\n# B\n\nSee {{ref: nowhere}}.\n\n" + TERMS
    _, problems = read(body)
    assert [p.code for p in problems] == ["T023", "T045", "T033", "T102"]


def test_open_directive_is_told_once():
    """The validator does not repeat in its words what is said already."""
    _, problems = read("# A {#a}\n\n{{party: openai binds.\n")
    assert [p.code for p in problems] == ["T023"]


def test_two_readings_of_a_fence_are_refused():
    """Terms that one reader would run and another would not are never passed over."""
    for opening in ("<div>\n", "<!-- x -->\n<script>\n", "<details>\n<summary>\n"):
        found, problems = read(f"# A {{#a}}\n\n{opening}{TERMS}")
        assert found is not None
        assert found.sections[0].block is not None or "T034" in [p.code for p in problems]


SEEDS = (FRONT + BODY, FRONT + "# A {#a}\n\n" + TERMS)
PIECES = st.sampled_from(
    [
        *("```", "```terms\n", "~~~\n", "---\n", "{{", "}}", "{{party: ", "<!--", "-->", "<div>\n", "> ", "- ", "    "),
        *(
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!x ",
            ": ",
            "? ",
            "\t",
            "\r",
            "\n\n",
            "# ",
            "{#a}",
            "===\n",
            "|",
            "\\",
            '"',
        ),
        *("\x00", "\x0c", "\u2028", "\ufeff", "\ud800", "😀", "%", "@", "sides: ", "amends: 3\n", "title:\n", "'"),
    ]
)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A sound document with a few cuts, insertions and repetitions."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        insertion = draw(PIECES | st.text(max_size=8) | st.just(text[start:end] * 2))
        text = text[:start] + insertion + text[end:]
    return text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=mutations())
def test_any_text_gives_problems_or_a_document(text: str):
    """Nothing is ever raised; every problem has a place within the text that can be shown."""
    found, problems = read_document(Source("a.lgd", text))
    assert found is not None or problems
    lines = len(text.splitlines()) or 1
    for problem in problems:
        assert problem.span is not None
        assert 1 <= problem.span.line <= lines
        assert 1 <= problem.span.column <= len(problem.span.source.line(problem.span.line)) + 1
        assert problem.mend
        assert str(problem)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_problems_or_a_document(data: bytes):
    """The same for bytes that were never a document."""
    found, problems = read_document(Source("a.lgd", data.decode("latin-1")))
    assert found is not None or problems
