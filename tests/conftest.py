"""How hard the tests look, and what they share."""

import os
import signal
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, settings

from pipeline.sources import postgres
from tests import require
from tests.stored import COPIED, small_tables_by_session

# Under CI, Hypothesis would take a profile of its own; these two stand everywhere.
# A catalogue takes its time to draw on two busy cores: slowness is no finding, so no deadline and no too_slow.
settings.register_profile(
    "default",
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("prove", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# A shell has what it starts in the background ignore Ctrl-C, and so do its children: those of the tests are to hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _small_tables_as_large_ones() -> Iterator[None]:
    """Small tables of PostgreSQL are read by ConnectorX, as large ones are, unless a test wants it otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_SMALL_ROWS", 0)
        yield


@pytest.fixture(autouse=True)
def _small_tables_as_they_are(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where a test asks for them."""
    asked = getattr(request.node, "callspec", None)
    with small_tables_by_session() if asked and COPIED in asked.params.values() else nullcontext():
        yield


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with require.postgres_url() as url:
        yield url


@pytest.fixture
def mysql_url() -> Iterator[str]:
    """The URL of an empty MySQL or MariaDB database of this test's own."""
    with require.mysql_url() as url:
        yield url
