"""Documents of a lab and its cloud, for tests: front matter, clauses by their terms, a share that can be stopped."""

from typing import Final


def front(title: str, day: str, **sides: tuple[str, ...]) -> str:
    """The front matter of an agreement between sides: `clouds=("cloud",)`."""
    lines = [f"title: {title}", "document_type: contract", f"effective_date: {day}", "language: en"]
    lines += ["include_signatures: false", "sides:"]
    for side, parties in sides.items():
        lines += [f"  - name: {side}", f"    label: {side.capitalize().removesuffix('s')}", "    parties:"]
        for name in parties:
            label = name.capitalize()
            lines.append(f"      - {{name: {name}, label: {label}, type: legal_entity, legal_name: {label} Inc.}}")
    return "---\n" + "\n".join(lines) + "\n---\n"


def between(title: str, day: str) -> str:
    """The front matter of an agreement of the lab and its cloud."""
    return front(title, day, clouds=("cloud",), labs=("lab",))


def front(title: str, day: str, *parties: str) -> str:
    """Front matter of companies that are named alike, each a side of its own."""
    sides = "".join(
        f"  - name: {party}-side\n    label: {party.capitalize()}\n"
        f"    parties: [{{name: {party}, label: {party.capitalize()}, type: legal_entity, "
        f"legal_name: {party.capitalize()} Ltd}}]\n"
        for party in parties
    )
    return f"---\ntitle: {title}\ndocument_type: contract\neffective_date: {day}\nsides:\n{sides}---\n"


def block(id: str, terms: str) -> str:
    """A heading with its terms."""
    return f"\n# {id.capitalize()} {{#{id}}}\n\n```terms\n{terms.strip()}\n```\n"


def document(title: str, day: str, **clauses: str) -> str:
    """A document of these clauses, by their terms; an id is written with `_` for `-`."""
    blocks = (block(id.replace("_", "-"), terms) for id, terms in clauses.items())
    return between(title, day) + "".join(blocks)


def signing(day: str) -> str:
    """The terms of a document that was signed, and takes effect, on that day."""
    return f"family: document\nsigned: {day}\neffective: {day}"


def agreement(title: str, day: str, **clauses: str) -> str:
    """A document that was signed, and takes effect, on that day."""
    return document(title, day, signing=signing(day), **clauses)


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
