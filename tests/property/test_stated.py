"""Corrections where nothing is closed: each stands in the statement of one period, whenever the statements came."""

import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.reconciling.asking import Asked, reconciled
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import AsOf
from property.settling import FIRST, HEAD, SIGNED, share
from property.strategies import iso

QUARTERS = [("2025-Q1", FIRST + 89), ("2025-Q2", FIRST + 180), ("2025-Q3", FIRST + 272), ("2025-Q4", FIRST + 364)]
NOW = FIRST + 500
RULES = "clause: share\namount: Due\ncurrency: USD\n"
Event = dict[str, str]


def revenue(chance: Random) -> list[Event]:
    """Revenue of every quarter, and corrections of it, each known on some later day."""
    out: list[Event] = []
    for number in range(8):
        _, last = QUARTERS[number % 4]
        day = last - chance.randrange(0, 80)
        head = {"kind": "revenue", "id": f"r{number}", "by": "ada", "product": "lemonade"}
        known = chance.choice((day, day + chance.randrange(0, 300)))
        amount = f"USD {chance.randrange(1, 9_000)}"
        out.append({**head, "occurred": iso(day), "recorded": iso(known), "amount": amount})
        if chance.random() < 0.6:
            on = known + chance.randrange(1, 200)
            head = {"kind": "correction", "id": f"c{number}", "corrects": f"r{number}"}
            amount = f"USD {chance.randrange(1, 9_000)}"
            out.append({**head, "occurred": iso(on), "recorded": iso(on), "amount": amount})
    return out


def statements(chance: Random) -> list[Event]:
    """Statements of some quarters, most in order, some twice, some after those of later ones."""
    out: list[Event] = []
    for number, (_, last) in enumerate(QUARTERS[: chance.randrange(0, 4)]):
        for again in range(chance.choice((0, 1, 1, 1, 2))):
            day = iso(last + chance.randrange(10, 160))
            head = {"kind": "statement", "id": f"s{number}-{again}", "occurred": day, "recorded": day, "by": "ada"}
            out.append({**head, "about": "share", "through": iso(last), "amount": "USD 1"})
    return out


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_each_correction_counts_once(chance: Random):
    """Of all quarters that are stated, and the next one: what is ours of them, adjustments included, is together what
    they come to now. Capped, tiered and to the cent.
    """
    terms = {"tiers": '[{above: "USD 8,000", rate: 30 %}]', "tiers_count": "life", "tiers_apply": "incremental"}
    cap = {"cap": f"USD {chance.randrange(1, 90) * 100}"} if chance.random() < 0.5 else {}
    told = statements(chance)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        text = "\n".join([HEAD, SIGNED, share("share", "ada", "ben", **terms, **cap)])
        (folder / "agreement.lgd").write_text(text, encoding="utf-8")
        lines = "".join(json.dumps(event) + "\n" for event in (*revenue(chance), *told))
        (folder / "ledger.jsonl").write_text(lines, encoding="utf-8")
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        (folder / "theirs.csv").write_text("Due\n", encoding="utf-8")
        workspace = open_workspace(folder)
        stated = {event["through"] for event in told}
        count = max((place for place, (_, last) in enumerate(QUARTERS, 1) if iso(last) in stated), default=0)
        known = AsOf(NOW, (NOW + 1) * 86_400)
        figures = {f.transfer.id: f.transfer.amount_minor for f in workspace.run(known).results[0].figures}
        ours = 0
        for label, _ in QUARTERS[: count + 1]:
            asked = Asked(folder / "theirs.csv", label, folder / "rules.yaml", NOW, known.recorded)
            (one,) = reconciled(workspace, asked).clauses
            ours += one.found.ours
        wanted = [figures.get(f"share/{label}/share", 0) for label, _ in QUARTERS[: count + 1]]
        assert ours == sum(wanted)
        for label, _ in QUARTERS[count + 1 :]:
            asked = Asked(folder / "theirs.csv", label, folder / "rules.yaml", NOW, known.recorded)
            (one,) = reconciled(workspace, asked).clauses
            assert one.found.adjusted == {}
