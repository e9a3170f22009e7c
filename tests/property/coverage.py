"""What of the language acts in a case: families, effects and operators.

Knows cases and the oracle. Does not know how often each should act.
"""

from property.compare import agreement_known, answer_of, choices
from property.oracle import Oracle, zone_of
from property.strategies import Case

EFFECTS = ("end", "suspend", "resume", "set", "prohibit")


def acting(case: Case) -> set[str]:
    """`family NAME`, `effect VERB` and `operator NAME`, for each that acts in a case."""
    workspace = case.workspace()
    outcome = workspace.run(case.as_of)
    agreement = agreement_known(case, workspace)
    family = {clause.id: clause.family for clause in agreement.clauses}
    found = {"family document"}
    found |= {"family clarification" for s in agreement.settlements if s.since <= case.day}
    for result in outcome.results:
        found |= {f"family {f.clause.family}" for f in result.in_force}
        found |= {f"family {family[o.norm.clause]}" for o in result.obligations}
        answer = answer_of(result)
        found |= {f"state {o.state}" for o in answer.obligations} | {f"breach {family[o.id.partition('/')[0]]}" for o in answer.obligations if o.kind == "prohibition" and "/" in o.id and o.state in ("violated", "discharged")}
        found |= {f"leg {t.id.rpartition('/')[2]}" for t in answer.transfers}
        found |= {"provisional" for t in answer.transfers if t.provisional}
    found |= {f"operator {node.operator}" for node in outcome.composition.program.nodes}
    for readings in choices(agreement):
        found |= {f"effect {verb}" for verb in EFFECTS if _changes(case, workspace, agreement, readings, verb)}
    found |= {f"changes {len(outcome.results)}"} if len(outcome.results)>1 else set()
    return found


def _changes(case: Case, workspace, agreement, readings, verb: str) -> bool:
    """Whether the answer would be another if effects of this verb had not come."""
    lines, zone = case.ledger.splitlines(), zone_of(workspace.whole)
    with_it = Oracle(agreement, zone, lines, case.day, case.second, readings)
    if not any(effect.verb == verb for _, effect in with_it.caused):
        return False
    without = Oracle(agreement, zone, lines, case.day, case.second, readings)
    without.caused = [(day, effect) for day, effect in without.caused if effect.verb != verb]
    return with_it.answer() != without.answer()
