"""The guard around ConnectorX: one plain SELECT at a time, whole or an error.

Never ``partition_on`` (separate snapshots, values un-escaped) nor ``arrow_stream`` (unbounded buffer). A failure in
the middle of a result is a ``PanicException``, which is no ``Exception``: it is caught here by its name.
"""

import connectorx
import polars as pl

from pipeline.errors import SourceError, first_line


def read_sql(url: str, text: str, before: list[str]) -> pl.DataFrame:
    """All rows of a SELECT, after other statements in the same session.

    Raises:
        SourceError: The server or ConnectorX failed; no row is given then.

    """
    try:
        table = connectorx.read_sql(url, text, return_type="arrow", protocol="binary", pre_execution_query=before)
    except BaseException as error:
        if isinstance(error, RuntimeError) or type(error).__name__ == "PanicException":
            raise SourceError(f"the server's answer broke off: {first_line(error)}") from error
        raise
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise SourceError(f"ConnectorX gave {type(frame).__name__} where a table was asked for")
    return frame
