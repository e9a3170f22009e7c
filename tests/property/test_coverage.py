"""A law of cases in which nothing happens is no law: every part of the language acts in a fixed sample."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from adidem.desk.families import families
from adidem.desk.workspace import Workspace
from adidem.kernel.agreement import Agreement
from adidem.kernel.operator import OPERATORS
from property.compare import agreement_known, choices
from property.oracle import Oracle, zone_of
from property.strategies import Case, make

EFFECTS = ("end", "suspend", "resume", "set", "prohibit")
ALONE = {
    "capacity-reservation": "property/test_commitments.py",
    "consent": "property/test_consent.py",
    "credits": "property/test_credits.py",
    "late-interest": "property/test_settlement.py",
    "loan": "property/test_loans.py",
    "netting": "property/settling.py",
    "price-parity": "property/test_price_parity.py",
    "service-level": "property/levels.py",
    "statement": "unit/clauses/test_statement.py",
}
"""Families that no random agreement has: each has an account of its own, beside which it is run alone."""
SAMPLE, LEAST = 300, 0.05


@pytest.fixture(scope="module")
def acting() -> Counter[str]:
    """In how many cases of the sample each family, effect and operator acts."""
    out: Counter[str] = Counter()
    for seed in range(SAMPLE):
        out.update(_acting(make(Random(seed))))
    return out


@pytest.mark.parametrize("name", sorted(set(families()) - ALONE.keys()))
def test_families(acting: Counter[str], name: str):
    """In one case of twenty a clause of the family binds, or something stands by it."""
    assert acting[f"family {name}"] >= LEAST * SAMPLE


@pytest.mark.parametrize("name", ALONE)
def test_families_alone(name: str):
    """What a random agreement does not have is held against an account of its own."""
    account = Path(__file__).parents[1].joinpath(ALONE[name]).read_text(encoding="utf-8")
    assert re.search(rf"\b{name}\b", account)


@pytest.mark.parametrize("verb", EFFECTS)
def test_effects(acting: Counter[str], verb: str):
    """In one case of twenty the answer would be another if no effect of the verb had come."""
    assert acting[f"effect {verb}"] >= LEAST * SAMPLE


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_operators(acting: Counter[str], name: str):
    """In one case of twenty the operator stands in the program."""
    assert acting[f"operator {name}"] >= LEAST * SAMPLE


def _acting(case: Case) -> set[str]:
    workspace = case.workspace()
    outcome = workspace.run(case.as_of)
    agreement = agreement_known(case, workspace)
    family = {clause.id: clause.family for clause in agreement.clauses}
    found = {"family document"} | {"family clarification" for s in agreement.settlements if s.since <= case.day}
    for result in outcome.results:
        found |= {f"family {f.clause.family}" for f in result.in_force}
        found |= {f"family {family[o.norm.clause]}" for o in result.obligations}
    found |= {f"operator {node.operator}" for node in outcome.composition.program.nodes}
    return found | {f"effect {verb}" for verb in EFFECTS if _changes(case, workspace, agreement, verb)}


def _changes(case: Case, workspace: Workspace, agreement: Agreement, verb: str) -> bool:
    for readings in choices(agreement):
        lines, zone = case.ledger.splitlines(), zone_of(workspace.whole)
        here, without = (Oracle(agreement, zone, lines, case.day, case.second, readings) for _ in range(2))
        without.caused = [(day, effect) for day, effect in without.caused if effect.verb != verb]
        if len(without.caused) < len(here.caused) and here.answer() != without.answer():
            return True
    return False
