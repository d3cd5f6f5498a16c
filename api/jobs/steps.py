"""The named steps of a job: whoever wants to know what becomes of it when a process dies there can be told of each."""

import enum
from collections.abc import Callable


class Step(enum.StrEnum):
    """How far a job is; what is named in the progressive form is in a transaction that has not ended yet."""

    ACCEPTING = "accepting"
    """The row, the points and the record of a request are written, and not committed."""
    ACCEPTED = "accepted"
    """They are; nobody was answered."""
    CLAIMING = "claiming"
    """A worker has the job, and has not committed that."""
    CLAIMED = "claimed"
    """It has; nothing was read yet."""
    COUNTED = "counted"
    """The catalogue is held, and its records counted."""
    CHUNK = "chunk"
    """A chunk was written, not all of them."""
    WRITTEN = "written"
    """The whole file is in the storage; its row knows nothing of it."""
    PUBLISHING = "publishing"
    """The row says that the job is completed, which is not committed."""
    PUBLISHED = "published"
    """The job is completed."""
    FAILING = "failing"
    """The row says that the job has failed, the points are back, and none of it is committed."""
    HANDING_BACK = "handing back"
    """A worker that is stopped lets go of its job, and has not committed that."""
    CANCELLING = "cancelling"
    """The row says that the job is cancelled, the points are back, and none of it is committed."""


Reached = Callable[[Step], None]
"""Told of each step."""


def unheard(step: Step) -> None:
    """Nobody wants to know."""
    del step
