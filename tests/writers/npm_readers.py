"""Workbooks as JavaScript reads them: SheetJS and ExcelJS, npm's two libraries for it, run in Node by npm/read.mjs."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from tests.readers import MalformedFileError, Sheets, XlsxCell, decoded
from tests.require import require

Library: TypeAlias = Literal["sheetjs", "exceljs"]
LIBRARIES: tuple[Library, ...] = ("sheetjs", "exceljs")

FOLDER = Path(__file__).parent / "npm"

_TEXT: Mapping[Library, Callable[[str], str]] = {"sheetjs": str, "exceljs": decoded}
"""ExcelJS decodes ``_xHHHH_`` in shared strings only (exceljs/exceljs#584), and Bellhop's text is inline."""


def read_xlsx_npm(library: Library, paths: Sequence[Path]) -> list[Sheets]:
    """Read the worksheets of many workbooks at once, as Node takes its time to start.

    Both show a cell that is not there as None. A formula, a link or an error in a cell of any of them is refused.
    """
    require(shutil.which("node"), "Node.js (node)")
    require((FOLDER / "node_modules").is_dir(), "SheetJS and ExcelJS (npm ci --prefix tests/writers/npm)")
    command = ["node", FOLDER / "read.mjs", library, *paths]
    run = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if run.returncode:
        raise MalformedFileError(run.stderr.decode())
    return [
        {title: [[_cell(library, cell) for cell in row] for row in rows] for title, rows in sheets}
        for sheets in json.loads(run.stdout)
    ]


def _cell(library: Library, value: XlsxCell | dict[str, str]) -> XlsxCell:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["date"]).replace(tzinfo=None)
    return _TEXT[library](value) if isinstance(value, str) else value
