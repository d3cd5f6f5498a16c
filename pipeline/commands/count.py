"""``bellhop count``."""

import typer

from pipeline.commands.flags import ExportTypeArgument, FilterFlags, SourceOption, SqlDirOption
from pipeline.commands.selected import selected
from pipeline.commands.spread import spread


@spread
def count(
    *,
    export_type: ExportTypeArgument,
    source: SourceOption,
    sql_dir: SqlDirOption = None,
    filters: FilterFlags,
) -> None:
    """Count the records that an export would have."""
    with selected(export_type, source, sql_dir, filters) as export:
        typer.echo(export.count())
