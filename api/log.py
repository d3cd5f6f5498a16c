"""Log lines as JSON, each with the ids of its request and job; what errors say stays out: it may hold SQL or paths."""

import datetime as dt
import json
import logging
import sys
import traceback
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str | None] = ContextVar("bellhop_request_id", default=None)
"""Of the request that is under way."""

LOG = logging.getLogger("bellhop")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record and the facts that came with it."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage()}
        facts: dict[str, Any] = {"request_id": request_id.get(), **getattr(record, "facts", {})}
        return json.dumps(line | {name: fact for name, fact in facts.items() if fact is not None}, default=str)


def configure(level: int = logging.INFO) -> None:
    """Let this process log JSON lines on stderr."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[lines], force=True)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(logging.WARNING)


def log_failure(event: str, error: BaseException, **facts: object) -> None:
    """Log where an error came from: its kind and the places that it passed, not its words."""
    LOG.error(event, extra={"facts": {**facts, "error": _kinds(error), "places": _places(error)}})


def _kinds(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__
    return type(error).__name__ if cause is None else f"{type(error).__name__} from {type(cause).__name__}"


def _places(error: BaseException) -> list[str]:
    frames = traceback.walk_tb(error.__traceback__)
    return [f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}:{line}" for frame, line in frames]
