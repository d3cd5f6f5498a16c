"""One run of one contender within a process: ``python -m benchmarks.once``.

Takes a job as JSON, and the same job on a small catalogue, which is done first: imports, thread pools and whatever else
is paid once are paid by then, by everybody alike. Prints seconds of the work alone; ours leaves its manifest.
"""

import gc
import json
import resource
import sys
import time

from benchmarks.cases import contender_of
from benchmarks.job import Job
from pipeline.commands.memory import peak_memory_bytes
from pipeline.lazy import load
from pipeline.manifest import Manifest


def main() -> None:
    """Warm up, prepare, then work by the clock."""
    asked = json.loads(sys.argv[1])
    warm, job = Job.told(asked["warm"]), Job.told(asked["job"])
    work_of = load(contender_of(job.task).place)
    work_of(warm)()
    if job.task.work == "write":
        _ = job.tables  # read before the clock starts, for everybody
    work = work_of(job)
    gc.collect()
    started, cpu = time.perf_counter(), _cpu_seconds()
    done = work()
    told = {"seconds": time.perf_counter() - started, "cpu_seconds": _cpu_seconds() - cpu}
    print(json.dumps(told | {"peak_bytes": peak_memory_bytes()}))
    if isinstance(done, Manifest):
        job.manifest.write_text(done.model_dump_json(), "utf-8")


def _cpu_seconds() -> float:
    """Of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
