"""What keeps a claim from being made, renewed or released, one class a case.

Scopes and names are harmless to show already. `how` says what became of a claim: who took it over, and when.
"""

from __future__ import annotations

from gitcoord.errors import CannotTell, Deadlock, Held, NotFound, NotMine, Offline, Usage
from gitcoord.errors.remedy import Remedy, step
from gitcoord.errors.usage import Bare, Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


class TooWide(Usage):
    """A claim of more files than an agent may claim unasked."""

    def __init__(self, scopes: str, files: int, most: int, anyway: Sequence[str]) -> None:
        """`anyway` are the words with which the same is claimed all the same."""
        message = f"{scopes} holds {files} files, an agent claims at most {most}"
        super().__init__(message, Remedy("claim less, or confirm that you mean it: {}", step("claim", *anyway)))


class OverrideWithoutReason(Missing):
    """An override that does not say why."""

    def __init__(self) -> None:
        super().__init__("an override", "a reason", "say it with -m: the holder is told")


class InTheWay(Held):
    """Claims of others, or sessions that wait already, are in the way of a claim: nothing is recorded."""

    def __init__(self, conflicts: list[Any]) -> None:
        super().__init__("held")
        self.conflicts = conflicts


class NothingNamed(Usage):
    """A release that names nothing: the scopes that the session holds."""

    def __init__(self, held: str) -> None:
        hint = Remedy(f"release all of it: {{}} (you hold {held})", "release --all") if held else "you hold nothing"
        super().__init__("nothing named to release", hint)


class NoIndexToCheck(Bare):
    """What is staged was to be checked where nothing can be."""

    def __init__(self) -> None:
        super().__init__("index", Remedy("name commits with: {}", "check --range A..B"))


class CutOff(CannotTell):
    """A range of commits that leaves what is here of the history."""

    def __init__(self, commits: str) -> None:
        super().__init__(f"the history here ends within {commits}", "fetch the rest: git fetch --unshallow")


class ClaimRefused(NotMine):
    """The ledger refused what was to be done with a claim of the session, and why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"the {what} was refused: {reason}")


class NotYours(NotMine):
    """A scope that the session lost, or (not `ever`) did not win."""

    def __init__(self, scope: str, how: str, *, ever: bool = True) -> None:
        super().__init__(f"{scope} is {'no longer' if ever else 'not'} yours: {how}")


class MaybeNotYours(Offline):
    """A scope that the session may have lost: the hub has not confirmed how."""

    def __init__(self, scope: str, how: str) -> None:
        super().__init__(
            f"{how}, which the hub has not confirmed: it is unknown whether {scope} was still yours",
            "the release is recorded, and takes effect if it was",
        )


class PartOfClaim(NotMine):
    """A scope within a wider one, which is released as a whole; `typed` is that one as it is typed."""

    def __init__(self, scope: str, held: str, typed: str) -> None:
        hint = Remedy("{}", f"release {'-- ' if typed.startswith('-') else ''}{typed}")
        super().__init__(f"{scope} is part of your claim on {held} and cannot be released alone", hint)


class HeldByAnother(NotMine):
    """A scope that another session (its name and id) holds."""

    def __init__(self, scope: str, name: str, session: str) -> None:
        super().__init__(f"{scope} is held by {name} ({session}), not by you")


class NobodyHolds(NotFound):
    """A scope that nobody holds."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"nobody holds {scope}", Remedy("see what you hold with: {}", "claims --mine"))


class NeverEnds(Deadlock):
    """Sessions that wait for each other in a circle: for each its name, and the scopes that it waits for."""

    def __init__(self, circle: Iterable[tuple[str, str]]) -> None:
        told = ", ".join(f"{name} waits for {scopes}" for name, scopes in circle)
        super().__init__(f"waiting would never end: {told}, each held by the next")
