"""The model case as the five articles and the later documents have it."""

import shutil

import pytest

from e2e.asking import MODEL_CASE, appended, ask, copied, figures, in_force, one, run, says, states

DECLARED = "declaration by=openai subject=agi profit='USD 120 bn' revenue='USD 90 bn' surpasses_humans=yes"


def outcomes(as_of: str, *arguments: str) -> dict[str, dict]:
    """The results of a run in which one question is live, by its reading."""
    found = run(MODEL_CASE, as_of, *arguments)
    (question,) = found["questions"]
    return {r[question]: result for result in found["results"] for r in (result["readings"], *result["same_under"])}


# What stands on which day


def test_cloud_exclusivity_at_first():
    """In June 2020 the cloud is exclusive by the first agreement, unless its exclusivity began only in 2023."""
    found = {reading: in_force(result) for reading, result in outcomes("2020-06-30").items()}
    assert found["since-2019"]["azure-exclusivity"] == "agreement.lgd"
    assert "azure-exclusivity" not in found["since-2023"]
    assert not any("first-refusal" in clauses for clauses in found.values())
    assert in_force(one(MODEL_CASE, "2020-06-30"))["azure-exclusivity"] == "agreement.lgd"


def test_cloud_exclusivity():
    """In June 2024 the cloud is exclusive by the amendment of 2023, and there is no first refusal."""
    for result in run(MODEL_CASE, "2024-06-30")["results"]:
        found = in_force(result)
        assert found["azure-exclusivity"] == "amendment-2023-01.lgd"
        assert "first-refusal" not in found


def test_first_refusal():
    """In June 2025 the first refusal and the interface exclusivity stand, by the amendment of January 2025."""
    for result in run(MODEL_CASE, "2025-06-30")["results"]:
        found = in_force(result)
        assert found["first-refusal"] == found["api-exclusivity"] == "amendment-2025-01.lgd"
        assert "azure-exclusivity" not in found


def test_end_of_first_refusal():
    """In November 2025 the first refusal is gone, by the amendment of October."""
    for result in run(MODEL_CASE, "2025-11-30")["results"]:
        found = in_force(result)
        assert "first-refusal" not in found
        assert found["any-cloud"] == found["azure-commitment"] == found["agi"] == "since/amendment-2025-10.lgd"
        assert states(result)["first-refusal"] == "terminated"


def test_licence_not_exclusive():
    """In June 2026 the licence is not exclusive, by the amendment of April."""
    before, after = one(MODEL_CASE, "2026-04-26"), one(MODEL_CASE, "2026-06-30")
    assert states(before)["licence/exclusive"] == "in effect"
    assert in_force(after)["licence"] == "since/amendment-2026-04.lgd"
    assert "licence/exclusive" not in states(after)


def test_share_one_way():
    """In June 2026 only OpenAI pays a share, by the amendment of April."""
    result = one(MODEL_CASE, "2026-06-30")
    found = in_force(result)
    assert found["revenue-share-openai"] == "since/amendment-2026-04.lgd"
    assert "revenue-share-microsoft" not in found
    assert "revenue-share-microsoft/2026-Q2/share" not in figures(result)


def test_share_capped(tmp_path):
    """No more than the cap of USD 38 bn is paid over the life of the share, earlier payments counted."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    large = {"kind": "revenue", "occurred": "2026-05-31", "recorded": "2026-05-31", "by": "openai"}
    appended(folder, {**large, "id": "large", "product": "product/chatgpt", "amount": "USD 300 bn"})
    result = one(folder, "2026-06-30")
    shares = [f for id, f in figures(result).items() if id.startswith("revenue-share-openai/")]
    assert sum(share["amount_minor"] for share in shares) == 38_000_000_000_00
    assert result["quantities_minor"]["revenue-share-openai.withheld"] > 0


@pytest.mark.parametrize("subject", ["agi", "capability"])
def test_share_without_agi(subject: str):
    """In June 2026 no declaration touches the share, verified or not."""
    declared = f"declaration by=openai subject={subject} human_level=yes profit='USD 120 bn' surpasses_humans=yes"
    events = [f"{declared} revenue='USD 120 bn' occurred=2026-05-04", "verdict declaration=hypothetical-declaration"]
    plain = figures(one(MODEL_CASE, "2026-06-30"))
    for more in ([], [f"{events[1]} outcome=upheld occurred=2026-05-11"]):
        options = [option for event in (events[0], *more) for option in ("--with", event)]
        for result in run(MODEL_CASE, "2026-06-30", *options)["results"]:
            assert figures(result) == plain


def test_verified_agi_ends_research_licence():
    """What a verified declaration still ends in June 2026 is the research licence."""
    events = [f"{DECLARED} occurred=2026-05-04", "verdict declaration=hypothetical-declaration outcome=upheld"]
    options = ["--with", events[0], "--with", f"{events[1]} occurred=2026-05-11", "--reading", "agi.test=profit"]
    assert states(one(MODEL_CASE, "2026-05-11", *options))["research-licence"] == "in effect"
    assert states(one(MODEL_CASE, "2026-05-12", *options))["research-licence"] == "terminated"


def test_without_since(tmp_path):
    """With `since/` deleted the articles' layer checks and runs, and says the same of June 2025."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    shutil.rmtree(folder / "since")
    assert ask("check", folder)["problems"] == []
    alone, whole = run(folder, "2025-06-30"), run(MODEL_CASE, "2025-06-30")
    assert alone.pop("receipt") != whole.pop("receipt")
    assert alone == whole
    assert "first-refusal" in in_force(one(folder, "2026-06-30"))


# Windsurf


def test_windsurf_closed():
    """Had the purchase closed, Windsurf's product would have left the licence."""
    closing = ["--with", "closing signing=windsurf-signed outcome=closed occurred=2025-06-20"]
    use = "act by=microsoft act=use asset=product/windsurf occurred=2025-06-25"
    assert "licence/hypothetical-act" not in states(one(MODEL_CASE, "2025-06-30", "--with", use))
    assert states(one(MODEL_CASE, "2025-06-30", *closing, "--with", use))["licence/hypothetical-act"] == "violated"


def test_windsurf_lapsed():
    """As the purchase lapsed, nothing left the licence."""
    for day in ("2025-07-10", "2025-07-31"):
        assert ask("may", MODEL_CASE, "microsoft", "use", "product/windsurf", "--at", day)["answer"] == "yes"


# Oracle


def test_oracle():
    """The capacity that Oracle lent in 2024 is a breach, a waived breach or no breach, as letting it pass is read."""
    found = outcomes("2025-06-30")
    assert {reading: states(r).get("azure-exclusivity/placed-oracle") for reading, r in found.items()} == {
        "breach": "violated",
        "waiver": "discharged",
        "consent": None,
    }


def test_no_party_waives_its_own_act(tmp_path):
    """That OpenAI lets its own act pass excuses nothing."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    ledger = folder / "ledger.jsonl"
    text = ledger.read_text(encoding="utf-8")
    mine = '"kind": "waiver", "occurred": "2024-06-11", "recorded": "2024-06-11", "by": "microsoft"'
    assert mine in text
    ledger.write_text(text.replace(mine, mine.replace("microsoft", "openai")), encoding="utf-8")
    (result,) = run(folder, "2025-06-30")["results"]
    assert states(result)["azure-exclusivity/placed-oracle"] == "violated"


# General intelligence


@pytest.mark.parametrize(
    ("test", "reached"), [("profit", True), ("revenue", False), ("human-level", False)], ids=lambda v: str(v)
)
def test_declaration_under_each_test(test: str, reached: bool):
    """A declaration of high profit and lower revenue meets the test of profit alone."""
    options = ["--with", f"{DECLARED} occurred=2025-06-30", "--reading", f"agi.test={test}"]
    options += ["--reading", "agi.decided_by=declaration", "--reading", "agi.effects=sever"]
    assert ("licence" not in in_force(one(MODEL_CASE, "2025-07-01", *options))) is reached


@pytest.mark.parametrize(
    ("effects", "licence", "exclusive", "first_refusal"),
    [
        ("sever", "terminated", "terminated", "terminated"),
        ("renegotiate", "suspended", "suspended", "in effect"),
        ("governance", "in effect", "terminated", "in effect"),
    ],
)
def test_declaration_with_each_effect(effects: str, licence: str, exclusive: str, first_refusal: str):
    """A declaration ends the agreement, suspends the licence, or opens it to others, as its effects are read."""
    options = ["--with", f"{DECLARED} occurred=2025-06-30", "--reading", "agi.test=profit"]
    options += ["--reading", "agi.decided_by=declaration", "--reading", f"agi.effects={effects}"]
    found = states(one(MODEL_CASE, "2025-07-01", *options))
    assert (found["licence"], found["licence/exclusive"], found["first-refusal"]) == (licence, exclusive, first_refusal)


def test_panel_pending():
    """While a panel has still to verify, it must, and the share of OpenAI is provisional but the same."""
    options = ["--with", f"{DECLARED} occurred=2025-11-10", "--reading", "agi.test=profit"]
    plain, result = one(MODEL_CASE, "2025-12-31"), one(MODEL_CASE, "2025-12-31", *options)
    assert states(result)["agi/hypothetical-declaration/verdict"] == "in effect"
    share, before = (figures(r)["revenue-share-openai/2025-Q4/share"] for r in (result, plain))
    assert (share["provisional"], before["provisional"]) == (True, False)
    assert share["amount_minor"] == before["amount_minor"]


def test_panel_rejects():
    """A verdict that rejects leaves the share as it was, and provisional no more: nothing is to be trued up."""
    verdict = "verdict declaration=hypothetical-declaration outcome=rejected occurred=2025-12-15"
    options = ["--with", f"{DECLARED} occurred=2025-11-10", "--with", verdict, "--reading", "agi.test=profit"]
    assert figures(one(MODEL_CASE, "2025-12-31", *options)) == figures(one(MODEL_CASE, "2025-12-31"))


def test_panel_upholds():
    """A verdict that upholds ends the share from the day after it: what is earned on its day is still shared."""
    verdict = "verdict declaration=hypothetical-declaration outcome=upheld"
    options = ["--with", f"{DECLARED} occurred=2025-11-10", "--reading", "agi.test=profit"]
    on_the_day = one(MODEL_CASE, "2025-12-31", *options, "--with", f"{verdict} occurred=2025-12-31")
    day_before = one(MODEL_CASE, "2025-12-31", *options, "--with", f"{verdict} occurred=2025-12-30")
    plain = figures(one(MODEL_CASE, "2025-12-31"))["revenue-share-openai/2025-Q4/share"]
    assert figures(on_the_day)["revenue-share-openai/2025-Q4/share"] == plain
    assert "revenue-share-openai/2025-Q4/share" not in figures(day_before)
    assert states(day_before)["revenue-share-openai"] == "terminated"


# Restructuring


def test_restructuring():
    """OpenAI may not restructure before Microsoft has consented, and may after."""
    asked = ("openai", "restructure", "openai-structure")
    assert ask("may", MODEL_CASE, *asked, "--at", "2025-06-30", code=1)["answer"] == "no"
    assert ask("may", MODEL_CASE, *asked, "--at", "2025-10-28")["answer"] == "yes"


def test_only_the_asked_consents():
    """What OpenAI answers to its own request is no consent."""
    consent = "consent by=openai request=restructuring-asked answer=given"
    act = "act by=openai act=restructure asset=openai-structure"
    result = one(MODEL_CASE, "2025-06-30", "--with", consent, "--with", act)
    assert states(result)["restructuring/hypothetical-act"] == "violated"


# What was known


def test_known_at_reproduces(tmp_path):
    """What was known in June 2025 is what a ledger says that ends there."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    shutil.rmtree(folder / "since")
    then = run(folder, "2025-06-30", "--known-at", "2025-06-30")
    now = run(MODEL_CASE, "2025-06-30", "--known-at", "2025-06-30")
    assert then["results"] == now["results"]


def test_correction_changes_later_knowledge_alone(tmp_path):
    """A correction recorded in August changes the answer from August on, and none before."""
    folder = copied(MODEL_CASE, tmp_path / "case")
    before = run(folder, "2025-06-30", "--known-at", "2025-07-31")["results"]
    correction = {"kind": "correction", "corrects": "revenue-openai-2025-q1-api", "amount": "USD 500 m"}
    appended(folder, {**correction, "id": "restated", "occurred": "2025-08-01", "recorded": "2025-08-01"})
    assert run(folder, "2025-06-30", "--known-at", "2025-07-31")["results"] == before
    after = figures(one(folder, "2025-06-30", "--known-at", "2025-08-01"))["revenue-share-openai/2025-Q1/share"]
    assert after["amount_minor"] == 385_000_000_00


# Sentences


def test_sentences():
    """A norm reads: holder, must, may or must not, and what it says."""
    found = says(one(MODEL_CASE, "2025-06-30"))
    assert found["first-access"] == "release any model with anyone but azure unless microsoft was offered it first"
    assert found["disclosure"] == "disclose any model within 30 days after each “finish”"
    assert found["restructuring"] == "ask microsoft for its consent to restructure openai-structure"
    assert found["own-capacity"] == "build any capacity"


def test_the_outage_breaks_some_objectives():
    """No source gives the service level: whether the outage of December 2024 broke it hangs on what is assumed."""
    months = {o["id"]: o for o in one(MODEL_CASE, "2025-06-30")["obligations"] if o["clause"] == "performance"}
    december = months.pop("performance/2024-12/availability")
    assert (december["states"], december["rests_on"]) == (["violated", "fulfilled"], ["performance.objective"])
    assert {tuple(each["states"]) for each in months.values()} == {("fulfilled",)}
