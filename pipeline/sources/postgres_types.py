"""What the columns of a SELECT are to PostgreSQL: their types, and whether texts that differ can be alike."""

from collections.abc import Sequence

from sqlglot import exp

from pipeline.dialects import POSTGRES
from pipeline.query import Statement
from pipeline.sources.postgres_session import Session
from pipeline.sql_files import sql_text

_TEXTS = ("text", "varchar")


def types_of(session: Session, statement: Statement) -> list[tuple[str, str]]:
    """Names and types of the columns of a SELECT; types that PostgreSQL does not have by itself as ``enum(name)``.

    Args:
        session: Whom to ask.
        statement: The SELECT; its columns cost no row.

    """
    described = session.run(statement.without_rows().literal(POSTGRES)).description or []
    codes = [column.type_code for column in described]
    names = {number: str(name) for number, name in session.run(sql_text("postgres/types.sql"), [codes]).fetchall()}
    columns = [(column.name, names[column.type_code]) for column in described]
    folded = _folded(session, statement, [name for name, kind in columns if kind in _TEXTS])
    return [(name, f"folded {kind}" if name in folded else kind) for name, kind in columns]


def _folded(session: Session, statement: Statement, texts: Sequence[str]) -> set[str]:
    """The texts whose collation takes some that differ for the same."""
    folding = {name for (name,) in session.run(sql_text("postgres/folding.sql")).fetchall()}
    if not folding or not texts or len({*texts}) < len(texts):
        return set()  # that two are called alike is told by name
    asked = (exp.func("pg_collation_for", exp.column(name, "found", quoted=True)) for name in texts)
    # One row, without values: what is asked for is known without any.
    one, none = exp.select("1").subquery("one"), statement.without_rows().select.subquery("found")
    (row,) = session.run(exp.select(*asked).from_(one).join(none, on=exp.true(), join_type="left").sql("postgres"))
    return {name for name, collation in zip(texts, row, strict=True) if collation in folding}
