"""One run of one contender that works on frames in memory, in a process of its own: ``python -m benchmarks.once``.

Takes a task, a catalogue and a target as JSON; prints seconds of the work alone, and its manifest if it gives one.
"""

import gc
import json
import sys
import time
from pathlib import Path

from benchmarks.contest import Task, contender_of
from benchmarks.job import Job
from pipeline.commands.memory import peak_memory_bytes
from pipeline.lazy import load
from pipeline.manifest import Manifest


def main() -> None:
    """Prepare, then work by the clock."""
    asked = json.loads(sys.argv[1])
    job = Job(Task(**asked["task"]), asked["url"], asked["sqlite_url"], Path(asked["target"]))
    _ = job.tables  # read before the clock starts, for everybody
    work = load(contender_of(job.task).place)(job)
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    done = work()
    told = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    told["peak_bytes"] = peak_memory_bytes()
    print(json.dumps(told | {"stages": done.timings if isinstance(done, Manifest) else {}}))


if __name__ == "__main__":
    main()
