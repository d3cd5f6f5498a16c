"""What Prometheus is told: counters of this process, and the state of the tables when it asks."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from api.jobs.store import stored_bytes
from api.tables.database import Clock, Database
from api.tables.models import Job, JobStatus
from pipeline.manifest import Manifest


class Metrics:
    """The counters of one application."""

    def __init__(self, database: Database, clock: Clock) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Counter("bellhop_requests", "HTTP requests.", ("method", "route", "status"), registry=registry)
        self._latency = Histogram(
            "bellhop_request_seconds", "Until the answer begins.", ("method", "route"), registry=registry
        )
        self._exports = Counter(
            "bellhop_exports", "Exports that ended.", ("export_type", "format", "outcome"), registry=registry
        )
        self._rows = Counter("bellhop_rows", "Rows of all tables, written.", ("export_type",), registry=registry)
        self._bytes = Counter("bellhop_bytes", "Bytes of files, written.", ("format",), registry=registry)
        self._stages = Counter("bellhop_stage_seconds", "Seconds of exports by stage.", ("stage",), registry=registry)
        self._points = Counter("bellhop_points", "Points that moved.", ("movement",), registry=registry)
        registry.register(_Tables(database, clock))

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(method, route).observe(seconds)

    def ended(self, export_type: str, format_: str, outcome: str) -> None:
        """Count an export."""
        self._exports.labels(export_type, format_, outcome).inc()

    def written(self, manifest: Manifest) -> None:
        """Count what is in a file, and where the time went."""
        self._rows.labels(manifest.export_type).inc(sum(manifest.rows.values()))
        self._bytes.labels(manifest.format).inc(manifest.bytes)
        for stage, seconds in manifest.timings.items():
            self._stages.labels(stage).inc(seconds)

    def points(self, movement: str, amount: int) -> None:
        """Count points that moved."""
        self._points.labels(movement).inc(amount)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Tables(Collector):
    """Gauges that are read from the tables when they are asked for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing beforehand: registering reads no table."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Jobs by status, the age of the oldest that waits, and the bytes of all files."""
        with self._database.reading() as session:
            by_status = session.execute(select(Job.status, func.count()).group_by(Job.status)).all()
            pending = Job.status == JobStatus.PENDING.value
            oldest = session.scalar(select(func.min(Job.created_at)).where(pending))
            stored = stored_bytes(session)
        jobs = GaugeMetricFamily("bellhop_jobs", "Jobs by status.", labels=("status",))
        for status, count in by_status:
            jobs.add_metric((status,), count)
        yield jobs
        age = 0.0 if oldest is None else max(0.0, (self._clock() - oldest).total_seconds())
        yield GaugeMetricFamily("bellhop_queue_age_seconds", "Age of the oldest job that waits.", value=age)
        yield GaugeMetricFamily("bellhop_storage_bytes", "Bytes of files that are kept.", value=float(stored))
