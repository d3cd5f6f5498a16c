"""``bellhop explain``."""

from typing import Annotated

import typer

from pipeline.commands.flags import ExportTypeArgument, FilterFlags, SourceOption, SqlDirOption
from pipeline.commands.selected import selected
from pipeline.commands.spread import spread


@spread
def explain(
    *,
    export_type: ExportTypeArgument,
    source: SourceOption,
    sql_dir: SqlDirOption = None,
    filters: FilterFlags,
    analyze: Annotated[bool, typer.Option("--analyze", help="Run each SELECT, and show what was measured.")] = False,
) -> None:
    """Show the SELECT of each table that an export reads, and the database's plan of it."""
    with selected(export_type, source, sql_dir, filters) as chosen, chosen.at_one_moment() as export:
        plans = export.explain(analyze=analyze)
        for table, select in export.sql().items():
            typer.echo(f"-- {table}\n{select};\n\n{plans[table]}\n")
