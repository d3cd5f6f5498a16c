"""Looks at a file of the benchmark: ``python -m benchmarks.checks``.

Takes a job as JSON, whose file and manifest are there; prints a verdict as JSON.
"""

import json
import sys
from dataclasses import asdict

from benchmarks.checks.files import verdict_of
from benchmarks.job import Job

if __name__ == "__main__":
    print(json.dumps(asdict(verdict_of(Job.told(json.loads(sys.argv[1]))))))
