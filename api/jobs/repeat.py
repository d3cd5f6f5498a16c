"""Repeats: what an identical request gave, while the catalogue is proved not to have changed, is given again.

The same bytes, so the file's own metadata (export_id, generated_at) are those of the first. Who asks stands in them
too: a file is given again to its own user only.
"""

import hashlib
import json
from importlib.metadata import version

from sqlalchemy import select

from api.parts import Parts
from api.storage.base import sha256_of
from api.tables.models import Job, JobStatus
from pipeline.export import Export
from pipeline.manifest import SCHEMA_VERSION, Manifest


def repeat_key(parts: Parts, job: Job, held: Export, generated_by: str | None) -> str | None:
    """The same for requests that give the same bytes but for id and times; None where that is not proved.

    To be asked after the moment is held: a version that was read before, and still holds, is the moment's own.
    """
    if not parts.settings.repeats or held.version is None or not held.version.still_holds():
        return None
    meaning = [
        held.version.token,
        parts.settings.source.get_secret_value(),
        parts.settings.source_label,
        dict(held.views.sha256),
        job.request_hash,
        held.scope().suppliers,
        job.user_id,
        generated_by,
        SCHEMA_VERSION,
        version("bellhop"),
    ]
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def repeated(parts: Parts, job: Job, repeat: str, key: str) -> Manifest | None:
    """The manifest of an equal file, which then stands under this key, too; None if there is none that is whole."""
    earlier = _earlier(parts, job, repeat)
    if earlier is None or not earlier.storage_key:
        return None
    try:
        parts.storage.copy(earlier.storage_key, key)
        with parts.storage.open(key, whole=True) as file:
            is_whole = sha256_of(file) == earlier.sha256
    except OSError:
        return None  # it went away meanwhile, or cannot be had: the export runs
    if not is_whole:
        parts.storage.delete(key)
        return None
    return Manifest.model_validate(earlier.manifest)


def _earlier(parts: Parts, job: Job, repeat: str) -> Job | None:
    same = (Job.repeat_key == repeat, Job.user_id == job.user_id, Job.status == JobStatus.COMPLETED.value)
    is_kept = Job.storage_key.is_not(None)  # of a deleted job there is the row alone
    small = Job.processed_records <= parts.settings.max_records
    with parts.database.reading() as session:
        found = select(Job).where(*same, is_kept, small).order_by(Job.completed_at.desc(), Job.id).limit(1)
        return session.scalar(found)
