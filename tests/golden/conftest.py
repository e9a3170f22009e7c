"""`pytest tests/golden --golden-reset` writes what is printed now into the golden pages, for review as a diff."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option `--golden-reset`."""
    parser.addoption("--golden-reset", action="store_true", help="Rewrite the expected output of tests/golden.")


@pytest.fixture
def golden_reset(request: pytest.FixtureRequest) -> bool:
    """Whether expectations are to be written anew."""
    return bool(request.config.getoption("--golden-reset", default=False))
