"""What keeps a branch from landing, one class a case. Names are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import (
    CannotTell,
    Conflicting,
    CoordError,
    Ended,
    Failed,
    Forbidden,
    Held,
    NotFound,
    NotRun,
    Offline,
    Pending,
    Stale,
    Usage,
)
from gitcoord.errors.remedy import Remedy, quote, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 3


class NoBranch(NotFound):
    """There is no such branch, here or where it says."""

    def __init__(self, branch: str, where: str = "here") -> None:
        super().__init__(f"there is no branch {branch} {where}")


class NoDefaultBranch(Usage):
    """Nobody said where to land, and there is no default branch."""

    def __init__(self) -> None:
        super().__init__("there is no default branch to land in", Remedy("name one: {}", "land --onto BRANCH"))


class Unrelated(Usage):
    """A branch has no ancestor in common with what it is to land in."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"{branch} has no ancestor in common with what it is to land in")


class OwnRoot(Usage):
    """A branch has a first commit of its own."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"{branch} has a first commit of its own, which cannot be rebased", "try --merge")


class MergeConflict(Conflicting):
    """A branch conflicts in these paths. `typed`: how git rebases it without the branch that it began on."""

    def __init__(self, branch: str, paths: Sequence[str], typed: str = "") -> None:
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        hint = "rebase it, or merge that branch into it, resolve the conflict, and land again"
        super().__init__(
            f"{branch} conflicts with what it is to land in: {', '.join(paths[:_SHOWN])}{more}",
            f"{hint}; where what it began on has landed squashed: {typed}" if typed else hint,
        )


class NotMerged(CannotTell):
    """Git gives no verdict on a merge."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"git could not merge {branch}", "try it by hand: git merge says why")


class UrgentWithoutReason(Usage):
    """What is urgent does not say why."""

    def __init__(self) -> None:
        super().__init__("what is urgent says why", Remedy("{}", "land --urgent -m WHY"))


class IntoItself(Usage):
    """A branch was to land in itself."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"{branch} cannot land in itself", Remedy("name another branch: {}", "land BRANCH"))


class ClosedToYou(Forbidden):
    """A rule, or the role of the session, does not allow it: why, and what helps."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why, hint)


class OnlyAsItIs(Forbidden):
    """The commits of a branch may land, what a method makes of them may not: the owners' word is for those only."""

    def __init__(self, branch: str, method: str) -> None:
        super().__init__(
            f"the commits of {branch} may land as they are, but not what --{method} makes of them",
            Remedy("{}", step("land", branch, "--merge")),
        )


class ClaimedByAnother(Held):
    """Another session (its name and id) claims what the branch changes."""

    def __init__(self, name: str, session: str, what: str) -> None:
        hint = Remedy("{}", step("send", session, "SUBJECT"))
        super().__init__(f"{name} claims {what}, which this branch changes", hint)


class CommandNotAllowed(Forbidden):
    """The rules land by a command that this clone's configuration does not have in `setting`."""

    def __init__(self, shown: str, command: str, setting: str) -> None:
        super().__init__(
            f"the rules land by the command {shown}, which this clone does not allow",
            f"where you trust it: git config {setting} {quote(command)}",
        )


class CommandNotRun(NotRun):
    """The command that lands could not run."""

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"the command that lands could not run (status {status})", command)


class CommandFailed(Failed):
    """The command that lands failed."""

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"the command that lands failed (status {status})", command)


class OtherTree(CannotTell):
    """Another tree was tested than is to be pushed."""

    def __init__(self) -> None:
        super().__init__("the tree that was tested is not the one that is to be pushed")


class TestFailed(Failed):
    """The test of a branch failed."""

    def __init__(self, branch: str, onto: str, status: int) -> None:
        message = f"the test of {branch} on {onto} failed (status {status})"
        super().__init__(message, "nothing was pushed; mend it, commit, and land again")


class TestNotRun(NotRun):
    """The test could not be started, or (`seconds`) took longer than that."""

    def __init__(self, status: int, seconds: float | None) -> None:
        how = f"took more than {seconds:.0f} s" if seconds is not None else "cannot be started"
        super().__init__(f"the test could not run: it {how} (status {status})", "nothing was pushed")


class NotProved(CannotTell):
    """It cannot be proved that all of a branch would be there."""

    def __init__(self) -> None:
        super().__init__("it cannot be proved that all of the branch is in what would be pushed", "try --merge")


class NotOnTop(CannotTell):
    """What would be pushed does not continue what is there."""

    def __init__(self) -> None:
        super().__init__("what would be pushed does not have the branch behind it")


class Crowded(Pending):
    """Others push all the time, past the line."""

    def __init__(self, onto: str) -> None:
        super().__init__(f"others push to {onto} all the time", "try again")


class Unsure(Offline):
    """The remote was lost after the push."""

    def __init__(self, said: str) -> None:
        super().__init__(f"whether it landed is not known: {said}", Remedy("{} says so later", "land"))


class PushRefused(Forbidden):
    """The remote, or a hook, refuses the push, in its own words."""

    def __init__(self, onto: str, said: str) -> None:
        hint = Remedy("where it takes only pull requests: {} names what opens one", "rules land via=command:CMD")
        super().__init__(f"{onto} refuses the push: {said or 'no reason given'}", hint)


class BranchClosed(Held):
    """Somebody keeps the branch closed, as the claim that was refused says."""

    def __init__(self, refused: CoordError, onto: str) -> None:
        line, wait = step("land", "--status", "--onto", onto), step("land", "--onto", onto, "--wait", "3h")
        hint = Remedy("the line: {}; wait longer with {}", line, wait)
        super().__init__(refused.message, hint, answer=refused.answer)


class NoPlace(Offline):
    """It is not known whether there would be a place in line: the hub did not confirm it."""

    def __init__(self, onto: str, error: CoordError) -> None:
        message = f"the hub does not answer, so there is no place in line for {onto}: nothing was pushed"
        super().__init__(message, error.hint)


class PlaceLost(Ended):
    """The place in line is gone."""

    def __init__(self, onto: str) -> None:
        super().__init__(f"the place in line for {onto} was lost", Remedy("land again: {}", "land"))


class NotItsTurn(Pending):
    """The turn did not come in time: so many are before it."""

    def __init__(self, before: int, onto: str) -> None:
        super().__init__(f"{before} before this one in line for {onto}", Remedy("{}", "land --status"))


class BranchMoved(Stale):
    """A branch moved, or went, while it waited in line."""

    def __init__(self, branch: str, *, gone: bool) -> None:
        what = "was deleted" if gone else "has moved"
        super().__init__(f"{branch} {what} while it waited in line", "land it again as it is now")


class NoAnswer(Offline):
    """A remote does not answer, in git's words."""

    def __init__(self, remote: str, said: str) -> None:
        super().__init__(f"{remote} does not answer: {said}", "try again")


class NotFetched(Offline):
    """A branch of a remote cannot be fetched."""

    def __init__(self, branch: str, remote: str) -> None:
        super().__init__(f"{branch} cannot be fetched", f"git fetch {remote} says why")


class DirtyWorktree(Forbidden):
    """The branch is checked out in a worktree in which something is not committed."""

    def __init__(self, worktree: str) -> None:
        super().__init__(
            f"the branch is checked out in {worktree}, where something is not committed",
            "commit it there, or check out another branch there",
        )
