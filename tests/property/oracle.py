"""A slow, plain evaluator of agreements: dates, fractions and loops, by what the texts of the families say.

Knows the parsed terms of an agreement and the ledger as lines of JSON. Shares no code with what it checks: nothing of
the engine, the operators, the composer or the families is imported, and each rule stands here a second time, in its
own words.

One answer is for one as-of pair and one reading of every question.
"""

import json
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.period import Duration
from adidem.kernel.term import Effect, Quantity, Scope, Syntax

EPOCH = date(1970, 1, 1)
NEVER = 10**7
HOUSE = "agreement"
LENGTHS = {"month": 1, "quarter": 3, "year": 12}
Event = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """An obligation, power, permission or prohibition, and its state."""

    id: str
    kind: str
    holder: str
    due: int | None
    state: str


@dataclass(frozen=True)
class Owed:
    """A transfer."""

    id: str
    due: int
    payer: str
    payee: str
    amount: int
    provisional: bool
    paid: int = 0
    paid_on: int = field(default=NEVER, compare=False, repr=False)


@dataclass
class Answer:
    """What the agreement comes to."""

    in_force: list[tuple[str, str, int]]
    obligations: list[Standing]
    transfers: list[Owed]
    flows: dict[str, int] = field(default_factory=dict)


# Days


def show(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def day_of(when: date) -> int:
    return (when - EPOCH).days


def months_on(day: int, number: int) -> int:
    """The same day of a later month, or that month's last."""
    start = EPOCH + timedelta(days=day)
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    return day_of(date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])))


def month_of(day: int) -> tuple[int, int]:
    when = EPOCH + timedelta(days=day)
    return when.year, when.month


@cache
def closed_days(country: str) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=range(2000, 2061)))


def instant(text: str, zone: tzinfo) -> tuple[int, int, int]:
    """Day, second of the day or -1, and second since the epoch."""
    if "T" not in text:
        day = day_of(date.fromisoformat(text))
        return day, -1, day * 86_400
    when = datetime.fromisoformat(text)
    here = when.astimezone(zone)
    return day_of(here.date()), here.hour * 3600 + here.minute * 60 + here.second, int(when.timestamp())


# Numbers


def minor(text: str) -> int:
    """Cents of `USD 12.34`."""
    return int(Fraction(text.split()[1].replace(",", "")) * 100)


def rounded(value: Fraction, rule: str) -> int:
    """To a whole number: to even, away from zero at halves, towards zero, or away from it."""
    low = value.numerator // value.denominator
    rest = value - low
    if rest == 0:
        return low
    if rule == "down":
        return low if value > 0 else low + 1
    if rule == "up":
        return low + 1 if value > 0 else low
    if rest != Fraction(1, 2):
        return low + 1 if rest > Fraction(1, 2) else low
    if rule == "half up":
        return low + 1 if value > 0 else low
    return low if low % 2 == 0 else low + 1


def in_scope(scope: Scope, asset: str, new: object, has_new: bool = True) -> bool:
    """Whether an asset lies in a scope; whether a record can say `new` depends on its kind."""

    def below(path: str) -> bool:
        return path == "everything" or asset == path or asset.startswith(f"{path}/")

    inside = any(below(c) for c in scope.classes) and not any(below(w) for w in scope.without)
    return inside and (not scope.new_only or not has_new or new == "yes")


# The ledger


def told(lines: Iterable[str], day: int, second: int, zone: tzinfo) -> list[Event]:
    """What had happened by the day, as it was told by the second.

    The events, corrections and withdrawals that had been recorded are taken in the order in which they were recorded.
    """
    rows = [json.loads(line) for line in lines if line.strip()]
    place = {id(row): number for number, row in enumerate(rows)}
    known = [row for row in rows if instant(row["recorded"], zone)[2] <= second]
    events = {row["id"]: dict(row) for row in known if row["kind"] not in ("correction", "withdrawal")}
    anew = [row for row in known if row["kind"] in ("correction", "withdrawal")]
    gone: set[str] = set()
    first = {row["id"]: number for number, row in enumerate(rows)}
    whole = {row["id"]: row for row in rows}
    order = {row["id"]: (instant(row["recorded"], zone)[2], first[row["id"]]) for row in rows}
    for row in sorted(anew, key=lambda r: (instant(r["recorded"], zone)[2], place[id(r)])):
        name = row["corrects"]
        if row["kind"] == "withdrawal":
            gone.add(name)
            continue
        gone.discard(name)
        changes = {
            k: v for k, v in row.items() if k not in ("id", "kind", "corrects", "occurred", "note", "changes_occurred")
        }
        if "changes_occurred" in row:
            changes["occurred"] = row["changes_occurred"]
        before: Event = events.get(name) or whole[name]
        events[name] = before | changes
        order[name] = (instant(row["recorded"], zone)[2], place[id(row)] + len(rows))
    out: list[Event] = []
    for name, event in events.items():
        when, seconds, _ = instant(event["occurred"], zone)
        if name not in gone and when <= day:
            out.append({**event, "day": when, "second": seconds, "order": order[name]})
    return sorted(out, key=lambda e: (e["day"], e["order"]))


class Oracle:
    """One agreement, one ledger, one as-of pair, one reading of each question."""

    def __init__(
        self, agreement: Agreement, zone: tzinfo, lines: list[str], day: int, second: int, readings: Mapping[str, str]
    ):
        self.agreement, self.day, self.readings = agreement, day, dict(readings)
        for settlement in agreement.settlements:
            if settlement.final and settlement.since <= day:
                self.readings[settlement.question] = settlement.reading
        self.texts = list(agreement.clauses)
        self.events = told(lines, day, second, zone)
        self.caused: list[tuple[int, Effect]] = []
        self.undecided: list[tuple[str, int, int]] = []
        self._determine()

    # What a text says

    def value(self, text: Clause, name: str) -> Any:
        """A term, as it is read."""
        term = text.terms[name]
        if not term.readings:
            return term.value
        wanted = self.readings[f"{text.id}.{name}"]
        return next((r.value for r in term.readings if r.name == wanted), term.readings[0].value)

    def maybe(self, text: Clause, name: str) -> Any:
        """A term that may be missing."""
        return self.value(text, name) if name in text.terms else None

    def rate(self, value: Any) -> Fraction:
        return Fraction(value.value, value.unit.denominator)

    @cached_property
    def survivors(self) -> set[str]:
        return {
            n for t in self.texts if t.family == "duration" and "survives" in t.terms for n in self.value(t, "survives")
        }

    @property
    def counting(self) -> Clause | None:
        return next((t for t in reversed(self.texts) if t.family == "notice"), None)

    def business(self, day: int) -> bool:
        assert self.counting is not None
        when = EPOCH + timedelta(days=day)
        return when.weekday() < 5 and when not in closed_days(self.counting.terms["calendar"].value)

    def next_business(self, day: int) -> int:
        day += 1
        while not self.business(day):
            day += 1
        return day

    def after(self, start: int, duration: Duration) -> int:
        """The last day of a time that starts with a day."""
        if start >= NEVER:
            return NEVER
        match duration.unit:
            case "days":
                return start + duration.number
            case "months":
                return months_on(start, duration.number)
            case "years":
                return months_on(start, 12 * duration.number)
        assert self.counting is not None
        left = duration.number
        if self.counting.terms["first_day"].value == "included" and self.business(start):
            left -= 1
        day = start
        while left > 0:
            day = self.next_business(day)
            left -= 1
        return day

    def received(self, event: Event) -> int:
        """When a notice counts as received."""
        if self.counting is None:
            return event["day"]
        hour, minute = str(self.counting.terms["cut_off"].value).split(":")
        late = event["second"] > int(hour) * 3600 + int(minute) * 60
        sent = self.next_business(event["day"]) if late else event["day"]
        return self.after(sent, self.value(self.counting, "deemed_receipt"))

    # Events

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]

    def stage(self, kind: str, of: str, event: Event) -> Event | None:
        """The later stage of a record: the first that names it and is not told as earlier than it."""
        return next((e for e in self.of(kind) if e[of] == event["id"] and e["day"] >= event["day"]), None)

    # When a text binds

    def ended(self, name: str, before: tuple[int, int] | None = None) -> int:
        """The day on which a clause, or the agreement, was ended; if asked so, by what happened in earlier months."""
        days = [
            d
            for d, e in self.caused
            if e.verb == "end" and e.target == name and (before is None or month_of(d) < before)
        ]
        if name == HOUSE:
            for text in self.texts:
                if text.family == "duration" and text.starts <= self.value(text, "until") < text.ends:
                    days.append(self.value(text, "until"))
        return min(days, default=NEVER)

    def suspended(self, name: str, day: int) -> bool:
        """Whether the last effect before the day left the clause suspended."""

        def last(verb: str) -> int:
            return max([d for d, e in self.caused if e.verb == verb and e.target == name and d < day], default=-NEVER)

        return last("suspend") > last("resume")

    def ends_after(self, text: Clause, before: tuple[int, int] | None = None) -> int:
        """The last day that effects leave a text."""
        mine = self.ended(text.id, before)
        return mine if text.id in self.survivors else min(mine, self.ended(HOUSE, before))

    def binds(self, text: Clause, day: int, before: tuple[int, int] | None = None) -> bool:
        if not text.starts <= day < text.ends:
            return False
        if "from" in text.terms and day < self.value(text, "from"):
            return False
        if "until" in text.terms and day > self.value(text, "until"):
            return False
        return day <= self.ends_after(text, before) and not self.suspended(text.id, day)

    def life(self, text: Clause) -> tuple[int, int] | None:
        """The first day and the day after the last; None for a text that never binds."""
        begins: list[int] = [text.starts, self.value(text, "from") if "from" in text.terms else text.starts]
        stops: list[int] = [text.ends, self.ends_after(text) + 1]
        stops += [self.value(text, "until") + 1] if "until" in text.terms else []
        first, last = max(begins), min(stops)
        return (first, last) if first < last else None

    # Determinations

    def _determine(self) -> None:
        """What declarations bring about; each month's are judged by what stood at the end of the month before."""
        texts = [t for t in self.texts if t.family == "determination"]
        declared = self.of("declaration")
        for month in sorted({month_of(e["day"]) for e in declared}):
            for text in texts:
                for event in (e for e in declared if month_of(e["day"]) == month):
                    self._decide(text, event, month)

    def _decide(self, text: Clause, event: Event, month: tuple[int, int]) -> None:
        if (event["by"], event["subject"]) != (self.value(text, "declarer"), self.value(text, "subject")):
            return
        if not self.binds(text, event["day"], month) or not self.formula(self.value(text, "test"), event):
            return
        verdict = self.stage("verdict", "declaration", event)
        by_panel = self.value(text, "decided_by") == "panel"
        if by_panel:
            decided = verdict["day"] if verdict and verdict["outcome"] == "upheld" else NEVER
        else:
            decided = NEVER if verdict and verdict["outcome"] == "rejected" else event["day"]
        for effect in self.value(text, "effects"):
            if decided < NEVER:
                self.caused.append((decided, effect))
            if by_panel:
                self.undecided.append((effect.target, event["day"], verdict["day"] if verdict else NEVER))

    def formula(self, syntax: Syntax, event: Event) -> Any:
        """A written formula, judged on a record."""
        parts = syntax.parts
        match syntax.operation:
            case "literal":
                value = syntax.literal
                return Fraction(value.value, value.unit.denominator) if isinstance(value, Quantity) else value
            case "column":
                return self.cell(str(syntax.literal).partition(".")[2], str(syntax.literal).partition(".")[0], event)
            case "cumulative":
                return self.added(parts[0], lambda e: e["day"] <= event["day"])
            case "this period":
                return self.added(parts[0], lambda e: month_of(e["day"]) == month_of(event["day"]))
            case "not":
                return not self.formula(parts[0], event)
        left, right = self.formula(parts[0], event), self.formula(parts[1], event)
        return {
            "and": lambda: left and right,
            "or": lambda: left or right,
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: rounded(left * right, "half even"),
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
            "is": lambda: left == right,
            "is not": lambda: left != right,
        }[syntax.operation]()

    def cell(self, name: str, kind: str, event: Event) -> Any:
        if name == "occurred":
            return event["day"]
        if name in ("profit", "revenue", "amount"):
            return minor(event[name]) if name in event else 0
        return event.get(name) == "yes"

    def added(self, inner: Syntax, when: Any) -> Any:
        kind = str(inner.literal).partition(".")[0]
        return sum(self.formula(inner, e) for e in self.of(kind) if when(e))

    # The answer

    def answer(self) -> Answer:
        in_force, standings = [], []
        for text in self.texts:
            if text.family in ("document", "clarification"):
                continue
            life = self.life(text)
            if life is not None and life[0] <= self.day < life[1]:
                in_force.append((text.id, text.document.name, life[0]))
        for text in self.texts:
            standings += self.norms(text)
        standings += self.breaches()
        owed, flows = self.transfers()
        standings += [self.to_pay(each) for each in owed]
        return Answer(in_force, standings, owed, flows)

    # Norms

    def to_pay(self, owed: Owed) -> Standing:
        """To pay what is due is an obligation too; what comes back is none that could be broken."""
        done = owed.paid_on if owed.amount > 0 else -NEVER
        return Standing(owed.id, "obligation", owed.payer, owed.due, self.state(self.day, owed.due, done))

    def state(
        self,
        arises: int,
        due: int = NEVER,
        done: int = NEVER,
        broken: int = NEVER,
        excused: int = NEVER,
        over: int = NEVER,
        rests: bool = False,
    ) -> str:
        """The state on the as-of day."""
        if arises > self.day:
            return ""
        if excused <= self.day:
            return "discharged"
        if done <= due and done <= self.day:
            return "fulfilled"
        if due < self.day and done > due:
            broken = min(broken, due + 1)
        if broken <= self.day and broken <= over:
            return "violated"
        if over <= self.day:
            return "terminated"
        return "suspended" if rests else "in effect"

    def lasting(
        self, text: Clause, kind: str, holder: str, name: str = "", over: int = NEVER, **days: int
    ) -> Iterator[Standing]:
        """What stands as long as its text does; a later text takes the place of an earlier one."""
        life = self.life(text)
        later = any(t.id == text.id and text.starts < t.starts <= self.day for t in self.texts)
        if life is not None and not later:
            due = days.get("due", NEVER)
            rests = not days and self.suspended(text.id, self.day)
            state = self.state(life[0], over=min(life[1], over), rests=rests, **days)
            if state:
                yield Standing(
                    "/".join(p for p in (text.id, name) if p), kind, holder, None if due >= NEVER else due, state
                )

    def norms(self, text: Clause) -> Iterator[Standing]:
        say = {
            "investment": ("obligation", "investor"),
            "revenue-share": ("obligation", "payer"),
            "exclusivity": ("prohibition", "grantor"),
            "first-refusal": ("obligation", "grantor"),
            "prohibition": ("prohibition", "holder"),
            "permission": ("permission", "holder"),
            "licence": ("permission", "licensee"),
            "determination": ("power", "declarer"),
        }.get(text.family)
        if say:
            yield from self.lasting(text, say[0], self.value(text, say[1]))
        match text.family:
            case "licence":
                now = self.set_to(text, "exclusive", self.day)
                if now or self.value(text, "exclusive"):
                    over = NEVER if now else self.day
                    yield from self.lasting(text, "prohibition", self.value(text, "licensor"), "exclusive", over)
            case "duty":
                yield from self.duty(text)
            case "determination":
                yield from self.verdicts(text)
            case "prohibition":
                yield from self.consents(text)
            case "first-refusal":
                yield from self.chances(text)
            case "minimum-commitment":
                yield from self.milestones(text)

    def set_to(self, text: Clause, name: str, day: int) -> Any:
        """A term on a day: as the last effect before it has set it, or as it is written."""
        last, out = -NEVER, self.value(text, name)
        for when, effect in self.caused:
            if effect.verb == "set" and (effect.target, effect.term) == (text.id, name) and last <= when < day:
                last, out = when, effect.value
        return out

    def duty(self, text: Clause) -> Iterator[Standing]:
        holder, act = self.value(text, "holder"), self.value(text, "act")
        scope = self.value(text, "scope")
        does = [e for e in self.of("act") if (e["by"], e["act"]) == (holder, act)]
        if "upon" in text.terms:
            for trigger in self.of("act"):
                if trigger["act"] != self.value(text, "upon") or not self.fits(scope, trigger):
                    continue
                if not self.binds(text, trigger["day"]):
                    continue
                within = self.maybe(text, "within")
                due = self.after(trigger["day"], within) if within else trigger["day"]
                done = min(
                    [e["day"] for e in does if e["asset"] == trigger["asset"] and e["day"] >= trigger["day"]],
                    default=NEVER,
                )
                state = self.state(trigger["day"], due, done)
                yield Standing(f"{text.id}/{trigger['id']}/{act}", "obligation", holder, due, state)
        elif "by" in text.terms:
            days = [e["day"] for e in does if self.fits(scope, e) and self.binds(text, e["day"])]
            due = self.value(text, "by")
            yield from self.lasting(text, "obligation", holder, act, due=due, done=min(days, default=NEVER))
            return
        yield from self.lasting(text, "obligation", holder)

    def fits(self, scope: Scope, event: Event) -> bool:
        return in_scope(scope, event["asset"], event.get("new"), event["kind"] in ("act", "offer"))

    def verdicts(self, text: Clause) -> Iterator[Standing]:
        """What the panel owes, for each declaration that awaits it."""
        if self.value(text, "decided_by") != "panel":
            return
        for event in self.of("declaration"):
            if (event["by"], event["subject"]) != (self.value(text, "declarer"), self.value(text, "subject")):
                continue
            month = month_of(event["day"])
            if not self.binds(text, event["day"], month) or not self.formula(self.value(text, "test"), event):
                continue
            verdict = self.stage("verdict", "declaration", event)
            within = self.maybe(text, "verify_within")
            due = self.after(event["day"], within) if within else NEVER
            state = self.state(event["day"], due, verdict["day"] if verdict else NEVER)
            yield Standing(
                f"{text.id}/{event['id']}/verdict", "obligation", "panel", None if due >= NEVER else due, state
            )

    def consents(self, text: Clause) -> Iterator[Standing]:
        by = self.maybe(text, "unless_consent_of")
        for request in self.of("request") if by else ():
            if request["act"] in self.value(text, "acts") and request["to"] == by and self.binds(text, request["day"]):
                answer = self.stage("consent", "request", request)
                answer = answer if answer and answer["by"] == by else None
                given = answer["day"] if answer and answer["answer"] == "given" else NEVER
                refused = answer["day"] if answer and answer["answer"] == "refused" else NEVER
                state = self.state(request["day"], done=given, over=refused)
                yield Standing(f"{text.id}/{request['id']}/consent", "power", by, None, state)

    def offered(self, text: Clause, offer: Event) -> tuple[bool, int, int, int, int]:
        """Of an offer: whether it is the clause's, when it arrived, its last day, when it was accepted or refused."""
        arrived = self.received(offer)
        within = self.maybe(text, "answer_within")
        last = self.after(arrived, within) if within else NEVER
        mine = (
            (offer["by"], offer["to"]) == (self.value(text, "grantor"), self.value(text, "holder"))
            and self.fits(self.value(text, "scope"), offer)
            and self.binds(text, offer["day"])
        )
        answer = self.stage("answer", "offer", offer)
        answer = answer if answer and answer["by"] == self.value(text, "holder") else None
        in_time = answer is not None and answer["day"] <= last
        accepted = answer["day"] if answer and in_time and answer["answer"] == "accepted" else NEVER
        refused = answer["day"] if answer and in_time and answer["answer"] != "accepted" else NEVER
        return mine, arrived, last, accepted, refused

    def chances(self, text: Clause) -> Iterator[Standing]:
        for offer in self.of("offer"):
            mine, arrived, last, accepted, refused = self.offered(text, offer)
            lapsed = last + 1 if last < NEVER else NEVER
            over = min(lapsed, refused if refused < NEVER else lapsed)
            state = self.state(arrived, done=accepted, over=over) if mine else ""
            if state:
                due = None if last >= NEVER else last
                yield Standing(f"{text.id}/{offer['id']}/answer", "power", self.value(text, "holder"), due, state)

    # Acts

    def breaches(self) -> Iterator[Standing]:
        """Each forbidden act that nothing permits, unless it was consented to; a waiver discharges it."""
        for act in self.of("act"):
            excused, consented = self.waived(act)
            if consented:
                continue
            allowing = [t for t in self.texts if self.permits(t, act)]
            for text in self.texts:
                if any(self.goes_after(text, other) for other in allowing):
                    continue
                holder = self.forbids(text, act)
                if holder is not None:
                    state = self.state(act["day"], broken=act["day"], excused=excused)
                    yield Standing(f"{text.id}/{act['id']}", "prohibition", holder, None, state)
            yield from self.since_forbidden(act, excused, allowing)

    def since_forbidden(self, act: Event, excused: int, allowing: list[Clause]) -> Iterator[Standing]:
        """What effects have forbidden everybody: once for each effect that has come."""
        state = self.state(act["day"], broken=act["day"], excused=excused)
        for text in (t for t in self.texts if t.family == "determination"):
            if any(self.goes_after(text, other) for other in allowing):
                continue
            for effect in self.value(text, "effects"):
                came = [d for d, e in self.caused if e is effect]
                forbidden = effect.verb == "prohibit" and effect.target == act["act"] and self.fits(effect.scope, act)
                if forbidden and came and min(came) < act["day"]:
                    yield Standing(f"{text.id}/{act['id']}", "prohibition", "", None, state)

    def goes_after(self, text: Clause, other: Clause) -> bool:
        return other.id in text.yields_to or text.id in other.overrides

    def waived(self, act: Event) -> tuple[int, bool]:
        waiver = self.stage("waiver", "act", act)
        if waiver and waiver["by"] == act["by"]:
            waiver = None
        excused, consented = NEVER, False
        for text in (t for t in self.texts if t.family == "waiver" and waiver):
            assert waiver is not None
            meaning = "waives" if waiver["form"] == "writing" else self.value(text, "by_conduct")
            if meaning != "none" and self.binds(text, waiver["day"]):
                excused = min(excused, waiver["day"])
                consented = consented or meaning == "consents"
        return excused, consented

    def permits(self, text: Clause, act: Event) -> bool:
        if text.family == "permission":
            who = self.value(text, "holder")
        elif text.family == "licence":
            who = self.value(text, "licensee")
        else:
            return False
        return (
            act["by"] == who
            and act["act"] in self.value(text, "acts")
            and self.fits(self.value(text, "scope"), act)
            and not (text.family == "licence" and self.carved(text, act))
            and self.binds(text, act["day"])
        )

    def carved(self, text: Clause, act: Event) -> bool:
        for item in self.maybe(text, "carve_outs") or ():
            of_it = Scope((item.asset,))
            closings = [
                stage["day"]
                for signing in self.of("signing")
                if in_scope(of_it, signing["asset"], None)
                and (stage := self.stage("closing", "signing", signing)) is not None
                and stage["outcome"] == "closed"
            ]
            if in_scope(of_it, act["asset"], None) and min(closings, default=NEVER) < act["day"]:
                return True
        return False

    def forbids(self, text: Clause, act: Event) -> str | None:
        """Who breaks this text by the act, if somebody does."""
        match text.family:
            case "exclusivity" | "first-refusal":
                who = self.value(text, "grantor")
                broken = self.elsewhere(text, act) and not self.released(text, act)
            case "prohibition":
                who = self.value(text, "holder")
                broken = (
                    act["act"] in self.value(text, "acts")
                    and self.fits(self.value(text, "scope"), act)
                    and self.binds(text, act["day"])
                    and not self.consented(text, act)
                )
            case "licence":
                who = self.value(text, "licensee")
                broken = act["act"] in self.value(text, "acts") and self.unlicensed(text, act)
            case _:
                return None
        return who if broken and act["by"] == who else None

    def elsewhere(self, text: Clause, act: Event) -> bool:
        return (
            act["act"] == self.value(text, "act")
            and act.get("with") != self.value(text, "provider")
            and self.fits(self.value(text, "scope"), act)
            and self.binds(text, act["day"])
        )

    def released(self, text: Clause, act: Event) -> bool:
        """Whether what was offered, last, before the act leaves the grantor free."""
        parties = (self.value(text, "grantor"), self.value(text, "holder"))
        offers = [
            e
            for e in self.of("offer")
            if e["asset"] == act["asset"] and (e["by"], e["to"]) == parties and e["day"] <= act["day"]
        ]
        if text.family == "exclusivity":
            return self.value(text, "regime") == "first-rights" and bool(offers)
        if not offers:
            return False
        mine, _, last, accepted, refused = self.offered(text, offers[-1])
        free = refused
        if refused == NEVER and accepted == NEVER and last < NEVER and self.maybe(text, "silence") == "released":
            free = last + 1
        named = "with" in act and act["with"] == offers[-1].get("third_party")
        return mine and free <= act["day"] and (self.value(text, "nature") == "first-offer" or named)

    def consented(self, text: Clause, act: Event) -> bool:
        by = self.maybe(text, "unless_consent_of")
        for request in self.of("request") if by else ():
            answer = self.stage("consent", "request", request)
            asked = request["act"] in self.value(text, "acts") and request["to"] == by
            given = answer and (answer["by"], answer["answer"]) == (by, "given") and answer["day"] <= act["day"]
            if asked and given and request["asset"] == act["asset"]:
                return True
        return False

    def unlicensed(self, text: Clause, act: Event) -> bool:
        """What is kept out, carved out, or licensed no longer."""
        if not text.starts <= act["day"] < text.ends:
            return False
        scope = self.value(text, "scope")
        kept_out = any(in_scope(Scope((w,)), act["asset"], None) for w in scope.without)
        if kept_out or self.carved(text, act):
            return True
        begun = "from" not in text.terms or act["day"] >= self.value(text, "from")
        return self.fits(scope, act) and begun and not self.binds(text, act["day"])

    # Money

    def transfers(self) -> tuple[list[Owed], dict[str, int]]:
        flows: dict[str, int] = {}
        out = [*self.shares(flows), *self.calls(flows), *self.shortfalls(flows)]
        out.sort(key=lambda t: (t.due, t.id))
        return self.settled(out), flows

    def provisional(self, clause: str, fixed: int) -> bool:
        """Whether, when it was fixed, a declaration that may touch the clause awaited its verdict."""
        return any(
            opened <= fixed < closed and (target == clause or (target == HOUSE and clause not in self.survivors))
            for target, opened, closed in self.undecided
        )

    def shares(self, flows: dict[str, int]) -> list[Owed]:
        """The revenue shares: each month's end, what closes with it, text by text."""
        parts: dict[tuple[str, str, str, str, int, str], list[tuple[int, int]]] = {}
        texts = [t for t in self.texts if t.family == "revenue-share"]
        first = min([d.effective for d in self.agreement.documents] + [e["day"] for e in self.events] + [self.day])
        end = months_on(first - (EPOCH + timedelta(days=first)).day + 1, 1) - 1
        while texts and end <= self.day:
            for text in texts:
                every = self.value(text, "every")
                if month_of(end)[1] % LENGTHS[every]:
                    continue
                share = self.share(text, months_on(end + 1, -LENGTHS[every]), end)
                paid = share
                if "cap" in text.terms:
                    room = max(self.value(text, "cap").value - flows.get(f"{text.id}.paid", 0), 0)
                    paid = min(share, room)
                    flows[f"{text.id}.withheld"] = flows.get(f"{text.id}.withheld", 0) + share - paid
                flows[f"{text.id}.paid"] = flows.get(f"{text.id}.paid", 0) + paid
                key = (
                    text.id,
                    self.value(text, "payer"),
                    self.value(text, "payee"),
                    every,
                    end,
                    self.period(end, every),
                )
                parts.setdefault(key, []).append((paid, self.after(end, self.value(text, "pay_within"))))
            end = months_on(end + 1, 1) - 1
        out = []
        for (id, payer, payee, _, end, name), legs in parts.items():
            amount = sum(paid for paid, _ in legs)
            if amount:
                due = next(due for paid, due in reversed(legs) if paid)
                out.append(Owed(f"{id}/{name}/share", due, payer, payee, amount, self.provisional(id, end)))
        return out

    def period(self, end: int, every: str) -> str:
        year, month = month_of(end)
        return {"month": f"{year}-{month:02d}", "quarter": f"{year}-Q{(month + 2) // 3}", "year": str(year)}[every]

    def share(self, text: Clause, start: int, end: int) -> int:
        rule, place = self.value(text, "rounding").split(", per ")
        by_rate: dict[object, tuple[Fraction, list[int]]] = {}
        for e in self.of("revenue"):
            shared = e["by"] == self.value(text, "of") and self.binds(text, e["day"])
            inside = in_scope(self.value(text, "products"), e["product"], None, has_new=False)
            if start <= e["day"] <= end and shared and inside:
                rate = self.set_to(text, "rate", e["day"])
                by_rate.setdefault(id(rate), (self.rate(rate), []))[1].append(minor(e["amount"]))
        if place == "line":
            return sum(rounded(rate * line, rule) for rate, lines in by_rate.values() for line in lines)
        return sum(rounded(rate * sum(lines), rule) for rate, lines in by_rate.values())

    def calls(self, flows: dict[str, int]) -> Iterator[Owed]:
        for text in (t for t in self.texts if t.family == "investment"):
            called = 0
            for e in self.of("funding"):
                if e["by"] != self.value(text, "company"):
                    continue
                amount = minor(e["amount"])
                owed = min(amount, max(self.value(text, "committed").value - called, 0))
                called += amount
                if owed and self.binds(text, e["day"]):
                    within = self.maybe(text, "fund_within")
                    due = self.after(e["day"], within) if within else e["day"]
                    flows[f"{text.id}.called"] = flows.get(f"{text.id}.called", 0) + owed
                    payer, payee = self.value(text, "investor"), self.value(text, "company")
                    yield Owed(
                        f"{text.id}/{e['id']}/funding", due, payer, payee, owed, self.provisional(text.id, e["day"])
                    )

    def spent(self, text: Clause, by: int) -> int:
        parties = (self.value(text, "customer"), self.value(text, "provider"))
        return sum(
            minor(e["amount"])
            for e in self.of("usage")
            if e["day"] <= by
            and (e["by"], e["of"]) == parties
            and in_scope(self.value(text, "services"), e["service"], None, has_new=False)
        )

    def short(self, text: Clause) -> Iterator[tuple[int, int, int, int]]:
        """Of each milestone: its day, what is committed, what is short beyond earlier shortfalls, and what is owed."""
        paid = sum(owed for t in self.texts if t.id == text.id and t.starts < text.starts for *_, owed in self.short(t))
        for milestone in self.value(text, "milestones"):
            short = max(milestone.amount.value - self.spent(text, milestone.by) - paid, 0)
            payable = self.value(text, "shortfall") == "payable" and self.binds(text, milestone.by)
            owed = short if payable else 0
            paid += owed
            yield milestone.by, milestone.amount.value, short, owed

    def shortfalls(self, flows: dict[str, int]) -> Iterator[Owed]:
        for text in (t for t in self.texts if t.family == "minimum-commitment"):
            payer, payee = self.value(text, "customer"), self.value(text, "provider")
            name = f"{text.id}.used"
            flows[name] = flows.get(name, 0) + self.used(text)
            for day, _, _, owed in self.short(text):
                within = self.maybe(text, "pay_within")
                due = self.after(day, within) if within else day
                if owed and day <= self.day:
                    yield Owed(
                        f"{text.id}/{show(day)}/shortfall", due, payer, payee, owed, self.provisional(text.id, day)
                    )

    def used(self, text: Clause) -> int:
        """While the text binds; under the last text of a clause not after its last milestone."""
        more = any(t.id == text.id and t.starts > text.starts for t in self.texts)
        last = NEVER if more else max(milestone.by for milestone in self.value(text, "milestones"))
        return sum(
            self.spent(text, e) - self.spent(text, e - 1)
            for e in {e["day"] for e in self.of("usage")}
            if self.binds(text, e) and e <= last
        )

    def milestones(self, text: Clause) -> Iterator[Standing]:
        """A milestone belongs to the text that stands on its day."""
        for day, _, short, _ in self.short(text):
            if text.starts <= day < text.ends:
                done = day if not short and self.binds(text, day) else NEVER
                name = f"milestone {show(day)}"
                yield from self.lasting(text, "obligation", self.value(text, "customer"), name, due=day, done=done)

    def settled(self, owed: list[Owed]) -> list[Owed]:
        """What payments pay: those that name a figure first, then those that name a clause, oldest figure first."""
        paid, last = [0] * len(owed), [NEVER] * len(owed)
        payments = sorted(self.of("payment"), key=lambda e: ("/" not in e["pays"], e["day"], e["id"]))
        for payment in payments:
            rest = minor(payment["amount"])
            for place, t in enumerate(owed):
                clause = t.id.partition("/")[0]
                if (
                    payment["pays"] in (t.id, clause)
                    and (payment["by"], payment["to"]) == (t.payer, t.payee)
                    and t.amount > 0
                ):
                    part = min(rest, t.amount - paid[place])
                    paid[place] += part
                    rest -= part
                    days = [last[place]] if paid[place] > part else []
                    last[place] = max([*days, payment["day"]]) if part else last[place]
        whole = [day if p == t.amount else NEVER for t, p, day in zip(owed, paid, last, strict=True)]
        return [replace(t, paid=p, paid_on=day) for t, p, day in zip(owed, paid, whole, strict=True)]


def known(documents: Iterable[Any], lines: list[str], day: int, second: int, zone: tzinfo = UTC) -> list[str]:
    """The documents that had entered the record: by an event of their own, or else when they were signed."""
    entries = {
        row["file"]: (instant(row["occurred"], zone)[0], instant(row["recorded"], zone)[2])
        for row in map(json.loads, lines)
        if row["kind"] == "document"
    }
    out = []
    for document in documents:
        when, since = entries.get(document.name, (document.signed, document.signed * 86_400))
        if when <= day and since <= second:
            out.append(document.name)
    return out


def zone_of(agreement: Agreement) -> tzinfo:
    """The zone of the notice clause, or UTC."""
    notices = [c for c in agreement.clauses if c.family == "notice"]
    return ZoneInfo(str(notices[-1].terms["zone"].value)) if notices else UTC
