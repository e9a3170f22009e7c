"""What all tests have in common: nothing of them comes from, or goes to, the user's own cache."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for this run of the tests alone, also for the commands that they run."""
    before = os.environ.get("ADIDEM_CACHE")
    os.environ["ADIDEM_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["ADIDEM_CACHE"]
    else:
        os.environ["ADIDEM_CACHE"] = before
