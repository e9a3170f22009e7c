"""Files that were made to do harm: to fill the memory, the stack or the hours of whoever reads them."""

FRONT = """---
title: Lemonade
document_type: contract
effective_date: 2024-01-01
sides:
  - name: growers
    label: Grower
    parties: [{name: ada, label: Ada, type: legal_entity, legal_name: Ada Ltd}]
  - name: sellers
    label: Seller
    parties: [{name: ben, label: Ben, type: legal_entity, legal_name: Ben Ltd}]
---
"""
SIGNING = "\n# Signing {#signing}\n\n```terms\nfamily: document\nsigned: 2023-12-01\neffective: 2024-01-01\n```\n"
DOCUMENT = f"{FRONT}{SIGNING}\n# Share {{#share}}\n\n"
SOUND = (
    f"{DOCUMENT}```terms\nfamily: revenue-share\npayer: ada\npayee: ben\nof: ada\nproducts: everything\nrate: 20 %\n"
    "every: month\npay_within: 30 days\nrounding: half even, per period\n```\n"
)
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
REVENUE = (
    '{{"id": "{0}", "kind": "revenue", "occurred": "2024-01-31", "recorded": "2024-01-31", '
    '"by": "ada", "product": "lemonade", "amount": "USD 5"}}\n'
)


def _terms(body: str) -> str:
    return f"{DOCUMENT}```terms\n{body}\n```\n"


def _share(old: str, new: str) -> str:
    return SOUND.replace(old, new)


def _formula(text: str) -> str:
    before = "family: determination\ndeclarer: ada\nsubject: ripe\n"
    return _terms(f"{before}test: {text}\ndecided_by: declaration\neffects: [{{end: agreement}}]")


AGREEMENTS: dict[str, str | bytes] = {
    "an alias bomb in a terms block": _terms(BOMB),
    "an alias bomb in the front matter": f"---\n{BOMB}---\n{SIGNING}",
    "1,500 nested lists": DOCUMENT + "".join("  " * depth + "- lemons\n" for depth in range(1_500)),
    "1,500 nested lists on one line": DOCUMENT + "- " * 1_500 + "lemons\n",
    "1,500 nested lists of YAML": _terms("rate: " + "[" * 1_500 + "]" * 1_500),
    "30,000 unclosed directives": DOCUMENT + "{{party: \n\n" * 30_000,
    "30,000 unclosed directives on one line": DOCUMENT + "{{party: " * 30_000 + "\n",
    "a fence that is never closed": f"{DOCUMENT}```terms\nfamily: waiver\n\n# Waiver {{#waiver}}\n",
    "a comment that is never closed": f"{DOCUMENT}<!-- lemons\n" + "more lemons\n" * 50_000,
    "two terms blocks under one heading": _terms("family: waiver\nby_conduct: none")
    + "\n```terms\nfamily: duty\n```\n",
    "10,000 terms blocks under one heading": DOCUMENT + "```terms\nfamily: duty\n```\n\n" * 10_000,
    "a formula nested 10,000 deep": _formula(f">-\n  {'(' * 10_000}\n  yes\n  {')' * 10_000}"),
    "a formula of 10,000 negations": _formula(f">-\n  {'not ' * 4_000}\n  {'not ' * 4_000}\n  yes"),
    "a formula of 100,000 signs": _formula(">-\n" + "  yes and yes and\n" * 25_000 + "  yes"),
    "a number of a million digits": _share("rate: 20 %", "rate: >-\n" + ("  " + "9" * 19_000 + "\n") * 52),
    "a rate of nineteen thousand digits": _share("20 %", "9" * 19_000),
    "a sum of nineteen thousand digits": _share("every: month", f"every: month\ncap: USD {'9' * 19_000}"),
    "a time of nineteen thousand digits": _share("30 days", f"{'9' * 19_000} days"),
    "a word of nineteen thousand letters": _share("payer: ada", f"payer: {'a' * 19_000}"),
    "a key of nineteen thousand letters": _share("payer: ada", f"{'a' * 19_000}: ada"),
    "a binary file": bytes(range(256)) * 4_000,
    "an archive": b"PK\x03\x04" + b"\0" * 100_000,
    "nothing": "",
    "eight million blanks": " " * 8_000_001,
    "50,000 headings": DOCUMENT + "# Lemons {#lemons}\n\n" * 50_000,
    "15,000 clauses": DOCUMENT + "".join(f"# L {{#l{n}}}\n\n```terms\nfamily: x\n```\n\n" for n in range(15_000)),
    "100,000 passages": DOCUMENT + "lemons\n\n" * 100_000,
}
"""What to call it → the text of agreement.lgd."""

LEDGERS: dict[str, str | bytes] = {
    "a line cut in the middle": REVENUE.format("a") + REVENUE.format("b")[:70],
    "a line of 100,000 brackets": "[" * 100_000 + "\n",
    "a line of 100,000 braces": '{"a":' * 100_000 + "\n",
    "100,000 lines that are none": "lemons\n" * 100_000,
    "100,000 events of one id": "".join(
        REVENUE.format("a").replace("USD 5", f"USD {number}") for number in range(100_000)
    ),
    "100,000 answers to nothing": "".join(
        f'{{"id": "a{n}", "kind": "answer", "occurred": "2024-01-31", "recorded": "2024-01-31", '
        f'"by": "ada", "offer": "o{n}", "answer": "accepted"}}\n'
        for n in range(100_000)
    ),
    "an amount of 100,000 digits": REVENUE.format("a").replace("USD 5", "USD " + "9" * 100_000),
    "a binary ledger": bytes(range(256)) * 4_000,
    "a chain that is broken": REVENUE.format("a").replace("}", ', "seal": "00000000000000000000000000000000"}'),
    "an event in the year 9999": REVENUE.format("a").replace("2024-01-31", "9999-12-31")
    + REVENUE.format("b").replace("USD 5", "USD five"),
}
"""What to call it → the text of ledger.jsonl."""
