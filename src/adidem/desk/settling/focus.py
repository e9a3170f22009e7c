"""A settlement as rows of Cost and Usage, in the columns of FOCUS 1.4.

Knows the plain data of `settle` and the columns of the FinOps Open Cost and Usage Specification, version 1.4. Does not
know how a settlement comes about.

What a clause makes one party owe the other is a purchase of the payer from the payee, in the billing period that is
settled; interest on what was late is an adjustment; and what a later fact changes of a closed period is a correction
(ChargeClass) in the charge period to which it belongs. All four costs are the amount: there is no list price to it.
"""

import csv
import io
from datetime import date, timedelta
from typing import Any

from adidem.desk.decimals import decimal_text
from adidem.desk.output import inert
from adidem.findings.closed import period_of
from adidem.findings.paying import INTEREST
from adidem.kernel.period import show_day

Plain = dict[str, Any]
COLUMNS = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("ChargePeriodEnd", "ChargePeriodStart", "ContractedCost", "EffectiveCost", "HostProviderName"),
    *("InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName"),
    *("ServiceProviderName", "ServiceSubcategory"),
    *("x_FigureId", "x_ClauseId", "x_ClausePlace", "x_DueDate", "x_SettlementState", "x_LowCost", "x_HighCost"),
)


def focus(view: Plain) -> str:
    """The rows as CSV, with a heading."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    settlement = view["settlements"][0]
    for line in (*settlement["lines"], *settlement["adjustments"]):
        writer.writerow(_row(view, line))
    return out.getvalue()


def _row(view: Plain, line: Plain) -> dict[str, str]:
    period = view["period"]
    starts, ends = _instant(period["from"]), _after(period["to"])
    charged = period_of(line["adjusts"] or period["label"])
    amount = decimal_text(line["amount_minor"], line["currency"])
    payer, payee = (inert(view["parties"].get(line[key], line[key])) for key in ("payer", "payee"))
    correction = line["adjusts"] is not None
    return {
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), amount),
        "BillingAccountId": inert(line["payer"]),
        "BillingAccountName": payer,
        "BillingCurrency": line["currency"],
        "BillingPeriodStart": starts,
        "BillingPeriodEnd": ends,
        "ChargePeriodStart": _instant(show_day(charged.first)) if charged else starts,
        "ChargePeriodEnd": _after(show_day(charged.last)) if charged else ends,
        "ChargeCategory": "Adjustment" if line["name"] == INTEREST else "Purchase",
        "ChargeClass": "Correction" if correction else "",
        "ChargeDescription": inert(f"{line['title']}: {line['id']}"),
        "ChargeFrequency": "One-Time",
        "HostProviderName": "",
        "InvoiceIssuerName": payee,
        "PricingQuantity": "",
        "PricingUnit": "",
        "ServiceCategory": "Other",
        "ServiceName": inert(line["title"]),
        "ServiceProviderName": payee,
        "ServiceSubcategory": "Other (Other)",
        "x_FigureId": inert(line["id"]),
        "x_ClauseId": inert(line["clause"]),
        "x_ClausePlace": inert(line["place"]),
        "x_DueDate": line["due"],
        "x_SettlementState": view["state"],
        "x_LowCost": decimal_text(line["low_minor"], line["currency"]),
        "x_HighCost": decimal_text(line["high_minor"], line["currency"]),
    }


def _instant(day: str) -> str:
    return f"{day}T00:00:00Z"


def _after(day: str) -> str:
    """The end of a day: periods end before it."""
    return _instant((date.fromisoformat(day) + timedelta(days=1)).isoformat())
