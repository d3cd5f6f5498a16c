"""What exports cost on more machines than there are here: ``python -m benchmarks.scale``.

A model, not a measurement: measured rates of one export, times a busy hour of so many users. Change them to yours.
"""

import math
from dataclasses import dataclass, fields

SECONDS_AN_HOUR = 3_600
HOURS_KEPT = 24
"""The default of BELLHOP_RETENTION."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Of one export of hotels with all their children as CSV, measured on two shared cores."""

    cpu_seconds: float = 0.15
    """Of any export: counts, plan, job row, publishing."""
    cpu_seconds_a_record: float = 46e-6
    """100,000 hotels: 2.2 s to read and sort, 2.4 s to reshape, encode and hash."""
    database_seconds: float = 0.03
    database_seconds_a_record: float = 8e-6
    """PostgreSQL, on a copy of the tables' rows: 0.8 s for 100,000 hotels."""
    file_bytes_a_record: float = 390.0
    memory_bytes: float = 300e6
    """What an export under way takes at most."""
    transactions: float = 15.0
    """In the service's tables: submit, claim, ten steps of progress, publish, records of it."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a user asks for in the busiest hour."""

    exports: float = 0.5
    shares: tuple[tuple[int, float], ...] = ((1_000, 0.7), (20_000, 0.25), (100_000, 0.05))
    """Records of an export, and how many of the exports have so many."""
    busy_hours_a_day: float = 6.0
    """The day's exports, in busiest hours."""

    @property
    def records(self) -> float:
        """Of an export, on average."""
        return sum(records * share for records, share in self.shares)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One of those that the service runs on, and the shared parts that all of them use."""

    cores: int = 8
    most_busy: float = 0.6
    """Above this share jobs queue for longer than they run."""
    database_cores: int = 8
    transactions_a_second: float = 400.0
    """PostgreSQL under the service's tables, with every commit on disk."""
    storage_bytes_a_second: float = 250e6
    storage_bytes: float = 50e9
    """The default of BELLHOP_STORAGE_QUOTA_BYTES."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What so many users come to in their busiest hour."""

    users: int
    exports_an_hour: float
    cores: float
    machines: int
    memory_gb: float
    database_cores: float
    transactions_a_second: float
    storage_mb_a_second: float
    kept_gb: float
    breaks_first: str
    """What of one machine, database and storage is used most, and how often over."""


def load(users: int, rates: Rates, demand: Demand, machine: Machine) -> Load:
    """The load that users make, by multiplication alone; queues come on top once anything is used above its bound."""
    exports = users * demand.exports
    a_second = exports / SECONDS_AN_HOUR
    cores = a_second * (rates.cpu_seconds + rates.cpu_seconds_a_record * demand.records)
    database = a_second * (rates.database_seconds + rates.database_seconds_a_record * demand.records)
    transactions = a_second * rates.transactions
    written = a_second * rates.file_bytes_a_record * demand.records
    kept = exports * min(demand.busy_hours_a_day, HOURS_KEPT) * rates.file_bytes_a_record * demand.records
    used = {
        "cores": cores / (machine.cores * machine.most_busy),
        "database": database / (machine.database_cores * machine.most_busy),
        "tables": transactions / machine.transactions_a_second,
        "storage's speed": written / machine.storage_bytes_a_second,
        "storage's size": kept / machine.storage_bytes,
    }
    first = max(used, key=used.__getitem__)
    return Load(
        users=users,
        exports_an_hour=exports,
        cores=cores,
        machines=max(1, math.ceil(used["cores"])),
        memory_gb=max(1, math.ceil(cores)) * rates.memory_bytes / 1e9,
        database_cores=database,
        transactions_a_second=transactions,
        storage_mb_a_second=written / 1e6,
        kept_gb=kept / 1e9,
        breaks_first=f"{first}, used {used[first]:.1%}",
    )


def table(loads: list[Load]) -> str:
    """Loads side by side, as Markdown."""
    names = [field.name for field in fields(Load)][1:]
    head = "| | " + " | ".join(f"{one.users:,} users" for one in loads) + " |"
    rows = [
        f"| {_said(name)} | " + " | ".join(_shown(getattr(one, name)) for one in loads) + " |" for name in names[1:]
    ]
    return "\n".join([head, "|---" * (len(loads) + 1) + "|", *rows])


def _said(name: str) -> str:
    return name.replace("_", " ").replace(" gb", ", GB").replace(" mb ", " MB ")


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004 - two digits suffice


def report() -> str:
    """10, 1,000 and 100,000 users at the rates above."""
    return table([load(users, Rates(), Demand(), Machine()) for users in (10, 1_000, 100_000)])


if __name__ == "__main__":
    print(report())
