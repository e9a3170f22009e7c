"""Errors are a catalogue, kept honest by reproducers."""

import re

from house import tree


def codes() -> list[str]:
    return sorted({code for module in tree.modules() for code in re.findall(r'"([QFTALDEIW]\d{3})"', module.text)})


def test_every_code_is_described_and_reproduced():
    """Every problem code in src stands in docs/errors.md and has a reproducer in tests/golden/errors."""
    assert codes(), "src names no problem code"
    described = set(re.findall(r"\b[A-Z]\d{3}\b", tree.page("docs/errors.md")))
    reproduced = {path.name[:4] for path in (tree.ROOT / "tests" / "golden" / "errors").glob("*")}
    missing = [f"{code} is not in docs/errors.md" for code in codes() if code not in described]
    missing += [f"{code} has no tests/golden/errors/{code}*" for code in codes() if code not in reproduced]
    assert not missing, "\n".join(missing)
