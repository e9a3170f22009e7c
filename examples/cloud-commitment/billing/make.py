"""Writes the exports of Nimbus that lie beside this file: three years of FOCUS 1.3, and its record of commitments.

    python examples/cloud-commitment/billing/make.py [FOLDER]

Nothing is left to chance: the same files each time. Both companies are invented, and so is every figure.
"""

import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
COMPUTING = {
    2023: (200, 208, 216, 224, 232, 240, 240, 248, 256, 264, 272, 280),
    2024: (304, 312, 320, 336, 352, 360, 368, 384, 400, 416, 424, 440),
    2025: (384, 384, 392, 392, 400, 400, 408, 408, 416, 416, 424, 424),
}
"""Thousands of dollars a month. Storage is a quarter of it."""
MISTAKE = Decimal("12345.67")
"""Billed too much for computing in November 2023, and taken back by a correction on the bill of February 2024."""
LATE = Decimal("812.40")
"""Storage of December 2024 that was forgotten, and billed by a correction in March 2025."""
MISCOUNTED = Decimal("812.40")
"""Computing of October 2024 that was counted twice, taken back on the same bill: the year comes to what it was."""
ACCOUNTS = (("1001", "parcels"), ("1002", "routing"), ("1003", "analysis"))
SERVICES = {
    "Compute": ("Nimbus Machines", (31, 23, 46), "Hours", Decimal("0.42")),
    "Storage": ("Nimbus Store", (50, 30, 20), "GB-Months", Decimal("0.021")),
}
COLUMNS = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ContractedCost",
    "ConsumedQuantity",
    "ConsumedUnit",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "RegionId",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "SubAccountId",
    "SubAccountName",
]
COMMITMENTS = ((2023, "4000000.00"), (2024, "5000000.00"), (2025, "6000000.00"))
COMMITMENT_COLUMNS = [
    "BillingCurrency",
    "ContractCommitmentCategory",
    "ContractCommitmentCost",
    "ContractCommitmentDescription",
    "ContractCommitmentId",
    "ContractCommitmentPeriodEnd",
    "ContractCommitmentPeriodStart",
    "ContractCommitmentQuantity",
    "ContractCommitmentType",
    "ContractCommitmentUnit",
    "ContractId",
    "ContractPeriodEnd",
    "ContractPeriodStart",
]


def instant(year: int, month: int, day: int = 1) -> str:
    """The first instant of a day; of month 13 that of the next year."""
    return f"{year + (month > 12)}-{(month - 1) % 12 + 1:02d}-{day:02d}T00:00:00Z"


def row(year: int, month: int, cost: Decimal, **said: str) -> dict[str, str]:
    """A charge on the bill of a month; all four costs are one, for nothing is prepaid or discounted."""
    costs = dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), f"{cost:.4f}")
    bill = {
        "BillingAccountId": "7700",
        "BillingCurrency": "USD",
        "BillingPeriodStart": instant(year, month),
        "BillingPeriodEnd": instant(year, month + 1),
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": instant(year, month),
        "ChargePeriodEnd": instant(year, month + 1),
        "InvoiceId": f"N-{year}-{month:02d}",
        "InvoiceIssuerName": "Nimbus",
        "ServiceProviderName": "Nimbus",
    }
    return {**bill, **costs, **said}


def shares(total: Decimal, weights: tuple[int, ...], turn: int) -> list[Decimal]:
    """A total in parts of four digits, not quite by their weights; the last part is what is left."""
    parts = [
        (total * (weight * 1000 + (turn * 37 + place * 11) % 19 - 9) / 100_000).quantize(Decimal("0.0001"))
        for place, weight in enumerate(weights[:-1])
    ]
    return [*parts, total - sum(parts)]


def used(year: int, month: int, category: str, total: Decimal) -> Iterator[dict[str, str]]:
    """What a service was used for in a month: by halves of the month and accounts."""
    name, weights, unit, price = SERVICES[category]
    for half, part in enumerate(shares(total, (48, 52), month)):
        starts = instant(year, month, 16 if half else 1)
        ends = instant(year, month + 1) if half else instant(year, month, 16)
        for place, cost in enumerate(shares(part, weights, month + half)):
            account, of = ACCOUNTS[place]
            yield row(
                year,
                month,
                cost,
                ChargeCategory="Usage",
                ChargeDescription=f"{name} for {of}",
                ChargePeriodStart=starts,
                ChargePeriodEnd=ends,
                ConsumedQuantity=f"{cost / price:.3f}",
                ConsumedUnit=unit,
                RegionId=("east", "west")[(place + half) % 2],
                ServiceCategory=category,
                ServiceName=name,
                SubAccountId=account,
                SubAccountName=of,
            )


def corrected(year: int, month: int, cost: Decimal, of: tuple[int, int], category: str, why: str) -> dict[str, str]:
    """A correction: on one bill, of the charges of an earlier month."""
    return row(
        year,
        month,
        cost,
        ChargeCategory="Usage",
        ChargeClass="Correction",
        ChargeDescription=why,
        ChargePeriodStart=instant(*of),
        ChargePeriodEnd=instant(of[0], of[1] + 1),
        ServiceCategory=category,
        ServiceName=SERVICES[category][0],
    )


def bills(year: int) -> Iterator[dict[str, str]]:
    """Every charge of twelve bills. The thirds of a cent that metering leaves come to less than half a cent a month."""
    for month in range(1, 13):
        computing = Decimal(COMPUTING[year][month - 1] * 1000)
        storage = computing / 4
        mistake = MISTAKE if (year, month) == (2023, 11) else Decimal(0)
        forgotten = LATE if (year, month) == (2024, 12) else Decimal(0)
        twice = MISCOUNTED if (year, month) == (2024, 10) else Decimal(0)
        parts = Decimal("0.0003") * month
        yield from used(year, month, "Compute", computing + mistake + twice + parts)
        yield from used(year, month, "Storage", storage - forgotten - parts)
        software = Decimal(900 + 25 * month)
        described = {"ServiceCategory": "Analytics", "ServiceName": "Routes by Delphi"}
        yield row(
            year,
            month,
            software,
            ChargeCategory="Purchase",
            ChargeDescription="software of another seller",
            **described,
        )
        tax = (computing * Decimal("0.0625")).quantize(Decimal("0.0001"))
        yield row(year, month, tax, ChargeCategory="Tax", ChargeDescription="sales tax")
        if (year, month) == (2024, 2):
            yield corrected(year, month, -MISTAKE, (2023, 11), "Compute", "hours that ran for another customer")
        if (year, month) == (2025, 3):
            yield corrected(year, month, LATE, (2024, 12), "Storage", "storage that had not been metered")
            yield corrected(year, month, -MISCOUNTED, (2024, 10), "Compute", "hours counted twice")


def commitments() -> Iterator[dict[str, str]]:
    """What Nimbus has on record: one commitment a year, of the increment of that year."""
    for year, cost in COMMITMENTS:
        yield {
            "BillingCurrency": "USD",
            "ContractCommitmentCategory": "Spend",
            "ContractCommitmentCost": cost,
            "ContractCommitmentDescription": f"spend commitment, year {year - 2022}",
            "ContractCommitmentId": f"HARBOUR-{year}",
            "ContractCommitmentPeriodStart": instant(year, 1),
            "ContractCommitmentPeriodEnd": instant(year, 13),
            "ContractCommitmentType": "Negotiated",
            "ContractId": "HARBOUR",
            "ContractPeriodStart": instant(2023, 1),
            "ContractPeriodEnd": instant(2025, 13),
        }


def write(file: Path, columns: list[str], rows: Iterator[dict[str, str]]) -> None:
    """One CSV file."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for each in COMPUTING:
        write(into / f"costs-{each}.csv", COLUMNS, bills(each))
    write(into / "commitments.csv", COMMITMENT_COLUMNS, commitments())
