"""A settlement as a journal of double entry, in the text that ledger, hledger and beancount all read.

Knows the plain data of `settle`. Does not know whose books it goes into: what one party is owed is an asset of its own
and a liability of the other, so that each entry is in balance and each party finds its half.

The three programs share less than each has: dates as 2025-09-30, a flag, texts in quotation marks, accounts under
Assets and Liabilities in parts of letters, digits and hyphens, amounts before their currency, comments after a
semicolon. `open` is a directive of beancount, and to the others an entry without postings.
"""

import re
from collections.abc import Iterator
from typing import Any

from adidem.desk.decimals import decimal_text

Plain = dict[str, Any]


def journal(view: Plain) -> str:
    """The journal of the one settlement of a period: what was fixed in it, what it adjusts, and what met it."""
    settlement = view["settlements"][0]
    names = _names(view["parties"])
    entries = sorted([*_owed(view, settlement), *_met(view, settlement)], key=lambda entry: entry["date"])
    period = view["period"]
    out = [f"; {_plain(view['agreement'])}: settlement of {period['label']}, {view['state']}, as of {view['as_of']}"]
    if view["known_at"]:
        out.append(f"; as known at {view['known_at']}")
    opened = min([period["from"], *(entry["date"] for entry in entries)])
    accounts = dict.fromkeys(account for entry in entries for account in _accounts(entry, names))
    out += [f"{opened} open {account}" for account in accounts]
    for entry in entries:
        asset, liability = _accounts(entry, names)
        amount, currency = entry["amount_minor"], entry["currency"]
        out += [
            "",
            f'{entry["date"]} * "{_plain(entry["who"])}" "{_plain(entry["what"])}"',
            *(f"  ; {_plain(comment)}" for comment in entry["comments"]),
            f"  {asset}    {decimal_text(amount, currency)} {currency}",
            f"  {liability}    {decimal_text(-amount, currency)} {currency}",
        ]
    return "\n".join(out) + "\n"


def _owed(view: Plain, settlement: Plain) -> Iterator[Plain]:
    """What one party owes the other from now on; adjustments are made on the last day of the period."""
    for line in (*settlement["lines"], *settlement["adjustments"]):
        adjusts = line["adjusts"] is not None
        comments = [f"clause {line['clause']}, {line['title']} ({line['place']}); due {line['due']}"]
        if line["low_minor"] != line["high_minor"]:
            low, high = (decimal_text(line[key], line["currency"]) for key in ("low_minor", "high_minor"))
            comments.append(f"rests on {', '.join(line['rests_on'])}: {low} to {high} {line['currency']}")
        yield {
            **{key: line[key] for key in ("payer", "payee", "currency", "amount_minor")},
            "date": view["period"]["to"] if adjusts else line["fixed"],
            "who": line["payer"],
            "what": f"{line['id']}, adjustment of {line['adjusts']}" if adjusts else line["id"],
            "comments": comments,
        }


def _met(view: Plain, settlement: Plain) -> Iterator[Plain]:
    """Payments and what was set off, back from the asset of the one and the liability of the other."""
    for moved in settlement["movements"]:
        yield {
            **{key: moved[key] for key in ("payer", "payee", "currency")},
            "amount_minor": -moved["amount_minor"],
            "date": max(moved["day"], view["period"]["from"]),
            "who": moved["payer"],
            "what": f"set off, {moved['pays']}" if moved["netting"] else f"payment {moved['by']}",
            "comments": [f"by clause {moved['by']}" if moved["netting"] else f"pays {moved['pays']}"],
        }


def _accounts(entry: Plain, names: dict[str, str]) -> tuple[str, str]:
    """The asset of who is owed, and the liability of who owes."""
    payer, payee = names[entry["payer"]], names[entry["payee"]]
    return f"Assets:{payee}:From-{payer}", f"Liabilities:{payer}:To-{payee}"


def _names(parties: dict[str, str]) -> dict[str, str]:
    """Parties as parts of accounts: letters, digits and hyphens, a capital first; no two alike."""
    out: dict[str, str] = {}
    for name in parties:
        part = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
        part = part[:1].upper() + part[1:] if part else "Party"
        number, unique = 2, part
        while unique in out.values():
            number, unique = number + 1, f"{part}-{number}"
        out[name] = unique
    return out


def _plain(text: str) -> str:
    """A text on one line that no quotation mark ends."""
    return " ".join(text.replace('"', "'").replace("\\", "/").split())
