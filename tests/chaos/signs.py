"""What a process leaves behind of where it was, however it ended: a file that it writes at each step."""

from dataclasses import dataclass
from pathlib import Path

from api.jobs.steps import Step

_DEATH = "died at "
ACTIVE = frozenset({Step.CLAIMED, Step.COUNTED, Step.CHUNK, Step.WRITTEN, Step.PUBLISHING})
"""A process that reached one of these last has a job under way."""


@dataclass(frozen=True)
class Sign:
    """The file of one process."""

    path: Path

    @classmethod
    def of(cls, folder: Path, pid: int) -> "Sign":
        return cls(folder / f"{pid}.sign")

    def write(self, step: Step) -> None:
        self.path.write_text(step.value)
        if step is Step.PUBLISHED:
            with self._done.open("a") as done:
                done.write(".")

    @property
    def _done(self) -> Path:
        return self.path.with_suffix(".done")

    def completed(self) -> int:
        """How many jobs it completed."""
        return len(self._done.read_text()) if self._done.exists() else 0

    def write_death(self, step: Step) -> None:
        self.path.write_text(f"{_DEATH}{step.value}")

    def step(self) -> Step | None:
        """The last step, of a process that did not choose its end."""
        text = self.path.read_text() if self.path.exists() else ""
        return Step(text) if text in set(Step) else None

    def death(self) -> Step | None:
        """The step at which it ended itself."""
        text = self.path.read_text() if self.path.exists() else ""
        return Step(text.removeprefix(_DEATH)) if text.startswith(_DEATH) else None
