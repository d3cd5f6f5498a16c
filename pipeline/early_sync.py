"""A file goes to the disk while it is written: once all is written, there is little left to wait for."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

_EVERY_BYTES = 32 << 20
"""How much is written before the disk is told again."""


class EarlySync:
    """Tells the disk now and then of what was written, in a thread that ends with the context.

    Raises:
        OSError: The disk took some of it and could not keep it: it says so once, so whoever asks last may not hear it.

    """

    def __init__(self, descriptor: int, every_bytes: int = _EVERY_BYTES) -> None:
        self._descriptor = descriptor
        self._every_bytes = every_bytes
        self._untold = 0
        self._under_way: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bellhop-sync")

    def wrote(self, size: int) -> None:
        """So many bytes more were written."""
        self._untold += size
        if self._untold >= self._every_bytes and (self._under_way is None or self._under_way.done()):
            self._hear()
            self._under_way, self._untold = self._thread.submit(_sync, self._descriptor), 0

    def _hear(self) -> None:
        if self._under_way is not None:
            self._under_way.result()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way."""
        self._thread.shutdown()
        if error is None:
            self._hear()


def _sync(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)  # macOS has the second alone
