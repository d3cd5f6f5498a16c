"""Write the golden SQL anew: ``python -m tests.sql.regenerate``.

Then read ``git diff tests/sql``: what changed there is what databases will be asked from now on.
"""

import sys
from pathlib import Path

from tests.sql.cases import DIALECTS, HERE, golden_files


def regenerate(folder: Path = HERE) -> list[Path]:
    """Write every golden file whose text is another, and delete those of no case; which these were."""
    wanted = golden_files(folder)
    there = {file for name in DIALECTS for file in (folder / name).glob("*.sql")}
    changed = [file for file, text in wanted.items() if file not in there or file.read_bytes() != text.encode()]
    for file in changed:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(wanted[file].encode())
    for file in there - wanted.keys():
        file.unlink()
    return sorted({*changed, *(there - wanted.keys())})


if __name__ == "__main__":
    for changed in regenerate():
        sys.stdout.write(f"{changed}\n")
