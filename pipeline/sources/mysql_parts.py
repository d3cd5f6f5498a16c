"""MySQL through ConnectorX, the fast path: parts of tables, side by side, each at its own moment.

What comes is held against what one transaction counted before; a catalogue that changes meanwhile is an error if its
rows change in number, and may be torn if not. All but floats is cast to text, since ConnectorX guesses
others (``tinyint(1)`` would be a truth value, a decimal a float).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import polars as pl
from asyncmy import errors
from sqlglot import exp

from pipeline.dialects import MYSQL
from pipeline.errors import SourceError, SourceUnavailable
from pipeline.mysql_address import Address
from pipeline.mysql_session import connected
from pipeline.query import Statement
from pipeline.schema import Column, Kind
from pipeline.sources.connectorx import read_sql
from pipeline.sources.dealt import Part
from pipeline.sources.mysql_rows import integers_of, moments_of
from pipeline.sources.waiting import read_ahead, silent
from pipeline.sql_files import sql_text

PART_ROWS = 20_000
"""Rows that one read gives."""
_READS = 2
_TEXT = "CAST(x AS CHAR CHARACTER SET utf8mb4)"
"""ConnectorX prepares its statement before the session is told anything, of its character set too."""


@dataclass(frozen=True, kw_only=True)
class PartReader:
    """Reads parts of tables."""

    address: Address
    label: str
    mark: str
    """A comment before each SELECT, by which the server's list of what runs shows whose it is."""
    before: Sequence[str]
    """What each session is told first."""
    floats: frozenset[tuple[str, str]]
    """Columns that are floats, by table: they are read as such, since the server's text of them is another one."""

    def stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Parts and their rows, in the order of the parts."""
        read_seconds = self.address.read_seconds
        try:
            yield from read_ahead(self.part, parts, ahead=_READS, read_seconds=read_seconds, stop=self.stop)
        except TimeoutError as error:
            raise silent(self.label, read_seconds) from error

    def part(self, part: Part) -> tuple[Part, pl.DataFrame]:
        """A part and all its rows."""
        text = Statement(select=self._cast(part), values=part.statement.values).literal(MYSQL)
        try:
            frame = read_sql(self.address.url, f"{self.mark} {text}", [*self.before])
        except SourceError as error:
            raise SourceError(f"{part.table.view} of {self.label} cannot be read: {error}") from error
        shaped = (_shaped(frame[column.name], column, part.table.view) for column in part.columns)
        return part, frame.with_columns(shaped)

    def stop(self) -> None:
        """End the reads of this export; where the server cannot be asked, it has none either."""
        with suppress(SourceUnavailable, errors.Error), connected(self.address) as session:
            for number, text in session.run(sql_text("mysql/running.sql")):
                if str(text).startswith(self.mark):
                    session.run(f"KILL QUERY {number}")

    def _cast(self, part: Part) -> exp.Select:
        """The SELECT of a part, of texts and floats alone."""
        columns = (_column(one, is_float=(part.table.name, one.name) in self.floats) for one in part.columns)
        return exp.select(*columns).from_(part.statement.select.subquery("part"))


def _column(column: Column, *, is_float: bool) -> exp.Expr:
    if is_float:
        return exp.column(column.name)
    return exp.alias_(MYSQL.say(_TEXT, exp.column(column.name)), column.name)


def _shaped(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """What a column's texts stand for."""
    if column.kind is Kind.TIMESTAMP:
        return moments_of(texts, column, table)
    if column.kind is Kind.INTEGER and texts.dtype == pl.String:
        return integers_of(texts, column, table)
    return texts
