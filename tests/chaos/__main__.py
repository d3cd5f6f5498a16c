"""The long form: ``just chaos``, or ``just chaos --tables postgres --jobs 500 --kills 250``."""

import argparse
import tempfile
from pathlib import Path

from api.jobs.steps import Step
from tests.chaos.arena import ANSWERING, DYING, Arena, Plan
from tests.chaos.verdict import verdict
from tests.stored import empty_url


def main() -> None:
    """Run it on each database, and print the figures."""
    parser = argparse.ArgumentParser(prog="just chaos", description=__doc__)
    parser.add_argument("--tables", choices=("sqlite", "postgres", "mysql"), nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    plan = Plan(jobs=given.jobs, kills=given.kills, workers=given.workers, seed=given.seed)
    for tables in given.tables:
        with tempfile.TemporaryDirectory() as name, empty_url(tables, Path(name)) as url:
            arena = Arena(Path(name), url, plan)
            told = arena.run()
            found = verdict(arena)
            arena.database.close()
            assert told.kills["worker"] >= plan.kills, told
            assert {*DYING, *ANSWERING} - {Step.FAILING} <= {*map(Step, told.deaths)}, told
            print(f"{tables}: {told}\n{found}", flush=True)  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()
