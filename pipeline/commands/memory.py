"""What this process took of memory at its highest."""

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_memory_bytes() -> int:
    """The peak of resident memory of this process alone.

    ru_maxrss is only the second choice: on Linux a process that was forked and replaced begins with its parent's.
    """
    if _STATUS.is_file():
        peak = re.search(r"VmHWM:\s*(\d+) kB", _STATUS.read_text("ascii"))
        if peak:
            return int(peak[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
