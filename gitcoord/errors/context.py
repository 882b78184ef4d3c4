"""What keeps decisions and interfaces from being recorded, and work from being matched, one class a case."""

from __future__ import annotations

from gitcoord.errors import Stale, Usage
from gitcoord.errors.remedy import Remedy


class WordsRefused(Usage):
    """Words of a decision or of an interface that the ledger does not take, and why."""

    def __init__(self, why: object) -> None:
        super().__init__(f"{why}", "write them into a file of the repository, and name that")


class Superseded(Stale):
    """A decision that another one has replaced, by the beginnings of their ids."""

    def __init__(self, decision: str, after: str) -> None:
        hint = Remedy("read it: {}", "decisions --all")
        super().__init__(f"decision {decision} was superseded already, by {after}", hint)


class NothingToGoBy(Usage):
    """A description of work without a word."""

    def __init__(self) -> None:
        hint = "say in words what is to be done, with the paths that it is about"
        super().__init__("there is nothing to go by", hint)
