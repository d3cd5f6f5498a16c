"""Keys under which the files of jobs stand in a storage: ``USER/JOB/ATTEMPT.ENDING``.

What a cluster leaves for one of them is in ``USER/JOB/ATTEMPT.pieces/``.
"""

import re

from api.access.principal import USER_ID

JOB_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_KEY = re.compile(rf"({USER_ID.pattern})/({JOB_ID.pattern})/(?:\.?[0-9]+\.[^/]+(?:/[^/]*)?)?")

PIECES = "pieces"
"""The ending of the folder of an attempt."""


def key_of(user_id: str, job_id: str, name: str) -> str:
    """The key of a file of a job."""
    return f"{user_id}/{job_id}/{name}"


def owner_of(key: str) -> tuple[str, str] | None:
    """The ids of user and job that a key may be of: a file, whole or not, or a folder. None: it is somebody else's."""
    found = _KEY.fullmatch(key)
    return (found[1], found[2]) if found else None
