"""Writing a catalogue in MySQL or MariaDB; needs asyncmy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
from asyncmy import errors
from sqlglot import exp, parse_one

from pipeline.dialects import MYSQL, Value
from pipeline.errors import CatalogueMismatch, OutputError, SourceUnavailable
from pipeline.loading.base import Row, Store
from pipeline.loading.indexes import Build, Index
from pipeline.loading.moments import to_text
from pipeline.mysql_address import Address
from pipeline.mysql_session import Session, connected, is_unavailable, told
from pipeline.schema import CATALOGUE
from pipeline.sql_files import sql_text
from pipeline.url import Url

_INSERT_ROWS = 1_000
_INSERT_CHARACTERS = 2_000_000
"""Of one INSERT: MariaDB takes 16 MB where nobody changed max_allowed_packet, older MySQLs 4."""

_BUILD_SECONDS = 24 * 3600.0
_LOCK_SECONDS = 5


@contextmanager
def open_store(url: Url) -> Iterator[Store]:
    """Open a MySQL or MariaDB database for writing, in one transaction.

    Tables are made outside of it, as these databases have it: those that were missing are dropped again on a failure.

    Raises:
        SourceUnavailable: the server cannot be reached, refuses the login, or went away.
        OutputError: the user may not write there.
        CatalogueMismatch: its tables refuse what is to be written.
    """
    with _errors(url.label), connected(Address.of(url)) as session:
        # Without notes: that a table is there already is no news.
        session.run("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO', sql_notes = 0")
        store = MySQLStore(url.label, session)
        try:
            yield store
        except BaseException:
            store.undo()
            raise
        session.run("COMMIT")


@contextmanager
def open_builder(url: Url) -> Iterator[Build]:
    """Open a MySQL or MariaDB database to build indexes in it, while others write.

    Raises:
        SourceUnavailable: the server cannot be reached, or refuses the login.
        OutputError: an index cannot be built, or not while others write, or the user may not.
    """
    # The server is silent until an index is there.
    address = replace(Address.of(url), read_seconds=_BUILD_SECONDS)
    with _errors(url.label), connected(address) as session:
        # Whoever reads the table keeps the build waiting, and the build all others.
        session.run(f"SET lock_wait_timeout = {_LOCK_SECONDS}")

        def build(index: Index) -> None:
            try:
                session.run(f"{index.create.sql('mysql', comments=False)} ALGORITHM = INPLACE LOCK = NONE")
            except errors.Error as error:
                raise OutputError(f"{index.name} at {url.label} cannot be built: {told(error)}") from error

        yield build


class MySQLStore(Store):
    """A MySQL or MariaDB database in one transaction."""

    dialect = "mysql"

    def __init__(self, label: str, session: Session) -> None:
        super().__init__(label)
        self._session = session
        self._made: list[str] = []

    def create_tables(self) -> None:
        """Make the tables that are missing, then begin."""
        there = {str(name) for (name,) in self.run("SHOW TABLES")}
        self._made = [table.name for table in CATALOGUE if table.name not in there]
        super().create_tables()
        self._refuse_folding()
        self.run("START TRANSACTION")

    def _refuse_folding(self) -> None:
        """Refuse tables in which keys that differ can be alike.

        Raises:
            CatalogueMismatch: There are some.

        """
        names = {table.name for table in CATALOGUE}
        for table, column, collation in self.run(sql_text("mysql/folding.sql")):
            if table in names:
                message = (
                    f"{table}.{column} of {self.label} compares by {collation}, and texts that differ would be one;"
                    " give it the collation utf8mb4_0900_bin, or utf8mb4_nopad_bin on MariaDB"
                )
                raise CatalogueMismatch(
                    message, table=str(table), column=str(column), found=str(collation), wanted="by code point"
                )

    def undo(self) -> None:
        """Leave nothing behind, as far as the server still answers."""
        try:
            self.run("ROLLBACK")
            for table in self._made:
                self.run(f"DROP TABLE IF EXISTS {table}")
        except errors.OperationalError:
            return  # the connection is gone, and with it the transaction

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Run one statement; its rows, none when it has none."""
        return self._session.run(_filled(statement, parameters) if parameters else statement)

    def columns_of(self, table: str) -> Sequence[str]:
        """The names of a table's columns."""
        select = exp.select("*").from_(table).limit(0).sql("mysql")
        return [name for name, _ in self._session.columns(select)]

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame, in order."""
        for batch in frame.iter_slices(_INSERT_ROWS):
            for rows in _packets(_rows(batch)):
                values = exp.Values(expressions=[exp.Var(this=row) for row in rows])
                self._session.run(exp.insert(values, table, columns=frame.columns).sql("mysql", identify=True))


def _filled(statement: str, parameters: Mapping[str, object]) -> str:
    """A statement of Bellhop's own, its placeholders filled with literals."""

    def fill(node: exp.Expr) -> exp.Expr:
        return MYSQL.literal(_value(parameters[node.name])) if isinstance(node, exp.Placeholder) else node

    return parse_one(statement, dialect="mysql").transform(fill).sql("mysql")


def _value(value: object) -> Value:
    return value  # type: ignore[return-value] # the parameters of a Store are values


def _rows(frame: pl.DataFrame) -> list[str]:
    """Rows as ``(1, x'48', NULL)``: nothing but digits comes from outside."""
    cells = [_cell(name, dtype).fill_null("NULL") for name, dtype in frame.schema.items()]
    return frame.select(pl.format("({})", pl.concat_str(cells, separator=",")).alias("row"))["row"].to_list()


def _packets(rows: Iterable[str]) -> Iterator[list[str]]:
    """Rows that are sent together: few where they are wide, since a server takes no statement above its limit."""
    some, size = list[str](), 0
    for row in rows:
        if some and size + len(row) > _INSERT_CHARACTERS:
            yield some
            some, size = [], 0
        some.append(row)
        size += len(row)
    if some:
        yield some


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_integer():
        return pl.col(name).cast(pl.String)
    text = to_text(pl.col(name)) if dtype == pl.Datetime("us") else pl.col(name)
    return pl.format("_utf8mb4 x'{}'", text.str.encode("hex"))


@contextmanager
def _errors(label: str) -> Iterator[None]:
    try:
        yield
    except (errors.IntegrityError, errors.DataError) as error:
        raise CatalogueMismatch(f"the catalogue at {label} refuses what is to be written: {told(error)}") from error
    except errors.Error as error:
        if is_unavailable(error):
            raise SourceUnavailable(f"the server at {label} is not available: {told(error)}") from error
        raise OutputError(f"{label} cannot be written: {told(error)}") from error
