"""What is refused before any parser sees the text, and where the refusal points."""

import subprocess
import sys
from pathlib import Path

import pytest

from adidem.kernel.problem import ProblemError
from adidem.kernel.source import Source
from adidem.text.guard import MAX_ALIKE, MAX_BYTES, MAX_LINE, MAX_LINES, MAX_NESTING, guard, read_source

FRONT = "---\ntitle: T\n---\n\n"
CLAUSE = "# Fee {#fee}\n\nThe fee.\n\n```terms\nfamily: duty\n```\n"

HOSTILE = {
    "alias bomb in the front matter": "---\na: &a [x, x]\n"
    + "".join(f"b{i}: &b{i} [*a, *a, *a]\n" for i in range(27))
    + "---\n",
    "alias bomb in a terms block": FRONT
    + "# A {#a}\n\n```terms\na0: &a0 [x, x]\n"
    + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    + "```\n",
    "nested lists": FRONT + "# A {#a}\n\n" + "".join("  " * depth + "- x\n" for depth in range(1_500)),
    "nested lists on one line": FRONT + "# A {#a}\n\n" + "- " * 9_000 + "x\n",
    "nested quotations": FRONT + "# A {#a}\n\n" + "> " * 9_000 + "x\n",
    "unclosed directives on one line": FRONT + "# A {#a}\n\n" + "{{party: " * 30_000,
    "unclosed directives": FRONT + "# A {#a}\n\n" + "{{party: \n\n" * 30_000,
    "stray braces": FRONT + "# A {#a}\n\n" + ("{{" * 3_000 + "\n\n") * 50,
    "flow nesting in a terms block": FRONT + "# A {#a}\n\n```terms\na: " + "[" * 10_000 + "\n```\n",
    "flow nesting in the front matter": "---\na: " + "[" * 10_000 + "\n---\n",
    "block nesting in a terms block": FRONT + "# A {#a}\n\n```terms\n" + "- " * 9_000 + "\n```\n",
    "unclosed fence": FRONT + "# A {#a}\n\n```terms\nfamily: duty\n\n# B {#b}\n",
    "unclosed comment": FRONT + "# A {#a}\n\n<!-- never\n\n# B {#b}\n",
    "comments in one passage": FRONT + "# A {#a}\n\n" + "text <!-- a\n" * 30_000,
    "headings without identifiers": FRONT + "# a\n\n" * 20_000,
    "headings of one identifier": FRONT + "# a {#a}\n\n" * 20_000,
    "nul": "\0" * 1_000,
    "empty": "",
    "blank": " \n\t\n",
    "only dashes": "---\n" * 50_000,
}

CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
from adidem.kernel.source import Source
from adidem.text.document import read_document
document, problems = read_document(Source("hostile.lgd", sys.stdin.buffer.read().decode()))
assert "numpy" not in sys.modules
assert problems and all(problem.span and problem.mend for problem in problems)
print("refused", *sorted({problem.code for problem in problems}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_within_bounds(name: str):
    """No text takes more than 10 seconds or 500 MB to refuse."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=HOSTILE[name].encode(), capture_output=True, timeout=10, check=False
    )
    assert done.stdout.startswith(b"refused"), done.stderr.decode()[-2_000:]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "T005", 1, 1),
        ("# A\n", "T010", 1, 1),
        ("---\ntitle: T\n", "T011", 1, 1),
        ("---\n" + "title: T\n" * 9_000 + "---\n", "T012", 1, 1),
        (FRONT + "x" * (MAX_LINE + 1), "T020", 5, MAX_LINE + 1),
        (FRONT + "one\u202etwo\n", "T021", 5, 4),
        (FRONT + "".join("  " * n + "- x\n" for n in range(MAX_NESTING + 1)), "T022", 5 + MAX_NESTING, 33),
        (FRONT + "It binds {{party: microsoft to it.\n", "T023", 5, 10),
        (FRONT + "{{party: a {{party: b}}\n", "T023", 5, 1),
        (FRONT + "\n" + "`a` `b`\n" * 3_000, "T024", 6, 1),
        (FRONT + CLAUSE + "\n```\nopen\n", "T025", 13, 1),
        (FRONT + "- item\n\n  ```\n  open\n\nafter\n", "T025", 7, 3),
        (FRONT + "Text <!-- open\n\n# A {#a}\n", "T026", 5, 6),
        (FRONT + "x\n" * MAX_LINES, "T027", MAX_LINES + 1, 1),
        (FRONT + "# a\n" * 1_001, "T028", 1_005, 1),
        (FRONT + "# a {#a}\n" * 21, "T029", 25, 7),
        (FRONT + "- item\n\n  ```terms\n  a: b\n  ```\n", "T030", 7, 3),
        (FRONT + "> ```terms\n> a: b\n> ```\n", "T030", 5, 3),
        (FRONT + "```Terms\na: b\n```\n", "T035", 5, 1),
        (FRONT + "# A {#a}\n\n```terms\na: b\nc: *d\n```\n", "T040", 9, 4),
        ("---\ntitle: &t T\n---\n", "T040", 2, 8),
        (FRONT + "# A {#a}\n\n```terms\na: !!int 3\n```\n", "T041", 8, 4),
        (FRONT + "# A {#a}\n\n```terms\na: b\n---\nc: d\n```\n", "T049", 9, 1),
    ],
)
def test_problem_points_at_its_place(text: str, code: str, line: int, column: int):
    """A refusal names one line and column, and says what to do."""
    found = [problem for problem in guard(Source("a.lgd", text)) if problem.code == code]
    assert [(p.span.line, p.span.column) for p in found if p.span][:1] == [(line, column)]
    assert found[0].mend


@pytest.mark.parametrize(
    "text",
    [
        FRONT + CLAUSE,
        FRONT + "A code span `{{party: ` and an escaped \\{{party: opener.\n",
        FRONT + '{{party: a, note="}} and {{party: in quotes"}}\n',
        FRONT + "<!-- a comment\n\n```terms\nhidden: yes\n\n-->\n\n" + CLAUSE,
        FRONT + "Text <!-- aside --> and text.\n\n" + CLAUSE,
        FRONT + "- item\n\n  ```\n  code\n  ```\n\n" + CLAUSE,
        FRONT + "> ```\n> code\n> ```\n\n" + CLAUSE,
        FRONT + "~~~~\n```\n~~~\n~~~~\n\n" + CLAUSE,
        FRONT + "# A {#a}\n\n```terms\ntest: a & b * c!\nnote: R&D, 5 * 3\n```\n",
        (FRONT + CLAUSE).replace("\n", "\r\n"),
    ],
)
def test_ordinary_text_passes(text: str):
    """What an agreement may hold raises nothing."""
    assert guard(Source("a.lgd", text)) == []


def test_many_alike_are_counted_not_listed():
    """Nine thousand of the same are told twenty times, with their number."""
    problems = guard(Source("a.lgd", FRONT + "{{party: \n\n" * 9_000))
    assert len(problems) == MAX_ALIKE
    assert problems[-1].sentence.endswith("(and 8,980 more such places further down)")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "T001"),
        (b"x" * (MAX_BYTES + 1), "T003"),
        (b"first\n\xff\xfe", "T004"),
        (b"---\0", "T004"),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, data: bytes | None, code: str):
    """A file that is missing, too large or not text is a problem under the name that its user knows."""
    path = tmp_path / "a.lgd"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ProblemError) as caught:
        read_source(path, "agreements/a.lgd")
    assert [(p.code, p.place) for p in caught.value.problems] == [(code, "agreements/a.lgd")]


def test_folder_is_no_file(tmp_path: Path):
    """A folder is refused as such."""
    with pytest.raises(ProblemError, match="T002"):
        read_source(tmp_path, "agreements")


def test_name_that_no_file_can_have():
    """A name that the system refuses is a problem too."""
    with pytest.raises(ProblemError, match="T006"):
        read_source(Path("a\0b"), "a")


def test_byte_order_mark_is_no_text(tmp_path: Path):
    """A byte-order mark moves no column."""
    path = tmp_path / "a.lgd"
    path.write_bytes(b"\xef\xbb\xbf---\n")
    assert read_source(path, "a.lgd").text == "---\n"
