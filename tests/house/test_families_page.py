"""docs/families.md says what the families declare, and its examples run."""

import importlib.util
import re
from pathlib import Path

from adidem.desk.checking import check
from house import tree

HEAD = """---
title: Examples of every family
document_type: contract
effective_date: 2025-01-01
language: en
include_signatures: false
sides:
  - name: labs
    label: Lab
    parties: [{name: lab, label: Lab, type: legal_entity, legal_name: Lab Ltd}]
  - name: clouds
    label: Cloud
    parties: [{name: cloud, label: Cloud, type: legal_entity, legal_name: Cloud Inc.}]
---
"""
PAGE = "docs/families.md"


def examples() -> dict[str, str]:
    """The example block of each family."""
    found = re.findall(r"^## (\S+)\n.*?^(```terms\n.*?^```)$", tree.page(PAGE), re.MULTILINE | re.DOTALL)
    return dict(found)


def test_tables():
    """The tables of terms and events are those that docs/generate.py makes."""
    spec = importlib.util.spec_from_file_location("generate", tree.ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.page(tree.page(PAGE)) == tree.page(PAGE), "run docs/generate.py"


def test_every_family_has_an_example():
    """Each family that ships has a section of its own with an example, and no other has."""
    assert sorted(examples()) == sorted(tree.families())


def test_examples_run(tmp_path: Path):
    """All examples together are one agreement, in which check finds nothing wrong."""
    sections = "\n".join(f"# {name} {{#{name}}}\n\n{block}\n" for name, block in examples().items())
    (tmp_path / "agreement.lgd").write_text(f"{HEAD}\n{sections}", encoding="utf-8")
    assert [str(problem) for problem in check([tmp_path]).problems] == []
