"""docs/errors.md, made of the reproducers.

Knows reproducers and how the page is laid out. `python -m golden.catalogue` from `tests` prints it.
"""

from collections.abc import Iterator
from itertools import groupby

from golden.reproducer import Reproducer, every

ROOMS = {
    "A": ("Agreement", "What documents and clauses say of each other."),
    "D": (
        "Desk",
        "The folder, the question that was asked, and, from D201 to D210, what stands open or does not fit the record.",
    ),
    "F": ("Formulas", "What a formula compares, adds or waits for."),
    "I": ("Import", "Files of other systems, and the rules by which their rows become events."),
    "L": ("Ledger", "Lines and events."),
    "Q": ("Quantities", "Numbers and units."),
    "T": ("Text", "Files, front matter, headings, terms blocks, and the values of terms."),
    "W": ("Worlds", "What an outlook assumes of the months to come."),
}
HEAD = """# Errors

Every problem has one shape: the place, as `file:line:column`; its code; a sentence with what was found and what is
wanted; the line itself; then `in` the heading, `see` every other place that has to do with it, and `mend`, what to do.
All problems of a workspace are told at once, sorted by place, without a traceback. `adidem check --json` gives the same
as data. Codes are never reused.

Open points (most of D201 to D210, D217, and warnings of the LegalDown validator) are questions that the text or the
record leaves open. They are one line each, and no error: the exit code stays 0. Behind the arrow of a further case
stands its mend.

This page is made of the reproducers in `tests/golden/errors`, which are run as tests: what stands here is what is
printed. `pytest tests/golden --golden-reset` writes both anew.
"""


def page() -> str:
    """The text of docs/errors.md."""
    parts = [HEAD]
    for letter, pages in groupby(sorted(every(), key=lambda page: (page.code, not page.is_first)), lambda p: p.code[0]):
        name, words = ROOMS[letter]
        parts.append(f"## {letter} · {name}\n\n{words}\n")
        parts += [_entry(code, list(found)) for code, found in groupby(pages, lambda page: page.code)]
    return "\n".join(parts)


def _entry(code: str, pages: list[Reproducer]) -> str:
    first, *more = pages
    message = "\n".join(f"    {line}".rstrip() for line in first.message().splitlines())
    return "\n".join([f"### {code}: {first.title}\n", first.words, "", message, "", *_also(more)])


def _also(pages: list[Reproducer]) -> Iterator[str]:
    for page in pages:
        lines = page.message().splitlines()
        sentence = lines[0].partition(f": {page.code} ")[2]
        mend = next((line.split("mend", 1)[1].strip() for line in lines if line.startswith("  mend")), "")
        yield f"- {page.title}: {sentence}" + (f" → {mend}" if mend else "")
    if pages:
        yield ""


if __name__ == "__main__":
    print(page(), end="")
