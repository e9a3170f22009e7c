"""Waterfalls and tranches against their own arithmetic: order kept, caps held, nothing lost."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.kernel.quantity import round_fraction
from property.loans import agreement, event, figures, run

SHARES = ("100 %", "75 %", "49 %", "1/3", "7 %")


def parsed(share: str) -> Fraction:
    return Fraction(share[:-2]) / 100 if share.endswith("%") else Fraction(share)


def received(tiers: list[dict[str, str]], cap: int, calls: list[tuple[int, int]], given_out: list[tuple[int, int]]):
    """Month → what the investor gets, in minor units: (month, amount) of calls and distributions."""
    out, got, funded = dict[int, int](), 0, 0
    for month in range(1, 13):
        funded += sum(amount for when, amount in calls if when == month)
        left, here = sum(amount for when, amount in given_out if when == month), 0
        for tier in tiers:
            share = parsed(tier["share"])
            if "until" in tier or "until_funded" in tier:
                end = int(tier["until"].split()[1]) * 100 if "until" in tier else None
                if end is None:
                    end = round_fraction(funded * parsed(tier["until_funded"]), "half even")
                room = max(end - got - here, 0)
                taken = min(left, -(-room * share.denominator // share.numerator))
                part = min(round_fraction(taken * share, "half even"), room)
            else:
                taken, part = left, round_fraction(left * share, "half even")
            here, left = here + part, left - taken
        here = min(here, max(cap - got, 0))
        got += here
        out[month] = here
    return out


AMOUNTS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 90_000)), max_size=6)
ENDS = st.one_of(
    st.builds(lambda n: {"until": f"USD {n}"}, st.integers(0, 900)),
    st.builds(lambda n: {"until_funded": f"{n} %"}, st.sampled_from((100, 150, 300))),
)
TIERS = st.tuples(
    st.lists(st.builds(lambda s, e: {"share": s, **e}, st.sampled_from(SHARES), ENDS), max_size=3),
    st.builds(lambda s: {"share": s}, st.sampled_from(SHARES)),
).map(lambda pair: [*pair[0], pair[1]])


@settings(max_examples=60, deadline=None)
@given(TIERS, st.integers(0, 1_500), AMOUNTS, AMOUNTS)
def test_waterfalls(tiers: list[dict[str, str]], cap: int, calls: list[tuple[int, int]], out: list[tuple[int, int]]):
    """Each month's return is that of the tiers in order, as far as each has room, and never over the cap."""
    groups = ", ".join("{" + ", ".join(f"{k}: {v}" for k, v in tier.items()) + "}" for tier in tiers)
    text = agreement(
        {
            "family": "investment",
            "investor": "bank",
            "company": "lab",
            "committed": "USD 9000",
            "waterfall": f"[{groups}]",
            "return_cap": f"USD {cap}",
            "rounding": "half even, per period",
        },
        "deal",
        "investment",
    )
    events = [
        event(f"{kind}-{n}", kind, f"2025-{month:02d}-10", by="lab", amount=f"USD {amount / 100:.2f}")
        for kind, rows in (("funding", calls), ("distribution", out))
        for n, (month, amount) in enumerate(rows)
    ]
    found = {k: v for k, v in figures(run(text, events, "2025-12-31")).items() if k.endswith("return")}
    expected = received(tiers, cap * 100, calls, out)
    assert found == {f"deal/2025-{m:02d}/return": v for m, v in expected.items() if v}
    assert sum(found.values()) <= min(cap * 100, sum(amount for _, amount in out))


TRANCHES = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.one_of(st.none(), st.integers(1, 28)),
        st.one_of(st.none(), st.integers(1, 28)),
        st.one_of(st.none(), st.integers(1, 28)),
    ).filter(lambda t: t[1] is not None or t[2] is not None),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(TRANCHES, st.sampled_from(("fact", "consent", "closing")), AMOUNTS)
def test_tranches(
    tranches: list[tuple[int, int | None, int | None, int | None]], by: str, calls: list[tuple[int, int]]
):
    """A tranche falls due once its day and its condition are there, unless that is after its long stop; calls have
    what is left of the commitment.
    """
    rows, events, expected = [], [], {}
    committed = 1_300_00
    for number, (amount, due, met, stop) in enumerate(tranches, 1):
        parts = {"amount": f"USD {amount}"}
        parts |= {"due": f"2025-03-{due:02d}"} if due else {}
        parts |= {"long_stop": f"2025-03-{stop:02d}"} if stop else {}
        if met:
            parts |= {"upon": f"step-{number}", "met_by": by}
            events += conditions(by, number, f"2025-03-{met:02d}")
        rows.append("{" + ", ".join(f"{k}: {v}" for k, v in parts.items()) + "}")
        day = max(due or 0, met or 0)
        if not stop or day <= stop:
            expected[f"deal/tranche-{number}/tranche"] = amount * 100
    events += [
        event(f"call-{n}", "funding", f"2025-{month:02d}-10", by="lab", amount=f"USD {amount / 100:.2f}")
        for n, (month, amount) in enumerate(calls)
    ]
    room = committed - sum(amount * 100 for amount, *_ in tranches)
    for n, (_, amount) in sorted(enumerate(calls), key=lambda pair: (pair[1][0], pair[0])):
        owed = min(amount, max(room, 0))
        room -= amount
        if owed:
            expected[f"deal/call-{n}/funding"] = owed
    terms = {"investor": "bank", "company": "lab", "committed": "USD 1300", "tranches": f"[{', '.join(rows)}]"}
    assert figures(run(agreement(terms, "deal", "investment"), events, "2025-12-31")) == expected


def conditions(by: str, number: int, on: str) -> list[str]:
    """The events by which what a tranche waits for is met."""
    name = f"step-{number}"
    match by:
        case "fact":
            return [event(name, "fact", on, about=name, text="done")]
        case "consent":
            asked = event(f"ask-{name}", "request", "2025-02-01", by="lab", to="bank", matter=name)
            return [asked, event(name, "consent", on, by="bank", request=f"ask-{name}", answer="given")]
        case _:
            signed = event(f"sign-{name}", "signing", "2025-02-01", by="lab", asset=name)
            return [signed, event(name, "closing", on, signing=f"sign-{name}", outcome="closed")]


def test_a_tranche_by_formula():
    """What a tranche waits for can be a formula over revenue: the day of the event with which it holds counts."""
    terms = {
        "investor": "bank",
        "company": "lab",
        "committed": "USD 100",
        "tranches": "[{amount: USD 100, test: cumulative(revenue.amount) >= USD 30}]",
    }
    sales = [event(f"s{n}", "revenue", f"2025-0{n}-05", by="lab", product="p", amount="USD 20") for n in range(1, 4)]
    assert figures(run(agreement(terms, "deal", "investment"), sales[:1], "2025-12-31")) == {}
    outcome = run(agreement(terms, "deal", "investment"), sales, "2025-12-31")
    assert [
        (f.transfer.id, date.fromordinal(f.transfer.due + 719163).isoformat()) for f in outcome.results[0].figures
    ] == [("deal/tranche-1/tranche", "2025-02-05")]
