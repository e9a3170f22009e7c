"""Documents for tests, of a lab and its cloud where nobody else is named: front matter, clauses by their terms, a share
that can be stopped; and the folder that would hold them, without a disk.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from adidem.desk.workspace import Workspace
from adidem.kernel.source import Source
from adidem.text.document import read_document
from adidem.text.outlook import is_outlook

PARTIES: Final = {"cloud": "Cloud Inc.", "lab": "Lab Inc."}


def front(title: str, day: str, parties: Mapping[str, str] = PARTIES, amends: str = "") -> str:
    """Front matter: parties by the names in the text, each a side of its own; `amends` is the title of another."""
    lines = ["---", f"title: {title}", "document_type: contract", f"effective_date: {day}", "language: en"]
    lines += ["include_signatures: false"]
    lines += [f"amends: {{title: {amends}, file: agreement.lgd}}"] if amends else []
    lines += ["sides:"]
    for name, legal in parties.items():
        label = name.capitalize()
        lines += [f"  - name: side-of-{name}", f"    label: Side of {label}"]
        lines += [f"    parties: [{{name: {name}, label: {label}, type: legal_entity, legal_name: {legal}}}]"]
    return "\n".join([*lines, "---", ""])


def block(id: str, terms: str) -> str:
    """A heading with its terms."""
    return f"\n# {id.capitalize()} {{#{id}}}\n\n```terms\n{terms.strip()}\n```\n"


def document(title: str, day: str, **clauses: str) -> str:
    """A document of these clauses, by their terms; an id is written with `_` for `-`."""
    blocks = (block(id.replace("_", "-"), terms) for id, terms in clauses.items())
    return front(title, day) + "".join(blocks)


def agreement(title: str, day: str, **clauses: str) -> str:
    """A document that was signed, and takes effect, on that day."""
    return document(title, day, signing=signed(day), **clauses)


def signed(day: str) -> str:
    """The terms of a document that was signed, and takes effect, on one day."""
    return f"family: document\nsigned: {day}\neffective: {day}"


def held(texts: str | Mapping[str, str], events: Iterable[str | Mapping[str, Any]] = ()) -> Workspace:
    """The folder that would hold documents and a ledger, without a disk.

    texts   by the names of their files; one alone is `agreement.lgd`
    events  as lines of the ledger, or as what the lines say
    """
    names = {"agreement.lgd": texts} if isinstance(texts, str) else texts
    read = [(name, read_document(Source(name, text))) for name, text in names.items()]
    problems = [problem for _, (_, found) in read for problem in found]
    assert not problems, "\n\n".join(map(str, problems))
    documents, outlooks = (
        [document for name, (document, _) in read if document is not None and is_outlook(name) == so]
        for so in (False, True)
    )
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    ledger = Source("ledger.jsonl", "".join(f"{line}\n" for line in lines))
    return Workspace(Path("."), documents, [ledger], outlook_texts=outlooks)


NOTICE: Final = """
family: notice
zone: UTC
calendar: US
cut_off: "17:00"
first_day: excluded
deemed_receipt: 0 days
"""


def share(rate: str, every: str = "month", by: str = "lab", to: str = "cloud", products: str = "everything") -> str:
    """The terms of a share of one's own revenue."""
    return f"""
family: revenue-share
payer: {by}
payee: {to}
of: {by}
products: {products}
rate: {rate}
every: {every}
pay_within: 30 days
rounding: half even, per period
"""


def stop(subject: str, ends: str, by: str = "lab") -> str:
    """The terms of a declaration that ends a clause."""
    return f"""
family: determination
declarer: {by}
subject: {subject}
test: yes is yes
decided_by: declaration
effects:
  - {{end: {ends}}}
"""


def stop_as_read(subject: str, ends: str, test: str = "yes is yes") -> str:
    """The same, decided by the declaration or by the panel: there are two readings."""
    both = "decided_by:\n  readings:\n    declaration: {is: declaration}\n    panel: {is: panel}"
    return stop(subject, ends).replace("decided_by: declaration", both).replace("yes is yes", test)


def horizon(starts: str, until: str) -> str:
    """The terms of an outlook's head."""
    return f"family: outlook\nstarts: {starts}\nuntil: {until}"


def growth(start: str, a_year: str, volatility: str) -> str:
    """The terms of a driver that grows."""
    return f"family: driver\nshape: growth\nstart: {start}\ngrowth: {a_year}\nvolatility: {volatility}"


REVENUE: Final = """
family: flow
event: revenue
columns: {by: lab, product: model}
amount: sales
every: month
"""


def declared(subject: str, chance: str, by: str = "lab", every: str = "month") -> str:
    """The terms of a declaration that may come."""
    return f"""
family: hazard
event: declaration
columns: {{by: {by}, subject: {subject}}}
chance: {chance}
every: {every}
"""


STOPPED_SHARE: Final = agreement(
    "Share with a stop",
    "2025-01-01",
    share=share("20 %") + "cap: USD 600 m",
    stop=stop_as_read("stop", "share"),
)
"""A share of 20 % with a cap, that a declaration stops: at once, or as also read when the panel has spoken."""


def outlook_of_the_stop(until: str, a_year: str, volatility: str) -> str:
    """Revenue of USD 75 m a month from 2026 on; the stop with a chance of 10 % a year, the verdict 92 days later."""
    verdict = "at_most: 1\nanswers:\n  - event: verdict\n    within: 92 days to 92 days\n    choice: outcome\n"
    return document(
        "Outlook",
        "2025-01-01",
        head=horizon("2025-12-31", until),
        sales=growth("USD 75 m", a_year, volatility),
        revenue=REVENUE,
        declared=declared("stop", "10 %") + verdict + "    chances: {upheld: 100 %}\n",
    )
