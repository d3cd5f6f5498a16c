"""A progress bar on stderr: records, rate, time left."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from pipeline.progress import Progress, ProgressListener


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Records a second."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def bar() -> Iterator[ProgressListener]:
    """A bar that lasts as long as the context; what it gives is to be told of progress."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task("records", total=None)

        def listen(progress: Progress) -> None:
            drawn.update(task, total=progress.total, completed=progress.records)

        yield listen
