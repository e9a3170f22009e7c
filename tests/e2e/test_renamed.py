"""Nothing is wired to the names, and an assumption lasts until a document states what was assumed."""

from pathlib import Path

import pytest

from e2e.asking import CLOUD, MODEL_CASE, copied, run
from e2e.renaming import Renaming

DAYS = ["2020-06-30", "2024-06-30", "2025-06-30", "2025-11-30", "2026-06-30"]


@pytest.fixture(scope="module")
def renaming() -> Renaming:
    return Renaming(MODEL_CASE)


@pytest.fixture(scope="module")
def renamed(renaming: Renaming, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("renamed")
    renaming.write(folder)
    return folder


def test_every_name_is_renamed(renaming: Renaming, renamed: Path):
    """Of parties, assets, clauses and files no old name is left where the language reads one."""
    assert {"microsoft", "openai", "azure", "workload", "windsurf", "first-refusal", "since"} <= set(renaming.new)
    assert not {path.stem for path in renamed.rglob("*.lgd")} & {path.stem for path in MODEL_CASE.rglob("*.lgd")}
    text = "".join(path.read_text(encoding="utf-8") for path in renamed.rglob("*.lgd"))
    for name in ("party: microsoft", "party: openai", "holder: microsoft", "scope: every workload", "{#licence}"):
        assert name not in text


@pytest.mark.parametrize("day", DAYS)
def test_run_is_the_same_renamed(renaming: Renaming, renamed: Path, day: str):
    """With every name changed, what `run` says is the same after changing them back, receipts apart."""
    here, there = run(MODEL_CASE, day), run(renamed, day)
    assert here.pop("receipt") != there.pop("receipt")
    assert renaming.back(there) == renaming.back(here)


def test_run_is_the_same_renamed_elsewhere(tmp_path):
    """The same holds of the cloud commitment."""
    other = Renaming(CLOUD)
    other.write(tmp_path)
    for day in ("2024-06-30", "2025-12-31"):
        here, there = run(CLOUD, day), run(tmp_path, day)
        assert here.pop("receipt") != there.pop("receipt")
        assert other.back(there) == other.back(here)


STATED = """---
legaldown: "0.2"
title: Letter on the share of Microsoft
document_type: contract
effective_date: 2025-06-15
language: en
include_signatures: false
amends:
  title: Partnership agreement between Microsoft and OpenAI
  file: agreement.lgd
sides:
{sides}---

# Signing {{#signing-letter}}

The parties say what they agreed on in January.

```terms
family: document
signed: 2025-06-15
effective: 2025-01-22
```

# Revenue share of Microsoft {{#revenue-share-microsoft}}

The share is a fifth.

```terms
{terms}```
"""


@pytest.mark.parametrize("day", ["2025-06-30", "2025-11-30"])
def test_stated_term_is_assumed_no_more(day: str, tmp_path):
    """A document that states the rate of Microsoft's share takes that term, and no other, out of every `rests_on`."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    text = (folder / "amendment-2025-01.lgd").read_text(encoding="utf-8")
    sides = text.partition("sides:\n")[2].partition("---")[0]
    terms = text.partition("{#revenue-share-microsoft}")[2].partition("```terms\n")[2].partition("```")[0]
    lines = [line for line in terms.splitlines() if not line.startswith("rate:")]
    stated = "\n".join([*lines, "replaces: revenue-share-microsoft", "rate: {is: 20 %, basis: stated}", ""])
    (folder / "letter-share.lgd").write_text(STATED.format(sides=sides, terms=stated), encoding="utf-8")
    before, after = run(MODEL_CASE, day)["results"], run(folder, day)["results"]
    term, touched = "revenue-share-microsoft.rate", 0
    for was, now in zip(before, after, strict=True):
        for old, new in zip(was["transfers"], now["transfers"], strict=True):
            assert new["id"] == old["id"]
            assert new["rests_on"] == [each for each in old["rests_on"] if each != term]
            touched += term in old["rests_on"]
            if term in old["rests_on"]:
                assert new["low_minor"] == new["high_minor"] == new["amount_minor"] == old["amount_minor"]
    assert touched
