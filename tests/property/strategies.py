"""Random agreements and ledgers, as text: what a person could write, small, with every date near an edge.

Knows how documents and events are spelled. Does not know what they mean.

A case is made by one function of a source of chance: hypothesis gives one that shrinks, a fixed sample gives
`Random(seed)`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from adidem.desk import calendars
from adidem.desk.workspace import Workspace
from adidem.kernel.period import AsOf
from documents import held

EPOCH = date(1970, 1, 1)
LATEST = 2**61
PARTIES = ("ada", "ben", "cyd")
ASSETS = ("model/one", "model/one", "model/one", "model/two", "tool/axe", "tool/saw")
ACTS = ("place", "use", "sell", "start")
PLACES = ("azure", "oracle")
SERVICES = ("cloud/compute", "cloud/store", "desk")
SCOPES = (
    "everything",
    "every model",
    "every tool, model",
    "every model except model/two",
    "every model/one",
    "new model",
)
ORDER = ("subject_to", "except", "notwithstanding")
FORBIDS = ("exclusivity", "first-refusal", "prohibition", "licence")
PERMITS = ("permission", "licence")
STAGES = {"answer": "offer", "consent": "request", "closing": "signing", "verdict": "declaration", "waiver": "act"}
FIRST = (date(2024, 1, 15) - EPOCH).days

Terms = dict[str, Any]
Event = dict[str, Any]

# The holidays of sixty years take longer to list than a small agreement to run; a country's are the same every time.
calendars._holidays = cache(calendars._holidays)


@dataclass
class Text:
    """One document: its name, what it says, and the days on which it was signed and takes effect."""

    name: str
    signed: int
    effective: int
    blocks: list[tuple[str, Terms]] = field(default_factory=list)


@dataclass
class Case:
    """Documents, a ledger, and the pair for which the question is asked."""

    documents: dict[str, str]
    events: list[Event]
    day: int
    second: int

    @property
    def as_of(self) -> AsOf:
        """The pair."""
        return AsOf(self.day, self.second)

    @property
    def ledger(self) -> str:
        """The ledger as it is kept."""
        return "".join(json.dumps(event) + "\n" for event in self.events)

    def workspace(self) -> Workspace:
        """The folder that would hold the case, without a disk."""
        return held(self.documents, self.events)

    def __repr__(self) -> str:
        body = "\n".join(f"--- {name}\n{text.partition('# ')[2]}" for name, text in self.documents.items())
        return f"{body}\n--- ledger\n{self.ledger}\nas of {iso(self.day)}, known at {self.second}"


def iso(day: int) -> str:
    """The ISO date."""
    return (EPOCH + timedelta(days=day)).isoformat()


@st.composite
def cases(draw: st.DrawFn, families: tuple[str, ...] = (), assumed: int = 10) -> Case:
    """A random case; of `families` alone where they are named; so many per cent of what may have a range have one."""
    return make(draw(st.randoms(use_true_random=False)), families, assumed)


def make(chance: Random, families: tuple[str, ...] = (), assumed: int = 10) -> Case:
    """A case from a source of chance."""
    return _Maker(chance, families, assumed).case()


def _a_day_at_least(value: Any) -> Any:
    """A duration, or its readings, with a day where there was none."""
    if isinstance(value, dict):
        return {key: _a_day_at_least(part) for key, part in value.items()}
    return "1 days" if value == "0 days" else value


class _Maker:
    """Writes one case, remembering what stands, what is a question, and which days are edges."""

    def __init__(self, chance: Random, families: tuple[str, ...], assumed: int):
        self.chance, self.families, self.assumed = chance, families, assumed
        self.standing: dict[str, tuple[str, Terms]] = {}
        self.questions: dict[str, list[str]] = {}
        self.edges: list[int] = []
        self.texts: list[Text] = []
        self.numbers: dict[str, int] = {}
        self.events: list[Event] = []
        self.told: list[tuple[int, Terms]] = []
        self.count = 0

    # Chance

    def one(self, *choices: Any) -> Any:
        return choices[self.chance.randrange(len(choices))]

    def often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def near(self) -> int:
        """A day near an edge: a date of the text, the end of a month, or any."""
        kind = self.chance.randrange(4)
        if kind < 2 and self.edges:
            return self.one(*self.edges) + self.one(-1, 0, 0, 1, 1, 2)
        day = FIRST + self.chance.randrange(500)
        if kind == 2:
            first = (EPOCH + timedelta(days=day)).replace(day=1)
            return (first - EPOCH).days + self.one(-1, 0, 0)
        return day

    def later(self, day: int) -> int:
        """A day not earlier, often at an edge."""
        if self.often(40):
            return day + self.one(0, 1, 5, 9, 10, 11, 14, 15, 29, 30, 31, 40)
        return max(day, self.near())

    def scope(self) -> str:
        return self.one(*SCOPES)

    def two(self) -> tuple[str, str]:
        first = self.one(*PARTIES[:2])
        return first, "ben" if first == "ada" else "ada"

    # Terms

    def disputed(self, name: str, value: Callable[[], Any], percent: int = 12) -> Any:
        """A value, or now and then two rival readings; at most three questions a case."""
        if self.often(percent) and len(self.questions) < 3:
            first, second = value(), value()
            if first != second:
                self.questions[name] = ["left", "right"]
                return {"readings": {"left": _reading(first), "right": _reading(second)}}
        return value()

    def ranged(self, value: str, low: str, high: str) -> Any:
        return {"is": value, "basis": "assumed", "range": f"{low} to {high}"} if self.often(self.assumed) else value

    def duration(self) -> str:
        kinds = ["0 days", "1 days", "10 days", "30 days", "1 months", "2 months"]
        if "notice" in self.standing:
            kinds += ["1 business days", "5 business days", "10 business days"]
        return self.one(*kinds)

    def within(self, name: str) -> Any:
        return self.disputed(
            name,
            lambda: self.ranged("20 days", "5 days", "40 days") if self.often(self.assumed) else self.duration(),
            5,
        )

    # Clauses of each family

    def notice(self, id: str) -> Terms:
        return {
            "zone": self.one("UTC", "America/New_York", "Asia/Tokyo"),
            "calendar": "US",
            "cut_off": self.one("17:00", "12:30"),
            "first_day": self.one("excluded", "excluded", "included"),
            "deemed_receipt": self.one("0 days", "2 days", "1 business days"),
        }

    def duration_clause(self, id: str) -> Terms:
        others = [name for name in self.standing if name != id]
        until = self.texts[-1].effective + self.chance.randrange(120, 500)
        self.edges.append(until)
        terms: Terms = {"until": self.disputed(f"{id}.until", lambda: iso(until + self.one(0, 0, 30)), 8)}
        if others and self.often(60):
            terms["survives"] = [self.one(*others)]
        return terms

    def investment(self, id: str) -> Terms:
        payer, payee = self.two()
        terms: Terms = {
            "investor": payer,
            "company": payee,
            "committed": self.disputed(f"{id}.committed", lambda: f"USD {self.one(100, 250, 400)}"),
        }
        if self.often(70):
            terms["fund_within"] = self.within(f"{id}.fund_within")
        return terms

    def exclusivity(self, id: str) -> Terms:
        grantor, holder = self.two()
        return {
            "holder": holder,
            "grantor": grantor,
            "act": self.one(*ACTS[:3]),
            "scope": self.disputed(f"{id}.scope", self.scope),
            "provider": "azure",
            "regime": self.disputed(f"{id}.regime", lambda: self.one("exclusive", "first-rights", "first-rights")),
        }

    def first_refusal(self, id: str) -> Terms:
        grantor, holder = self.two()
        terms: Terms = {
            "holder": holder,
            "grantor": grantor,
            "act": self.one(*ACTS[:3]),
            "scope": self.disputed(f"{id}.scope", self.scope),
            "provider": "azure",
            "nature": self.disputed(f"{id}.nature", lambda: self.one("refusal", "first-offer")),
        }
        if self.often(80):
            terms["answer_within"] = _a_day_at_least(self.within(f"{id}.answer_within"))
        if self.often(80):
            terms["silence"] = self.disputed(f"{id}.silence", lambda: self.one("released", "accepted"))
        return terms

    def minimum_commitment(self, id: str) -> Terms:
        customer, provider = self.two()
        days, total, milestones = FIRST + 40, 0, []
        for _ in range(self.one(1, 2, 3)):
            days += self.one(45, 91, 150)
            total += self.one(50, 120, 200)
            milestones.append({"by": iso(days), "amount": f"USD {total}"})
            self.edges.append(days)
        terms: Terms = {
            "customer": customer,
            "provider": provider,
            "services": self.disputed(
                f"{id}.services", lambda: self.one("everything", "every cloud", "cloud except cloud/store")
            ),
            "milestones": milestones,
            "shortfall": self.disputed(f"{id}.shortfall", lambda: self.one("payable", "payable", "none")),
        }
        if self.often(60):
            terms["pay_within"] = self.within(f"{id}.pay_within")
        return terms

    def licence(self, id: str) -> Terms:
        licensor, licensee = self.two()
        terms: Terms = {
            "licensor": licensor,
            "licensee": licensee,
            "acts": self.one(["use"], ["use", "sell"]),
            "scope": self.disputed(f"{id}.scope", self.scope),
            "exclusive": self.disputed(f"{id}.exclusive", lambda: self.one("yes", "no")),
        }
        if self.often(50):
            terms["carve_outs"] = [{"asset": self.one("model/one", "tool"), "upon": "closing"}]
        return terms

    def revenue_share(self, id: str) -> Terms:
        payer, payee = self.two()
        terms: Terms = {
            "payer": payer,
            "payee": payee,
            "of": self.one(payer, payer, payee),
            "products": self.disputed(
                f"{id}.products", lambda: self.one("everything", "every model", "tool except tool/saw")
            ),
            "rate": self.disputed(
                f"{id}.rate", lambda: self.ranged(self.one("20 %", "3/16", "0.125", "50 %"), "1 %", "60 %"), 20
            ),
            "every": self.one("month", "month", "quarter", "year"),
            "pay_within": self.within(f"{id}.pay_within"),
            "rounding": f"{self.one('half even', 'half up', 'down', 'up')}, per {self.one('line', 'period')}",
        }
        if self.often(40):
            terms["cap"] = self.disputed(f"{id}.cap", lambda: f"USD {self.one('12.34', '40', '90')}")
        return terms

    def determination(self, id: str) -> Terms:
        terms: Terms = {
            "declarer": self.one(*PARTIES[:2]),
            "subject": self.one("agi", "agi", "fault"),
            "test": self.disputed(f"{id}.test", self.test),
            "decided_by": self.disputed(
                f"{id}.decided_by", lambda: self.one("declaration", "declaration", "panel"), 20
            ),
            "effects": self.disputed(f"{id}.effects", lambda: [self.effect(id) for _ in range(self.one(1, 2, 3, 3))]),
        }
        if self.often(50):
            terms["verify_within"] = self.within(f"{id}.verify_within")
        return terms

    def test(self) -> str:
        return self.one(
            "declaration.human_level",
            "declaration.human_level",
            "yes is yes",
            "yes is yes",
            "yes is yes",
            "declaration.profit >= USD 50",
            "cumulative(revenue.amount) > USD 60 or declaration.human_level",
            "not declaration.surpasses_humans and declaration.profit + USD 1 > USD 20",
            "this period(revenue.amount) * 50 % < USD 10",
            f"declaration.occurred < {iso(FIRST + 150)}",
        )

    def effect(self, id: str) -> Terms:
        targets = [(n, f) for n, (f, _) in self.standing.items() if f not in ("duration", "notice")]
        shares = [n for n, (f, _) in self.standing.items() if f == "revenue-share"]
        licences = [n for n, (f, _) in self.standing.items() if f == "licence"]
        mild = [n for n, f in targets if f != "determination"]
        resting = [
            effect["suspend"]
            for family, terms in self.standing.values()
            if family == "determination" and isinstance(terms["effects"], list)
            for effect in terms["effects"]
            if effect.get("suspend") in self.standing
        ]
        if resting and self.often(60):
            return {"resume": self.one(*resting)}
        verb = self.one("end", "end", "suspend", "suspend", "set", "set", "prohibit", "prohibit")
        if self.often(4):
            verb = "resume"
        if verb == "set" and (shares or licences):
            if shares and (not licences or self.often(70)):
                return {"set": f"{self.one(*shares)}.rate", "to": self.one("5 %", "1/3", "25 %")}
            return {"set": f"{self.one(*licences)}.exclusive", "to": self.one("yes", "no")}
        if verb in ("suspend", "resume") and mild:
            return {verb: self.one(*mild)}
        if verb == "end" and (targets or self.often(20)):
            return {"end": self.one("agreement", *[n for n, _ in targets] * 3)}
        return {"prohibit": self.one(*ACTS[:3]), "asset": self.one("everything", "model", "tool/axe")}

    def waiver(self, id: str) -> Terms:
        return {"by_conduct": self.disputed(f"{id}.by_conduct", lambda: self.one("none", "waives", "consents"), 30)}

    def duty(self, id: str) -> Terms:
        holder, counterparty = self.two()
        terms: Terms = {
            "holder": holder,
            "counterparty": counterparty,
            "act": self.one("use", "sell"),
            "scope": self.scope(),
        }
        kind = self.chance.randrange(8)
        if kind < 5:
            terms |= {"upon": "start", "within": self.within(f"{id}.within")}
        elif kind < 7:
            day = FIRST + self.chance.randrange(60, 300)
            self.edges.append(day)
            terms["by"] = iso(day)
        return terms

    def prohibition(self, id: str) -> Terms:
        holder, counterparty = self.two()
        terms: Terms = {
            "holder": holder,
            "counterparty": counterparty,
            "acts": self.one(["sell"], ["use", "place"]),
            "scope": self.disputed(f"{id}.scope", self.scope),
        }
        if self.often(60):
            terms["unless_consent_of"] = self.one(counterparty, "cyd")
        return terms

    def permission(self, id: str) -> Terms:
        holder, counterparty = self.two()
        return {
            "holder": holder,
            "counterparty": counterparty,
            "acts": self.one(["sell"], ["use", "place"]),
            "scope": self.disputed(f"{id}.scope", self.scope),
        }

    MAKERS = {  # noqa: RUF012
        "notice": notice,
        "duration": duration_clause,
        "investment": investment,
        "exclusivity": exclusivity,
        "first-refusal": first_refusal,
        "minimum-commitment": minimum_commitment,
        "licence": licence,
        "revenue-share": revenue_share,
        "duty": duty,
        "prohibition": prohibition,
        "permission": permission,
        "waiver": waiver,
        "determination": determination,
    }

    def clause(self, family: str, id: str) -> Terms:
        """The block of a clause, with its own days and its place in the order."""
        terms = {"family": family, **self.MAKERS[family](self, id)}
        if self.often(12) and family not in ("notice", "duration"):
            terms["from"] = iso(self.edge(20, 120))
        if self.often(12) and family not in ("notice", "duration"):
            terms["until"] = iso(self.edge(60, 250))
        first, second = [], []
        for other, (their, _) in self.standing.items():
            if other != id and ((family in FORBIDS and their in PERMITS) or (family in PERMITS and their in FORBIDS)):
                (first if self.often(50) else second).append(other)
        if first:
            terms[self.one("subject_to", "except")] = first
        if second:
            terms["notwithstanding"] = second
        return terms

    def edge(self, low: int, high: int) -> int:
        day = FIRST + self.chance.randrange(low, high)
        self.edges.append(day)
        return day

    # Documents

    def base(self) -> None:
        text = Text("agreement.lgd", FIRST - self.one(0, 10), FIRST)
        self.texts.append(text)
        self.edges.append(FIRST)
        for family in self.chosen():
            self.numbers[family] = self.numbers.get(family, 0) + 1
            id = f"{family}-{self.numbers[family]}"
            terms = self.clause(family, id)
            self.standing[id] = (family, terms)
            text.blocks.append((id, terms))
        if "determination" not in self.numbers and not self.families:
            self.story(text)

    def chosen(self) -> list[str]:
        others = [f for f in self.MAKERS if f not in ("notice", "duration", "determination", "waiver")]
        if self.families:
            return [f for f in self.MAKERS if f in self.families]
        picked = ["notice"] if self.often(60) else []
        picked += [self.one(*others) for _ in range(self.one(2, 3, 4))]
        picked += ["revenue-share"] if self.often(25) else []
        picked += ["waiver"] if self.often(35) else []
        told = self.often(35)
        picked += ["determination"] * (0 if told else self.one(1, 1, 1, 2))
        if told:
            return [
                *picked[:3],
                self.one("revenue-share", "revenue-share", "investment", "prohibition", "exclusivity", "duty"),
            ]
        return picked + (["duration"] if self.often(50) else [])

    def story(self, text: Text) -> None:
        """Two determinations that speak of one clause: the second takes back, or changes, what the first has done."""
        target, (family, _) = list(self.standing.items())[-1]
        turns: list[Terms] = [{"suspend": target}, {"resume": target}]
        if family == "revenue-share" and self.often(60):
            turns = [{"set": f"{target}.rate", "to": rate} for rate in ("5 %", "25 %")]
        day = FIRST + self.chance.randrange(20, 120)
        for number, turn in enumerate(turns):
            id, subject = f"determination-{number + 1}1", self.one("fault", "mended")
            terms = {
                **self.clause("determination", id),
                "subject": subject,
                "test": "yes is yes",
                "decided_by": "declaration",
            }
            terms["effects"] = [turn, *([self.effect(id)] if self.often(25) else [])]
            self.questions = {
                q: r for q, r in self.questions.items() if not q.startswith(f"{id}.") or q.endswith("verify_within")
            }
            self.standing[id] = ("determination", terms)
            text.blocks.append((id, terms))
            self.told.append((day, terms))
            self.edges += [day] * 3
            day += self.one(1, 20, 40, 61)

    def amendment(self, number: int) -> None:
        before = self.texts[-1]
        effective = before.effective + self.chance.randrange(25, 120)
        signed = max(before.signed, effective + self.one(-20, -1, 0, 0, 1, 15))
        text = Text(f"amendment-{number}.lgd", signed, effective)
        self.texts.append(text)
        self.edges.append(effective)
        touched: set[str] = set()
        for _ in range(self.one(1, 1, 2)):
            free = [id for id in self.standing if id not in touched]
            verb = self.one("replaces", "replaces", "replaces", "repeals", "adds")
            if verb != "adds" and free:
                id = self.one(*free)
                touched.add(id)
                family = self.standing[id][0]
                if verb == "repeals" and family != "notice":
                    del self.standing[id]
                    text.blocks.append((f"{id}-off-{number}", {"repeals": id}))
                    continue
                terms = self.again(family, id)
                touched.update(*(terms.get(key, ()) for key in ORDER))
                text.blocks.append((f"{id}-{number}", {**terms, "replaces": id}))
            else:
                family = self.one(*(self.families or [f for f in self.MAKERS if f not in ("notice", "duration")]))
                id = f"{family}-{number}0"
                if id in self.standing or id in touched or family in ("notice", "duration"):
                    continue
                touched.add(id)
                terms = self.clause(family, id)
                touched.update(*(terms.get(key, ()) for key in ORDER))
                self.standing[id] = (family, terms)
                text.blocks.append((id, terms))

    def again(self, family: str, id: str) -> Terms:
        """Another text of a clause: between the same parties, and mostly with the same terms but one or two."""
        old = self.standing[id][1]
        new = self.clause(family, id)
        for name in [name for name in old if name in new]:
            same = name in ("payer", "payee", "customer", "provider", "investor", "company") or self.often(50)
            question = isinstance(old[name], dict) and "readings" in old[name]
            if same and name not in (*ORDER, "survives", "effects") and not question:
                new[name] = old[name]
        self.standing[id] = (family, new)
        return new

    def clarification(self) -> None:
        before = self.texts[-1]
        day = before.effective + self.chance.randrange(10, 60)
        text = Text("statement.lgd", max(before.signed, day), day)
        written = {q for q in self.questions if any(self.asked(q, b) for t in self.texts for b in t.blocks)}
        if not written:
            return
        question = self.one(*sorted(written))
        verb = self.one("settles", "settles", "favours")
        text.blocks.append(("statement", {"family": "clarification", verb: {question: self.one("left", "right")}}))
        self.texts.append(text)
        self.edges.append(day)

    def asked(self, question: str, block: tuple[str, Terms]) -> bool:
        id, _, term = question.partition(".")
        value = block[1].get(term)
        return block[1].get("replaces", block[0]) == id and isinstance(value, dict) and "readings" in value

    # Events

    def event(self, kind: str, day: int, **columns: Any) -> Event:
        recorded = day + self.one(0, 0, 0, 1, 6, 35)
        self.count += 1
        event: Event = {"id": f"e{self.count}", "kind": kind, "occurred": iso(day), "recorded": iso(recorded)}
        if self.often(15):
            hour = self.one("00:10:00", "12:30:00", "12:30:01", "17:00:00", "17:00:30", "23:50:00")
            event["occurred"] += f"T{hour}{self.one('Z', '-05:00', '+09:00')}"
        event |= {k: v for k, v in columns.items() if v is not None}
        self.events.append(event)
        return event

    def act(self) -> None:
        """Something that a clause speaks of is done, mostly by the one whom it binds."""
        who, act = self.bound()
        act = self.event(
            "act",
            self.near(),
            by=who,
            act=act,
            asset=self.one(*ASSETS),
            **{"with": self.one("azure", "oracle", "oracle", None), "new": self.one("yes", "yes", "no", None)},
        )
        if "waiver" in self.kinds() and self.often(60):
            day = self.later(self.day_of(act))
            by = self.one(*(p for p in PARTIES[:2] if p != who)) if self.often(80) else who
            self.event("waiver", day, by=by, act=act["id"], form=self.one("writing", "conduct", "conduct"))

    def bound(self) -> tuple[str, str]:
        """Who may do, or must not do, what: by a clause of the texts, or by chance."""
        found: list[tuple[str, str]] = []
        for _, terms in self.terms_of(*FORBIDS, *PERMITS, "duty"):
            who = terms.get("licensee") or terms.get("grantor") or terms["holder"]
            found += [(who, act) for act in terms.get("acts", [terms.get("act")])]
            found += [(self.two()[0], terms["upon"])] * 2 if "upon" in terms else []
        for _, terms in self.terms_of("determination"):
            effects = (
                terms["effects"] if isinstance(terms["effects"], list) else terms["effects"]["readings"]["left"]["is"]
            )
            found += [(self.two()[0], effect["prohibit"]) for effect in effects if "prohibit" in effect] * 2
        if not found or self.often(15):
            return self.two()[0], self.one(*ACTS)
        return self.one(*found)

    def offer(self) -> None:
        found = [(t["grantor"], t["holder"]) for _, t in self.terms_of("first-refusal", "exclusivity")]
        grantor, holder = self.one(*found) if self.often(85) else self.two()
        if self.often(8):
            holder = "cyd"
        asset, name = self.one(*ASSETS), self.one("oracle", "oracle", "azure", None)
        offer = self.event(
            "offer", self.near(), by=grantor, to=holder, asset=asset, third_party=name, new=self.one("yes", "no", None)
        )
        if self.often(60):
            day = self.later(self.day_of(offer))
            self.event(
                "answer",
                day,
                by=holder if self.often(92) else grantor,
                offer=offer["id"],
                answer=self.one("accepted", "declined", "cannot"),
            )
        if self.often(60):
            act = self.one(*[t["act"] for _, t in self.terms_of("first-refusal", "exclusivity")] or ACTS)
            day = self.later(self.day_of(offer))
            place = self.one(name, "oracle")
            self.event("act", day, by=grantor, act=act, asset=asset, **{"with": place, "new": self.one("yes", None)})

    def request(self) -> None:
        terms = self.one(*[t for _, t in self.terms_of("prohibition")])
        holder, other = terms["holder"], terms.get("unless_consent_of", "cyd")
        if self.often(10):
            other = self.one(*PARTIES)
        asset, act = self.one(*ASSETS), self.one(*terms["acts"], *terms["acts"], "sell", "use")
        asked = self.event("request", self.near(), by=holder, to=other, act=act, asset=asset)
        if self.often(70):
            day = self.later(self.day_of(asked))
            self.event(
                "consent",
                day,
                by=asked["to"] if self.often(92) else holder,
                request=asked["id"],
                answer=self.one("given", "given", "refused"),
            )
        if self.often(60):
            self.event("act", self.later(self.day_of(asked)), by=holder, act=act, asset=asset, new="yes")

    def signing(self) -> None:
        signing = self.event("signing", self.near(), by=self.two()[0], asset=self.one("model/one", "tool/axe", "tool"))
        if self.often(80):
            day = self.later(self.day_of(signing))
            self.event("closing", day, signing=signing["id"], outcome=self.one("closed", "closed", "lapsed"))

    def declaration(self) -> None:
        terms = self.one(*[t for _, t in self.terms_of("determination")])
        day = FIRST + self.chance.randrange(15, 250) if self.often(60) else self.near()
        declared = self.event(
            "declaration",
            day,
            by=terms["declarer"] if self.often(92) else self.two()[0],
            subject=terms["subject"] if self.often(92) else "fault",
            profit=self.one(None, "USD 50", "USD 49.99", "USD 19.01"),
            human_level=self.one("yes", "yes", "no", None),
            surpasses_humans=self.one("yes", "no", None),
        )
        self.edges += [day] * 2
        if self.often(50 if terms["decided_by"] == "declaration" else 75):
            day = self.later(self.day_of(declared))
            self.edges += [day] * 2
            self.event("verdict", day, declaration=declared["id"], outcome=self.one("upheld", "upheld", "rejected"))

    def revenue(self) -> None:
        amount = self.one("USD 10", "USD 33.33", "USD 0.02", "USD 100.10", "USD 17.07", "USD -8.05")
        found = [t["of"] for _, t in self.terms_of("revenue-share")]
        by = self.one(*found) if found and self.often(85) else self.two()[0]
        self.event("revenue", self.near(), by=by, product=self.one(*ASSETS), amount=amount)

    def usage(self) -> None:
        terms = self.one(*[t for _, t in self.terms_of("minimum-commitment")])
        amount = self.one("USD 10", "USD 49.99", "USD 50", "USD 120")
        by, of = terms["customer"], terms["provider"]
        if self.often(10):
            by, of = of, by
        self.event("usage", self.near(), by=by, of=of, service=self.one(*SERVICES), amount=amount)

    def funding(self) -> None:
        terms = self.one(*[t for _, t in self.terms_of("investment")])
        by = terms["company"] if self.often(90) else terms["investor"]
        self.event("funding", self.near(), by=by, amount=self.one("USD 60", "USD 99.99", "USD 150", "USD 250"))

    def payment(self) -> None:
        found = [(n, t) for n, t in self.terms_of("revenue-share", "investment", "minimum-commitment")]
        name, terms = self.one(*found)
        payer = terms.get("payer") or terms.get("investor") or terms.get("customer")
        payee = terms.get("payee") or terms.get("company") or terms.get("provider")
        if self.often(10):
            payer, payee = payee, payer
        pays = name if self.often(60) else f"{name}/{self.one('2024-03', '2024-Q2', '2024-06')}/share"
        amount = self.one("USD 5", "USD 12.34", "USD 100")
        self.event("payment", self.near(), by=payer, to=payee, amount=amount, pays=pays)

    def terms_of(self, *families: str) -> list[tuple[str, Terms]]:
        return [
            (terms.get("replaces", id), terms)
            for text in self.texts
            for id, terms in text.blocks
            if terms.get("family") in families
        ]

    def kinds(self) -> set[str]:
        return {terms.get("family", "") for text in self.texts for _, terms in text.blocks}

    def day_of(self, event: Event) -> int:
        return (date.fromisoformat(event["occurred"][:10]) - EPOCH).days

    SPEAKS = {  # noqa: RUF012
        "exclusivity": (offer, act),
        "first-refusal": (offer, offer, act),
        "prohibition": (request, act),
        "permission": (act,),
        "duty": (act, act),
        "waiver": (act,),
        "licence": (act, signing),
        "determination": (declaration, revenue),
        "revenue-share": (revenue, revenue, revenue, revenue, payment),
        "minimum-commitment": (usage, usage, usage, payment),
        "investment": (funding, funding, payment),
    }

    def ledger(self) -> None:
        for day, terms in self.told:
            if self.often(90):
                self.event("declaration", day, by=terms["declarer"], subject=terms["subject"])
        makers = [maker for family in sorted(self.kinds()) for maker in self.SPEAKS.get(family, ())]
        for _ in range(self.one(0, 1, 2, 2, 3) if "determination" in self.kinds() and not self.told else 0):
            self.declaration()
        for _ in range(self.chance.randrange(4, 22) if makers else 0):
            self.one(*makers)(self)
        for _ in range(self.one(0, 0, 1, 2, 3)):
            self.told_anew()
        self.in_order()
        if self.often(30):
            self.event("fact", self.near(), about="agi", text="Somebody said so.")

    def in_order(self) -> None:
        """No stage is told last on a day before its record, in whatever zone: such a ledger is refused."""
        by_id = {event["id"]: event for event in self.events}
        pairs = [(event, by_id[event[of]]) for event in self.events if (of := STAGES.get(event["kind"]))]
        for stage, record in pairs:
            while self.told_day(stage, min) < self.told_day(record, max):
                self.events.remove([e for e in self.events if e.get("corrects") in (stage["id"], record["id"])][-1])
            if self.told_day(stage, min) - self.told_day(record, max) < 2:
                for event in (stage, record):
                    event["occurred"] = event["occurred"][:10]

    def told_day(self, event: Event, of_one_second: Callable[[list[int]], int]) -> int:
        """The day of an event as its last correction tells it; where two were recorded at once, one of the two."""
        told = [e for e in self.events if e.get("corrects") == event["id"] and "changes_occurred" in e]
        if not told:
            return self.day_of(event)
        last = max(e["recorded"] for e in told)
        return of_one_second([self.day_of({"occurred": e["changes_occurred"]}) for e in told if e["recorded"] == last])

    def told_anew(self) -> None:
        """A correction or a withdrawal of an earlier event."""
        corrected = [e for e in self.events if e["kind"] not in ("correction", "withdrawal", "document", "fact")]
        if not corrected:
            return
        before = [e["corrects"] for e in self.events if "corrects" in e]
        event = next((e for e in corrected if e["id"] in before and self.often(50)), None) or self.one(*corrected)
        day = max(self.day_of(event), (date.fromisoformat(event["recorded"]) - EPOCH).days) + self.one(0, 1, 3, 30)
        kind = self.one("correction", "correction", "withdrawal")
        changes: Event = {}
        if kind == "correction":
            if "amount" in event and self.often(60):
                changes["amount"] = self.one("USD 7.77", "USD 66")
            elif "asset" in event and self.often(40):
                changes["asset"] = self.one(*ASSETS)
            else:
                changes["changes_occurred"] = iso(self.day_of(event) + self.one(-31, -1, 0, 1))
        made = self.event(kind, day, corrects=event["id"], **changes)
        made["recorded"] = iso(day)

    def entries(self) -> list[Event]:
        """The events by which documents enter the record, where there are any, each no earlier than the one before."""
        out: list[Event] = []
        floor = 0
        if self.often(50):
            for number, text in enumerate(self.texts):
                floor = max(floor, text.signed + self.one(0, 0, 3, 20))
                entry = {"id": f"d{number}", "kind": "document", "occurred": iso(text.signed), "recorded": iso(floor)}
                out.append({**entry, "file": text.name})
        return out

    def case(self) -> Case:
        self.base()
        for number in range(1, 1 + self.one(0, 1, 1, 2)):
            self.amendment(number)
        if self.questions and self.often(30):
            self.clarification()
        self.ledger()
        self.chance.shuffle(self.events)
        entries = self.entries()
        first = max(self.texts[0].signed, *((date.fromisoformat(e["recorded"]) - EPOCH).days for e in entries[:1]), 0)
        day = max(first, self.near() if self.often(50) else FIRST + 540 + self.one(0, 5, 11))
        second = LATEST
        if self.often(35):
            told = [(date.fromisoformat(e["recorded"]) - EPOCH).days for e in self.events]
            since = self.one(*told) if told and self.often(60) else day + self.one(-40, -5, 0, 1, 40)
            second = max(first, since) * 86_400 + self.one(0, 0, 3600)
        return Case({t.name: written(t, self.texts[0]) for t in self.texts}, entries + self.events, day, second)


def _reading(value: Any) -> Terms:
    return value if isinstance(value, dict) else {"is": value}


def written(text: Text, base: Text) -> str:
    """A document as it is filed."""
    amends = [] if text is base else ["amends:", "  title: Agreement", f"  file: {base.name}"]
    lines = [
        "---",
        'legaldown: "0.2"',
        f"title: {'Agreement' if text is base else text.name.removesuffix('.lgd')}",
        "document_type: contract",
        f"effective_date: {iso(text.effective)}",
        "language: en",
        "include_signatures: false",
        *amends,
        "sides:",
    ]
    for party in PARTIES:
        lines += [f"  - name: side-{party}", f"    label: Side {party}", "    parties:", f"      - name: {party}"]
        lines += [
            f"        label: {party.title()}",
            "        type: legal_entity",
            f"        legal_name: {party.title()}",
        ]
    lines += ["---", ""]
    dates = {"family": "document", "signed": iso(text.signed), "effective": iso(text.effective)}
    stem = text.name.removesuffix(".lgd")
    for id, terms in [(f"signing-{stem}", dates), *text.blocks]:
        lines += [f"# About {id} {{#{id}}}", "", "The parties have agreed on this.", "", "```terms"]
        lines += [f"{key}: {json.dumps(value)}" for key, value in terms.items()]
        lines += ["```", ""]
    return "\n".join(lines)
