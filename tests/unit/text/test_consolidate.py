"""The consolidated text: what stands on a day, as one document that reads again to the same terms."""

from dataclasses import replace
from pathlib import Path

import legaldown
import pytest

from adidem.desk.checking import check_document
from adidem.desk.consolidated import consolidated
from adidem.desk.families import families
from adidem.desk.workspace import open_workspace
from adidem.kernel.agreement import Agreement
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.kernel.source import Source
from adidem.kernel.term import CarveOut, Effect, Milestone, Reading, Syntax, Term, Value
from adidem.text.consolidate import consolidate
from adidem.text.document import Document, read_document
from adidem.text.resolve import Resolver

EXAMPLES = Path(__file__).parents[3] / "examples"
DAYS = ("2019-07-22", "2020-06-30", "2024-06-30", "2025-06-30", "2025-11-30", "2026-03-30", "2026-06-30")

FRONT = """---
title: {title}
document_type: contract
effective_date: 2020-01-01
include_signatures: false
{amends}sides:
{sides}
---
"""
SIDE = """  - name: {name}s
    label: {name}
    parties:
      - {{name: {name}, label: {name}, type: legal_entity, legal_name: {name}}}"""
BASE = """
# Words {#words}

A "Job" {{def: job}} is work.

# Signing {#signing}

Signed.

```terms
family: document
signed: 2020-01-01
effective: 2020-01-01
```

# Placing {#placing}

A "Host" {{def: host}} runs a {{term: job}}.

```terms
family: permission
holder: a
counterparty: b
acts: [place]
scope: every job
```

# Keeping {#keeping}

See {{ref: placing}}; a {{term: host}} keeps {{term: job}}s.

```terms
family: prohibition
holder: b
counterparty: a
acts: [drop]
scope: every job
subject_to: [placing]
```

# End {#end}

```terms
family: duration
until: 2030-01-01
survives: [placing, keeping]   # both
```
"""
AMENDING = """
# Signing {{#signing-{n}}}

Signed.

```terms
family: document
signed: 202{n}-01-01
effective: 202{n}-01-01
```
"""


def texts(*bodies: str, sides: tuple[tuple[str, ...], ...] = ()) -> list[Document]:
    """A base and its amendments, one a year, without problems."""
    found: list[Document] = []
    for n, body in enumerate(bodies):
        names = sides[n] if sides else ("a", "b")
        amends = "amends: {title: Base}\n" if n else ""
        front = FRONT.format(
            title="Amendment" if n else "Base", amends=amends, sides="\n".join(SIDE.format(name=s) for s in names)
        )
        text, problems = read_document(Source(f"{n}.lgd", front + (AMENDING.format(n=n) if n else "") + body))
        assert [p for p in problems if not p.open_point] == []
        assert text is not None
        found.append(text)
    return found


def resolved(found: list[Document]) -> Agreement:
    """The agreement of documents without problems."""
    resolver = Resolver(families())
    agreement = resolver.resolve(found)
    assert resolver.problems == []
    assert agreement is not None
    return agreement


def woven(day: str, *bodies: str, sides: tuple[tuple[str, ...], ...] = ()) -> str:
    """The consolidated text, which reads again without problems."""
    found = texts(*bodies, sides=sides)
    out = consolidate(found, resolved(found), families(), parse_date(day))
    again, problems = read_document(Source("c.lgd", out))
    assert [p for p in problems if not p.open_point] == []
    assert again is not None
    resolved([again])
    return out


def bare(value: Value) -> object:
    """A value without the place where it was written."""
    if isinstance(value, CarveOut | Effect | Milestone):
        return replace(value, span=None)
    if isinstance(value, Term):
        return value.name, bare(value.value), value.basis, value.source, value.range
    if isinstance(value, Syntax):
        return value.operation, value.literal, tuple(bare(part) for part in value.parts)
    return tuple(bare(item) for item in value) if isinstance(value, tuple) else value  # type: ignore[arg-type]


def terms(agreement: Agreement, day: int) -> dict[str, object]:
    """Every term that stands on a day, places apart; a clarification has none, and goes with its question."""

    def of(term: Term | Reading) -> tuple[object, ...]:
        return bare(term.value), term.basis, term.source, term.range

    return {
        f"{clause.id}.{term.name}": (clause.family, of(term), [(r.name, r.held_by, *of(r)) for r in term.readings])
        for clause in agreement.standing(day)
        if clause.family != "clarification"
        for term in clause.terms.values()
    }


@pytest.mark.parametrize("day", DAYS)
def test_examples_read_again_to_the_same_terms(day: str, tmp_path: Path):
    """On every day of the model case the one text has the terms of the many, and no problem."""
    workspace = open_workspace(EXAMPLES / "microsoft-openai")
    as_of = AsOf(parse_date(day), 2**61)
    out, _ = consolidated(workspace, as_of)
    file = tmp_path / "c.lgd"
    file.write_text(out, encoding="utf-8")
    assert [p for p in check_document(file) if not p.open_point] == []
    again, _ = read_document(Source("c.lgd", out))
    assert again is not None
    before = terms(workspace.agreement(workspace.known(as_of)), as_of.occurred)
    assert terms(resolved([again]), as_of.occurred) == before


def test_examples_are_valid_legaldown():
    """The validator of the format finds nothing to say against it."""
    out, _ = consolidated(open_workspace(EXAMPLES / "microsoft-openai"), AsOf(parse_date("2026-06-30"), 2**61))
    found = legaldown.validate(legaldown.parse(out, filename="c.lgd")).diagnostics
    assert [d.message for d in found if d.level == "error"] == []


def test_base_alone_is_itself():
    """Without amendments every line of the base is there, below a passage that says what the text is."""
    out = woven("2020-06-30", BASE)
    assert [line for line in texts(BASE)[0].source.text.splitlines() if line not in out.splitlines()] == []
    assert "Consolidated text as of 2020-06-30, made from Base (0.lgd)." in out


def test_replaced_clause_keeps_place_and_name():
    """A clause under another heading takes the old identifier, and loses `replaces`."""
    new = """
# Storing {#storing}

Words.

```terms
family: prohibition
replaces: keeping
holder: b
counterparty: a
acts: [drop, lose]
scope: every job
```
"""
    out = woven("2021-06-30", BASE, new)
    assert "# Storing {#keeping}" in out
    assert "replaces" not in out
    assert out.index("{#keeping}") < out.index("{#end}")


def test_not_before_it_takes_effect():
    """An amendment of next year changes nothing yet."""
    new = "\n# Gone {#gone}\n\n```terms\nrepeals: keeping\n```\n"
    assert "# Keeping" in woven("2020-12-31", BASE, new)
    assert "# Keeping" not in woven("2021-01-01", BASE, new)


def test_repealed_clause_leaves_no_dead_ends():
    """Its definition is carried over, its heading stays for references, and other clauses' terms forget it."""
    out = woven("2021-06-30", BASE, "\n# Gone {#gone}\n\n```terms\nrepeals: placing\n```\n")
    assert "# Placing {#placing}\n\nThis clause is no longer in force." in out
    assert "{#definitions-carried-over}" in out
    assert 'A "Host" {{def: host}}' in out
    assert "subject_to" not in out
    assert "survives:\n  - keeping\n" in out


def test_later_definition_stands():
    """Of two definitions of one word the older is gone."""
    out = woven("2021-06-30", BASE, '\n# Words {#words}\n\nA "Job" {{def: job}} is paid work.\n')
    assert out.count("{{def: job}}") == 1
    assert "is paid work" in out
    assert "# Words {#words-2}" in out


def test_new_party_joins_the_front_matter():
    """A party whom only the amendment names is a party of the text."""
    new = """
# Also {#also}

```terms
family: permission
holder: c
counterparty: a
acts: [see]
scope: everything
```
"""
    out = woven("2021-06-30", BASE, new, sides=(("a", "b"), ("a", "b", "c")))
    again, _ = read_document(Source("c.lgd", out))
    assert again is not None
    assert list(again.parties) == ["a", "b", "c"]


def test_clarification_of_what_is_gone_is_left_out():
    """A clarification stays while its question stands, and goes with it."""
    asked = """
# Placing {#placing}

A "Host" {{def: host}} runs a {{term: job}}.

```terms
family: permission
replaces: placing
holder: a
counterparty: b
acts: [place]
scope: {readings: {all: every job, new: new job}}
```
"""
    said = "\n# Said {#said}\n\nNew.\n\n```terms\nfamily: clarification\nsettles: {placing.scope: new}\n```\n"
    gone = "\n# Gone {#gone}\n\n```terms\nrepeals: placing\n```\n"
    assert "# Said" in woven("2022-06-30", BASE, asked, said, gone)
    assert "# Said" not in woven("2023-06-30", BASE, asked, said, gone)
