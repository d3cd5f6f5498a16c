"""What is said of a file: how it was looked at, what is wrong with it, what its writer could not hold."""

from dataclasses import dataclass

MANIFEST = "bytes, SHA-256 and rows as its manifest says"
"""How a file was looked at that was not read back."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Of one file."""

    how: str = ""
    """By what it was read back; nothing if it was not."""
    wrong: str = ""
    """What differs from the catalogue; nothing if it holds the same."""
    lost: str = ""
    """What a peer cannot hold, and how often; it is no difference that is held against it."""

    @property
    def text(self) -> str:
        """All of it, in a few words."""
        return "; ".join(filter(None, (self.wrong and f"DIFFERS: {self.wrong}", self.how, self.lost)))
