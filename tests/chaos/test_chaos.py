"""Jobs while their workers and their service are killed; ``just chaos`` is the long form."""

from pathlib import Path

import pytest

from tests.chaos.arena import Arena, Plan
from tests.chaos.verdict import verdict
from tests.stored import empty_url


@pytest.mark.parametrize("tables", ["sqlite", "postgres"])
def test_every_job_ends_whole_or_paid_back_whoever_is_killed(tables: str, tmp_path: Path) -> None:
    with empty_url(tables, tmp_path) as url:
        arena = Arena(tmp_path, url, Plan(jobs=8, kills=4, workers=2))
        told = arena.run()
        found = verdict(arena)
        arena.database.close()
    assert told.kills["worker"] >= 4
    assert found.jobs["completed"] > 0
