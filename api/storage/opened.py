"""The storage that the settings name."""

from pathlib import Path

from api.settings import Settings
from api.storage.base import Storage
from api.storage.folder import FolderStorage
from api.storage.place import place_of
from pipeline.errors import UsageError
from pipeline.lazy import load


def storage_of(settings: Settings) -> Storage:
    """Open a storage.

    Raises:
        UsageError: What it needs is not installed, or the folder cannot be used.

    """
    place = place_of(settings.storage)
    if isinstance(place, Path):
        return _folder(place)
    storage: Storage = load("api.storage.s3:S3Storage", extra="s3")(place, settings.s3_keys, settings.storage_patience)
    return storage


def _folder(place: Path) -> FolderStorage:
    try:
        return FolderStorage(place)
    except OSError as error:
        message = f"BELLHOP_STORAGE: {place} cannot be used: {error.strerror}; name a folder that Bellhop may write to"
        raise UsageError(message) from error
