"""One program, many evaluations: and one engine."""

from house import tree


def test_one_evaluate():
    """Exactly one function in src/adidem is named `evaluate`."""
    engines = [
        f"{module.name}::{name}"
        for module in tree.modules()
        for name, node in module.functions()
        if node.name == "evaluate"
    ]
    assert len(engines) == 1, engines
