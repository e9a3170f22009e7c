"""Random outlooks for random agreements, as text: events of every kind that the clauses speak of, and some that they
do not.

Knows how an outlook is spelled, and which parties, acts and assets a clause names. Does not know what is drawn from it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import Workspace
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.source import Source
from adidem.text.document import read_document
from property.strategies import ACTS, ASSETS, EPOCH, FIRST, PARTIES, PLACES, SERVICES, STAGES, date, iso, make

Terms = dict[str, Any]

HEAD = """---
title: Outlook
document_type: contract
effective_date: 2024-01-15
language: en
include_signatures: false
sides:
"""
DRIVERS: dict[str, Terms] = {
    "sales": {"shape": "growth", "start": "USD 20", "growth": "10 %", "volatility": "60 %"},
    "level": {"shape": "reversion", "start": "USD 40", "mean": "USD 30", "pull": "80 %", "volatility": "40 %"},
    "weight": {"shape": "growth", "start": "1", "growth": "0 %", "volatility": "50 %"},
}
MORE_DRIVERS: dict[str, Terms] = {
    "users": {"shape": "s-curve", "unit": "users", "ceiling": "80 users", "midpoint": "2024-10-01", "width": "90 days"},
    "quoted": {"shape": "series", "unit": "USD", "values": {"2024-01-01": "USD 33.33", "2024-09-10": "USD 12.34"}},
    "both": {"shape": "formula", "formula": "sales + level * 50 %", "volatility": "10 %"},
    "jumpy": {
        "shape": "growth",
        "start": "USD 25",
        "growth": "-20 %",
        "jump_chance": "60 %",
        "jump_size": "90 %",
        "jump_spread": "30 %",
        "season": [0.5, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1.5],
    },
}
SIGNED = ("sales", "sales - USD 19.99", "level * weight", "level - sales * 2", "USD 17.07 - sales", "USD 33.33")
UNSIGNED = ("sales", "level * weight", "sales * 3", "level + USD 0.01", "USD 49.99", "USD 120", "sales * 1/3")
CONDITIONS = ("sales > USD 20", "weight >= 1", "level <= USD 33 or weight < 80 %", "not sales < level")
CHANCES = ("100 %", "99.9 %", "95 %", "80 %", "40 %")
DELAYS = ("0 days to 0 days", "0 days to 45 days", "10 days to 10 days", "1 days to 20 days", "28 days to 120 days")


class Writer:
    """Writes one outlook for one agreement."""

    def __init__(self, chance: Random, agreement: Agreement, starts: int, until: int):
        self.chance, self.agreement, self.starts, self.until = chance, agreement, starts, until
        self.blocks: list[tuple[str, Terms]] = []
        self.drivers = dict(DRIVERS)
        self.hazards: list[str] = []
        self.count = 0

    # Chance

    def one(self, *choices: Any) -> Any:
        return choices[self.chance.randrange(len(choices))]

    def often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def condition(self) -> str:
        return self.one(*CONDITIONS)

    def asset(self) -> str:
        return self.one(*ASSETS, "model/{period}")

    def two(self) -> tuple[str, str]:
        first = self.one(*PARTIES[:2])
        return first, "ben" if first == "ada" else "ada"

    # What the clauses speak of

    def terms_of(self, *families: str) -> list[Clause]:
        return [clause for clause in self.agreement.clauses if clause.family in families]

    def value(self, clause: Clause, name: str) -> Any:
        """The value of a term, by a reading of it where it has several; nothing where it is not there."""
        term = clause.terms.get(name)
        if term is None:
            return None
        return self.one(*(r.value for r in term.readings)) if term.readings else term.value

    def names(self, clause: Clause, *names: str) -> tuple[str, ...]:
        return tuple(str(self.value(clause, name)) for name in names)

    def bound(self) -> tuple[str, str]:
        """Who may do, or must not do, what: by a clause, or by chance."""
        found: list[tuple[str, str]] = []
        for clause in self.terms_of("exclusivity", "first-refusal", "prohibition", "licence", "permission", "duty"):
            who = next(self.value(clause, n) for n in ("licensee", "grantor", "holder") if n in clause.terms)
            acts = self.value(clause, "acts") or (self.value(clause, "act"),)
            found += [(str(who), str(act)) for act in acts]
            found += [(self.two()[0], str(self.value(clause, "upon")))] * 2 if "upon" in clause.terms else []
        return self.one(*found) if found and self.often(85) else (self.two()[0], self.one(*ACTS))

    # Sources

    def source(self, event: str, columns: Terms, answers: Sequence[Terms] = (), **amounts: str) -> str:
        """A flow or a hazard of a kind of event; with what may follow each only a hazard."""
        self.count += 1
        id = f"{event}-{self.count}"
        columns = {name: word for name, word in columns.items() if word is not None}
        terms: Terms = {"family": "flow", "event": event, "columns": columns, "every": self.one(*EVERY)}
        if amounts:
            terms["amounts"] = amounts
        if answers or self.often(70):
            terms["family"] = "hazard"
            self.hazards.append(id)
            if self.often(15):
                terms["odds"] = self.one("50 %", "weight / (weight + 1)")
            else:
                terms["chance"] = self.one(*CHANCES)
            if self.often(25):
                terms["at_most"] = self.one(1, 2)
        if answers:
            terms["answers"] = list(answers)
        if self.often(8):
            terms["from"] = iso(self.starts + self.chance.randrange(1, 120))
        if self.often(8):
            terms["until"] = iso(self.starts + self.chance.randrange(120, 400))
        if self.often(6):
            terms["months"] = ["march", "june", "december"] if terms["every"] != "year" else ["december"]
        self.blocks.append((id, terms))
        decides = columns.get("by", "ada")
        if self.often(15):
            self.blocks.append(
                (f"policy-{id}", {"family": "policy", "party": decides, "of": id, "when": self.condition()})
            )
        return id

    def stage(self, event: str, choice: str, words: Sequence[str], **columns: str) -> list[Terms]:
        """A later stage that is drawn; or none, and then a policy may decide it."""
        percents = self.one((100,), (60, 30), (50, 50), (20, 70), (34, 33, 33))
        chances = {word: f"{percent} %" for word, percent in zip(self.mixed(words), percents, strict=False)}
        terms: Terms = {"event": event, "within": self.one(*DELAYS), "choice": choice, "chances": chances}
        return [{**terms, "columns": columns} if columns else terms]

    def mixed(self, words: Sequence[str]) -> list[str]:
        return self.chance.sample(list(words), len(words))

    def decided(self, id: str, event: str, party: str, words: Sequence[str], drawn: bool) -> None:
        """A policy that decides a later stage: before chance where there is one, else alone."""
        terms: Terms = {"family": "policy", "party": party, "of": id, "answers": event}
        terms["rules"] = [{"when": self.condition(), "choose": self.one(*words)}]
        if self.often(50):
            terms["rules"].append({"choose": self.one(*words)})
        if not drawn:
            terms["within"] = self.one(*DELAYS)
        self.blocks.append((f"decided-{id}", terms))

    def answered(self, event: str, columns: Terms, stage: str, by: str, words: Sequence[str], **amounts: str) -> None:
        """A source with a later stage: by chance, by a policy, by both, or with none."""
        choice = {"waiver": "form", "answer": "answer", "consent": "answer"}.get(stage, "outcome")
        own = {"by": by} if by else {}
        drawn = self.often(65)
        id = self.source(event, columns, self.stage(stage, choice, words, **own) if drawn else (), **amounts)
        if self.often(35):
            self.decided(id, stage, by or columns["by"], words, drawn)

    def revenue(self) -> None:
        found = [self.names(c, "of")[0] for c in self.terms_of("revenue-share")]
        by = self.one(*found) if found and self.often(90) else self.two()[0]
        self.source("revenue", {"by": by, "product": self.asset()}, amount=self.one(*SIGNED))

    def usage(self) -> None:
        by, of = self.names(self.one(*self.terms_of("minimum-commitment")), "customer", "provider")
        by, of = (of, by) if self.often(8) else (by, of)
        self.source(
            "usage",
            {"by": by, "of": of, "service": self.one(*SERVICES)},
            amount=self.one(*UNSIGNED, "sales * 9", "level * 15"),
        )

    def funding(self) -> None:
        investor, company = self.names(self.one(*self.terms_of("investment")), "investor", "company")
        self.source("funding", {"by": company if self.often(90) else investor}, amount=self.one(*UNSIGNED))

    def payment(self) -> None:
        clause = self.one(*self.terms_of("revenue-share", "investment", "minimum-commitment"))
        pairs = (("payer", "payee"), ("investor", "company"), ("customer", "provider"))
        by, to = next(self.names(clause, *pair) for pair in pairs if pair[0] in clause.terms)
        pays = self.one(clause.id, f"{clause.id}/{{period}}/share")
        self.source("payment", {"by": by, "to": to, "pays": pays}, amount=self.one(*UNSIGNED))

    def act(self) -> None:
        by, act = self.bound()
        columns = {"by": by, "act": act, "asset": self.asset(), "with": self.one(*PLACES, None)}
        columns["new"] = self.one("yes", "yes", "no", None)
        if self.terms_of("waiver") and self.often(70):
            other = self.one(*(p for p in PARTIES[:2] if p != by)) if self.often(85) else by
            self.answered("act", columns, "waiver", other, ("writing", "conduct"))
        else:
            self.source("act", columns)

    def duty(self) -> None:
        """What a duty asks for, and what it is owed upon, with the same asset."""
        clause, asset = self.one(*self.terms_of("duty")), self.asset()
        holder, act = self.names(clause, "holder", "act")
        if "upon" in clause.terms:
            self.source("act", {"by": self.two()[0], "act": str(self.value(clause, "upon")), "asset": asset})
        self.source("act", {"by": holder, "act": act, "asset": asset})

    def offer(self) -> None:
        clauses = self.terms_of("first-refusal", "exclusivity")
        by, to = self.names(self.one(*clauses), "grantor", "holder")
        asset, place = self.asset(), self.one("oracle", "oracle", "azure", None)
        columns = {"by": by, "to": to, "asset": asset, "third_party": place, "new": self.one("yes", "no", None)}
        answers = to if self.often(90) else "cyd"
        self.answered("offer", columns, "answer", answers, ("accepted", "declined", "cannot"))
        if self.often(80):
            act = str(self.value(self.one(*clauses), "act"))
            self.source("act", {"by": by, "act": act, "asset": asset, "with": place or "oracle", "new": "yes"})

    def request(self) -> None:
        clause = self.one(*self.terms_of("prohibition"))
        by, other = str(self.value(clause, "holder")), str(self.value(clause, "unless_consent_of") or "cyd")
        act, asset = str(self.one(*self.value(clause, "acts"))), self.asset()
        columns = {"by": by, "to": other, "act": act, "asset": asset}
        self.answered("request", columns, "consent", other if self.often(90) else by, ("given", "refused"))
        if self.often(80):
            self.source("act", {"by": by, "act": act, "asset": asset, "new": "yes"})

    def signing(self) -> None:
        columns = {"by": self.two()[0], "asset": self.one("model/one", "tool/axe", "tool")}
        self.answered("signing", columns, "closing", "", ("closed", "lapsed"))

    def declaration(self) -> None:
        clause = self.one(*self.terms_of("determination"))
        declarer, subject = self.names(clause, "declarer", "subject")
        columns = {"by": declarer, "subject": subject if self.often(92) else "fault"}
        columns |= {name: self.one("yes", "yes", "no", None) for name in ("human_level", "surpasses_humans")}
        amounts = {"profit": self.one("sales * 2", "level + USD 10", "USD 49.99", "USD 50")} if self.often(70) else {}
        self.answered("declaration", columns, "verdict", "", ("upheld", "rejected"), **amounts)

    SPEAKS = {  # noqa: RUF012
        "exclusivity": (offer, act),
        "first-refusal": (offer, offer, act),
        "prohibition": (request, act),
        "permission": (act,),
        "duty": (duty, duty, act),
        "waiver": (act,),
        "licence": (act, signing),
        "determination": (declaration, revenue),
        "revenue-share": (revenue, revenue, payment),
        "minimum-commitment": (usage, usage, payment),
        "investment": (funding, funding, payment),
    }

    # The whole

    def text(self, head: tuple[int, int]) -> str:
        """The outlook as a document, from and to the days that its head names."""
        for id, terms in MORE_DRIVERS.items():
            if self.often(30):
                self.drivers[id] = terms
        families = sorted({clause.family for clause in self.agreement.clauses})
        makers = [maker for family in families for maker in self.SPEAKS.get(family, ())]
        for maker in [*dict.fromkeys(makers), *self.chance.choices(makers, k=4)] if makers else ():
            maker(self)
        if "determination" in families and not any(id.startswith("declaration") for id, _ in self.blocks):
            self.declaration()
        if not self.blocks:
            self.source("fact", {"about": "agi", "text": "Somebody said so."})
        head = ("head", {"family": "outlook", "starts": iso(head[0]), "until": iso(head[1])})
        drivers = [(id, {"family": "driver", **terms}) for id, terms in self.drivers.items()]
        blocks = [head, *drivers, *self.blocks, *self.correlation(), *self.scenarios()]
        sides = [_side(party) for party in PARTIES]
        return "\n".join([HEAD + "\n".join(sides), "---", "", *(_block(id, terms) for id, terms in blocks)])

    def correlation(self) -> Iterator[tuple[str, Terms]]:
        if self.often(30):
            yield (
                "together",
                {"family": "correlation", "between": ["sales", "level"], "strength": self.one("-0.5", "1")},
            )

    def scenarios(self) -> Iterator[tuple[str, Terms]]:
        for number, percent in enumerate(self.one((), (), (60, 40), (50, 30, 20))):
            changes: Terms = {"sales.growth": self.one("-50 %", "80 %")}
            for id, terms in self.blocks:
                if "chance" in terms and self.often(50):
                    changes[f"{id}.chance"] = self.one("0 %", "30 %", "100 %")
            yield (
                f"scenario-{number}",
                {
                    "family": "scenario",
                    "partition": "market",
                    "probability": f"{percent} %",
                    "changes": changes,
                    "resolves": "one will see",
                },
            )


EVERY = ("month", "month", "month", "month", "quarter", "year")


def _side(party: str) -> str:
    named = f"{{name: {party}, label: {party.title()}, type: legal_entity, legal_name: {party.title()}}}"
    return f"  - name: side-{party}\n    label: Side {party}\n    parties: [{named}]"


def _block(id: str, terms: Terms) -> str:
    lines = [f"{key}: {json.dumps(value)}" for key, value in terms.items()]
    return "\n".join([f"# About {id} {{#{id}}}", "", "It is assumed.", "", "```terms", *lines, "```", ""])


def played(seed: int) -> Future:
    """A random agreement with its ledger, played forward by a random outlook."""
    workspace, until, starts = prepared(seed)
    return future(workspace, Play(seed, until, starts))


def prepared(seed: int) -> tuple[Workspace, int, int | None]:
    """A random agreement with its ledger and its outlook, the last day, and the day on which it is asked to start.

    In one half of the cases the ledger ends where the outlook starts; in the other it goes on, and the outlook is asked
    to start on an earlier day, on what was known then.
    """
    chance = Random(seed)
    case = make(chance)
    starts = FIRST + chance.randrange(22, 180)
    until = starts + chance.randrange(150, 420)
    earlier = chance.randrange(2) == 1
    if not earlier:
        case = replace(case, events=told_by(case.events, starts))
    last = max([starts, *(_day(event["occurred"]) + 2 for event in case.events)])
    workspace = case.workspace()
    text = Writer(chance, workspace.whole, starts, until).text((last, max(until, last + 1)))
    document, problems = read_document(Source("outlook.lgd", text))
    assert document is not None, problems
    assert not problems, "\n\n".join(map(str, problems))
    return replace(workspace, outlook_texts=[document]), until, starts if earlier else None


def told_by(events: Sequence[Terms], day: int) -> list[Terms]:
    """The events that came before a day, with those later stages and corrections of them that came before it too."""
    kept = [e for e in events if all(_day(e[name]) < day for name in ("occurred", "changes_occurred") if name in e)]
    while True:
        ids = {event["id"] for event in kept}
        left = [e for e in kept if e.get(STAGES.get(e["kind"], "corrects"), e["id"]) in ids]
        if len(left) == len(kept):
            return kept
        kept = left


def _day(occurred: str) -> int:
    return (date.fromisoformat(occurred[:10]) - EPOCH).days
