"""Scratch files: what an export keeps on disk until it ends, in the folder of temporary files (TMPDIR)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import BellhopError, OutputError


def scratch_file() -> IO[bytes]:
    """A new file without a name, gone when it is closed.

    Raises:
        OutputError: There is no room for it, or no folder.

    """
    with scratch_told():
        return tempfile.TemporaryFile()


@contextmanager
def scratch_told() -> Iterator[None]:
    """What goes wrong with scratch files is told as that, not as the target's failure.

    Raises:
        OutputError: There is no room for them, or no folder.

    """
    try:
        yield
    except BellhopError:
        raise  # some of these are OSErrors, but of the catalogue
    except OSError as error:
        folder = Path(tempfile.gettempdir())
        message = f"scratch files in {folder} cannot be written: {error.strerror}; make room, or name another by TMPDIR"
        raise OutputError(message, path=folder) from error
