"""Revenue shares worked out a second time: months, fractions and lists of what was posted, by what the terms say.

Knows terms as they are written and events as lines of a ledger. Shares no code with what it checks.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Terms = dict[str, Any]
Event = dict[str, Any]
LENGTHS = {"month": 1, "quarter": 3, "year": 12}
STARTS = [f"1 {date(2000, month, 1):%B}" for month in range(1, 13)]


def minor(text: str) -> int:
    """Cents of `USD 12.34`."""
    return int(Fraction(text.split()[1].replace(",", "")) * 100)


def rate(text: str) -> Fraction:
    """`20 %`, `3/16`, `0.2`."""
    return Fraction(text.removesuffix("%").strip()) / 100 if text.endswith("%") else Fraction(text)


def rounded(value: Fraction, rule: str) -> int:
    """To a whole number: to even, away from zero at halves, towards zero, or away from it."""
    low, rest = value.numerator // value.denominator, value - value.numerator // value.denominator
    up = {
        "down": rest > 0 > value,
        "up": rest > 0 and value > 0,
        "half up": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and value > 0),
        "half even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1),
    }[rule]
    return low + up


@dataclass(frozen=True)
class Text:
    """One text of the clause: its terms, and its first and last day."""

    terms: Terms
    first: date
    last: date

    def binds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.terms.get(name, otherwise)

    def period(self, month: int, length: int) -> tuple[int, int]:
        """The first and the last month of the period of so many months in which a month lies, by the text's years."""
        first = STARTS.index(self.get("year_starts", STARTS[0]))
        while (month - first) % length:
            month -= 1
        return month, month + length - 1


@dataclass
class Share:
    """All texts of one clause, the days on which effects set its rate, and what came of it.

    sets    in the order of the effects: the days on which each came, and the rate that it set
    posted  name → month (year × 12 + month) and amount, in the order of posting
    """

    id: str
    texts: list[Text]
    sets: list[tuple[list[date], Fraction]] = field(default_factory=list)
    once: "list[Share]" = field(default_factory=list)
    posted: dict[str, list[tuple[int, Fraction]]] = field(default_factory=lambda: defaultdict(list))
    transfers: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    # What was posted

    def before(self, name: str, month: int, year_of: Text | None = None) -> Fraction:
        """In earlier months; of the year of a text alone where one is named."""
        first = year_of.period(month, 12)[0] if year_of is not None else 0
        return sum((a for m, a in self.posted[name] if first <= m < month), Fraction())

    def now(self, name: str, month: int) -> Fraction:
        """In this month so far."""
        return sum((a for m, a in self.posted[name] if m == month), Fraction())

    def post(self, name: str, month: int, amount: Fraction | int) -> None:
        self.posted[name].append((month, Fraction(amount)))

    # What counts

    def counts(self, text: Text, event: Event) -> bool:
        """Whether an event counts under a text, and under none that goes first."""
        day, product = date.fromisoformat(event["occurred"]), event["product"]
        scope = text.terms["products"]
        inside = scope == "everything" or product.startswith(scope.removeprefix("every ") + "/")
        if event["by"] != text.terms["of"] or not inside or not text.binds(day):
            return False
        if text.get("recognised") and event.get("recognised", text.get("recognised")) != text.get("recognised"):
            return False
        if text.get("net_of") and event.get("item", "gross") not in ("gross", *text.get("net_of")):
            return False
        return not any(other.counts(each, event) for other in self.once for each in other.texts)

    def amount(self, text: Text, event: Event) -> int:
        """What of an event's amount counts, rounded after each step."""
        rule = text.terms["rounding"].split(", per ")[0]
        out = minor(event["amount"])
        if event["amount"].startswith("EUR"):
            of = {"day": "exchange_rate", "month-average": "average_rate", "month-end": "closing_rate"}
            out = rounded(out * Fraction(event[of[text.terms["exchange_rates"]]]), rule)
        for bundle in text.get("bundles", ()):
            if event["product"].startswith(bundle["product"].removeprefix("every ") + "/"):
                out = rounded(out * rate(bundle["part"]), rule)
                break
        if text.get("allocated") == "yes":
            out -= rounded(out * rate(event.get("other_products", "0")), rule)
        return out

    def setting(self, day: date) -> int:
        """Which effect set the rate of a day: that which came last before it, -1 where none did."""
        came = [(max((d for d in days if d < day), default=date.min), n) for n, (days, _) in enumerate(self.sets)]
        last = max(came, default=(date.min, -1))
        return last[1] if last[0] > date.min else -1

    def rate_of(self, text: Text, setting: int) -> Fraction:
        return rate(text.terms["rate"]) if setting < 0 else self.sets[setting][1]

    # The share

    def share(self, text: Text, events: list[Event], month: int) -> int:
        """The share of a period whose events these are, before any limit."""
        rule, place = text.terms["rounding"].split(", per ")
        lines = [(e, self.amount(text, e), self.setting(date.fromisoformat(e["occurred"]))) for e in events]
        if "tiers" in text.terms or "deductions_limit" in text.terms:
            exact = self.of_sum(text, [(e, a) for e, a, _ in lines], month, rule)
        elif place == "line":
            return sum(rounded(a * self.rate_of(text, s), rule) for _, a, s in lines)
        elif place == "period":
            by = {s: sum(a for _, a, other in lines if other == s) for _, _, s in lines}
            return sum(rounded(a * self.rate_of(text, s), rule) for s, a in by.items())
        else:
            exact = sum((a * self.rate_of(text, s) for _, a, s in lines), Fraction())
        if place == "period":
            return rounded(exact, rule)
        so_far = self.before("exact", month) + self.now("exact", month)
        self.post("exact", month, exact)
        return rounded(so_far + exact, rule) - rounded(so_far, rule)

    def of_sum(self, text: Text, lines: list[tuple[Event, int]], month: int, rule: str) -> Fraction:
        """The exact share of a period's sum, by limit and tiers."""
        base = sum(a for _, a in lines)
        if "deductions_limit" in text.terms:
            gross = sum(a for e, a in lines if e.get("item", "gross") == "gross")
            most = rounded(max(gross, 0) * rate(text.terms["deductions_limit"]), rule)
            base = gross + max(base - gross, -most)
        last = last_of(month)
        first = self.rate_of(text, self.setting(last))
        if "tiers" not in text.terms:
            return base * first
        earlier = self.now("counted", month)
        self.post("counted", month, base)
        at = {"period": Fraction(), "year": self.before("counted", month, text), "life": self.before("counted", month)}
        start = at[text.terms["tiers_count"]] + earlier
        tiers = [(None, first)] + [(minor(t["above"]), rate(t["rate"])) for t in text.terms["tiers"]]
        of = self.in_tiers if text.terms["tiers_apply"] == "incremental" else self.at_tier
        return of(tiers, start + base) - of(tiers, start)

    @staticmethod
    def in_tiers(tiers: list[tuple[int | None, Fraction]], reached: Fraction) -> Fraction:
        out = Fraction()
        for number, (low, each) in enumerate(tiers):
            high = tiers[number + 1][0] if number + 1 < len(tiers) else None
            top = reached if high is None else min(reached, Fraction(high))
            out += each * (top if low is None else max(top - low, Fraction()))
        return out

    @staticmethod
    def at_tier(tiers: list[tuple[int | None, Fraction]], reached: Fraction) -> Fraction:
        return reached * next(each for low, each in reversed(tiers) if low is None or reached > low)

    # Limits

    def of_year(self, text: Text, name: str, month: int) -> Fraction:
        """An amount of the year of a month, as it stands for the part in which the texts so far bind."""
        count = text.get("part_year", "full")
        rule = text.terms["rounding"].split(", per ")[0]
        if count == "full":
            return Fraction(minor(text.terms[name]))
        out = Fraction()
        for each in self.texts:
            if each.first <= text.first and name in each.terms:
                days, whole = days_in(each, text, month), days_in(ALWAYS, text, month)
                over = {"actual/actual": whole, "actual/365": 365, "actual/360": 360}[count]
                out += rounded(minor(each.terms[name]) * (Fraction(1) if days == whole else Fraction(days, over)), rule)
        return out

    def rooms(self, text: Text, month: int) -> list[Fraction]:
        out: list[Fraction] = []
        if "cap" in text.terms:
            out.append(minor(text.terms["cap"]) - self.before("paid", month) - self.now("paid", month))
        if "annual_cap" in text.terms:
            cap = self.of_year(text, "annual_cap", month)
            out.append(cap - self.before("paid", month, text) - self.now("paid", month))
        return out

    def taxed(self, text: Text, amount: Fraction, rule: str) -> Fraction:
        if "withholding" not in text.terms or text.get("withholding_borne_by") == "payer":
            return amount
        return amount - rounded(amount * rate(text.terms["withholding"]), rule)

    def owe(self, period: str, name: str, amount: Fraction | int) -> None:
        self.transfers[f"{self.id}/{period}/{name}"] += int(amount)

    # Running

    def run(self, events: list[Event], until: date) -> dict[str, int]:
        """Every transfer that is not nothing, of the months that are over."""
        first = min([t.first for t in self.texts] + [date.fromisoformat(e["occurred"]) for e in events])
        month = first.year * 12 + first.month - 1
        for text in self.texts:
            if text.first <= min(until, text.last):
                self.advance(text)
        while last_of(month) <= until:
            for text in self.texts:
                self.close(text, events, month)
            month += 1
        return {id: amount for id, amount in self.transfers.items() if amount}

    def advance(self, text: Text) -> None:
        if "advance" in text.terms:
            whole = max(
                minor(text.terms["advance"]) - sum((a for _, a in self.posted["advance"]), Fraction()), Fraction()
            )
            self.post("advance", text.first.year * 12 + text.first.month - 1, whole)
            self.owe(text.first.isoformat(), "advance", whole)

    def close(self, text: Text, events: list[Event], month: int) -> None:
        length = LENGTHS[text.terms["every"]]
        rule, last = text.terms["rounding"].split(", per ")[0], last_of(month)
        begins, ends = text.period(month, length)
        if month == ends:
            start = date(begins // 12, begins % 12 + 1, 1)
            mine = [e for e in events if start <= date.fromisoformat(e["occurred"]) <= last and self.counts(text, e)]
            share = Fraction(self.share(text, mine, month))
            if "floor" in text.terms and text.binds(last):
                share = max(share, minor(text.terms["floor"]) - self.now("paid", month))
            label = label_of(begins, ends)
            self.pay(text, share, month, label, rule)
        if "minimum" in text.terms and month == text.period(month, 12)[1]:
            self.true_up(text, month, rule)

    def pay(self, text: Text, share: Fraction, month: int, label: str, rule: str) -> None:
        owed = share
        bound = text.binds(last_of(month))
        carries = text.get("over_annual_cap") == "carried" and bound
        if carries:
            owed += self.before("deferred", month) + self.now("deferred", month)
        paid = min([owed, *(max(room, Fraction()) for room in self.rooms(text, month))])
        if carries:
            self.post("deferred", month, share - paid)
        self.post("paid", month, paid)
        begun = [other.first for other in self.texts if other.first <= last_of(month)]
        if text.get("cap_reached") == "refund" and begun and text.first == max(begun):
            back = max([Fraction(), *(-room for room in self.rooms(text, month))])
            self.post("paid", month, -back)
            self.owe(label, "refund", back)
        cash = paid
        if "advance" in text.terms:
            given = sum((a for m, a in self.posted["advance"] if m <= self.month_of(text)), Fraction())
            left = given - self.before("recouped", month) - self.now("recouped", month)
            most = rounded(paid * rate(text.terms["recoup_at_most"]), rule) if "recoup_at_most" in text.terms else paid
            kept = max(min(Fraction(most), left), Fraction())
            self.post("recouped", month, kept)
            cash -= kept
        self.owe(label, "share", self.taxed(text, cash, rule))

    @staticmethod
    def month_of(text: Text) -> int:
        return text.first.year * 12 + text.first.month - 1

    def true_up(self, text: Text, month: int, rule: str) -> None:
        later = [t.first for t in self.texts if t.first > text.first]
        if not days_in(text, text, month) or (later and min(later) <= last_of(month)):
            return
        credited = self.before("paid", month, text) + self.now("paid", month)
        short = min([self.of_year(text, "minimum", month) - credited, *self.rooms(text, month)])
        short = max(short, Fraction())
        self.post("paid", month, short)
        self.owe(label_of(*text.period(month, 12)), "true-up", self.taxed(text, short, rule))


def last_of(month: int) -> date:
    """The last day of a month."""
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


ALWAYS = Text({}, date.min, date.max)


def days_in(text: Text, year_of: Text, month: int) -> int:
    """On how many days of a year a text binds: of the year in which a month lies, as another text counts years."""
    first, last = year_of.period(month, 12)
    return max(0, (min(text.last, last_of(last)) - max(text.first, date(first // 12, first % 12 + 1, 1))).days + 1)


def label_of(first: int, last: int) -> str:
    """A month, quarter or year of the calendar; or the months with which another period begins and ends."""
    year, number, length = first // 12, first % 12 + 1, last - first + 1
    if (number - 1) % length:
        return f"{year}-{number:02d}--{last // 12}-{last % 12 + 1:02d}"
    return {1: f"{year}-{number:02d}", 3: f"{year}-Q{(number + 2) // 3}", 12: str(year)}[length]
