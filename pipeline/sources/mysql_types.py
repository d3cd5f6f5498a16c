"""What the columns of a SELECT are to MySQL, as its protocol tells: text by how it compares, numbers by exactness.

https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from asyncmy.constants import FIELD_TYPE
from sqlglot import exp

from pipeline.mysql_session import Session
from pipeline.query import Statement

_NAMES = {
    "int": ("TINY", "SHORT", "INT24", "LONG", "LONGLONG"),
    "decimal": ("DECIMAL", "NEWDECIMAL"),
    "float": ("FLOAT",),
    "double": ("DOUBLE",),
    "datetime": ("DATETIME", "TIMESTAMP"),
    "date": ("DATE", "NEWDATE"),
    "json": ("JSON",),
    "time": ("TIME",),
    "year": ("YEAR",),
    "bit": ("BIT",),
    "geometry": ("GEOMETRY",),
    "null": ("NULL",),
    "text": ("VARCHAR", "VAR_STRING", "STRING", "ENUM", "SET", "TINY_BLOB", "BLOB", "MEDIUM_BLOB", "LONG_BLOB"),
}
_BY_CODE = {getattr(FIELD_TYPE, code): name for name, codes in _NAMES.items() for code in codes}
_BY_CODE_POINT = ("utf8mb4_0900_bin", "utf8mb4_nopad_bin")
"""Collations of MySQL and MariaDB in which texts are alike, and ordered, by nothing but their code points."""


def types_of(session: Session, statement: Statement) -> list[tuple[str, str]]:
    """Names and types of the columns of a SELECT.

    Args:
        session: Whom to ask.
        statement: The SELECT.

    """
    described = session.columns(_without_rows(statement).sql("mysql"))
    columns = [(name, _BY_CODE.get(code, f"of type {code}")) for name, code in described]
    texts = [name for name, found in columns if found == "text"]
    if not texts or _repeated(name for name, _ in columns):
        return columns  # that two are called alike is told by name; as a table, the server refuses them
    compared = dict(zip(texts, _texts(session, statement, texts), strict=True))
    return [(name, compared.get(name, found)) for name, found in columns]


def _without_rows(statement: Statement) -> exp.Query:
    """The same columns, and no row: MariaDB runs a UNION with a limit of none, but not below a condition that fails."""
    if statement.select.find(exp.SetOperation) is None:
        return statement.without_rows().select
    return exp.select("*").from_(statement.select.subquery("found")).where(exp.false())


def _repeated(names: Iterable[str]) -> bool:
    return max(Counter(name.lower() for name in names).values()) > 1


def _texts(session: Session, statement: Statement, names: Sequence[str]) -> list[str]:
    """How each text compares; the greatest of none compares as they all do, so that no row is looked for."""
    greatest = (exp.Max(this=exp.column(name, quoted=True)) for name in names)
    collations = [exp.func("COLLATION", one, dialect="mysql") for one in greatest]
    none = exp.select(*collations).from_(statement.select.subquery("found")).where(exp.false())
    (found,) = session.run(none.sql("mysql"))
    return [_compared(str(collation)) for collation in found]


def _compared(collation: str) -> str:
    if collation == "binary":
        return "bytes"
    return "text" if collation in _BY_CODE_POINT else "folded text"
