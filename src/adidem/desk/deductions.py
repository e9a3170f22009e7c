"""Deductions that are told without their minus, and so add to the revenue that is shared.

Knows events of the kind `revenue`. Does not know clauses, nor files.
"""

import numpy as np

from adidem.kernel.problem import Problem
from adidem.records.ledger import Ledger
from adidem.records.values import FOREVER, MISSING


def deductions_that_add(ledger: Ledger) -> list[Problem]:
    """D217: amounts above nothing of a refund, a discount or the like; each of these words once."""
    table = ledger.tables.get("revenue")
    if table is None or "item" not in table.columns:
        return []
    item = table.columns["item"]
    rows = np.flatnonzero((table.superseded == FOREVER) & (item != MISSING) & (table.columns["amount"] > 0))
    found: list[Problem] = []
    for code in dict.fromkeys(item[rows].tolist()):
        if (word := ledger.words[code]) == "gross":
            continue
        mine = rows[item[rows] == code]
        events = "an amount" if len(mine) == 1 else f"{len(mine):,} amounts"
        sentence = f"{events} of the item {word} {'is' if len(mine) == 1 else 'are'} above nothing: where it counts, "
        sentence += "that adds to revenue, and takes nothing off it"
        mend = "write the amount with a minus; of an import, amount: {column: NAME, sign: reversed}"
        found.append(Problem("D217", sentence, ledger.span("revenue", int(mine[0])), mend, open_point=True))
    return found
