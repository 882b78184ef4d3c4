"""What keeps a commit from being made, one class a case. Names are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import Busy, CannotTell, Empty, Forbidden, Held, Usage
from gitcoord.errors.remedy import Remedy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RebaseUnderWay(Usage):
    """Git is in the middle of a rebase."""

    def __init__(self) -> None:
        super().__init__("a rebase is under way here", "go on with: git rebase --continue (or git commit)")


class Unmerged(Usage):
    """A path that is in conflict."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not merged", f"mend it, then: git add {path}")


class NotApart(Usage):
    """A path that cannot be committed while another one is left out."""

    def __init__(self, path: str, other: str) -> None:
        message = f"{path} cannot be committed without {other}"
        super().__init__(message, "one is a directory where the other is a file")


class CommittedWhole(Usage):
    """Paths were named where a merge, or its like, is committed as a whole."""

    def __init__(self, ends: str) -> None:
        super().__init__(f"a {ends} is under way here, which is committed as a whole", "name no paths")


class NothingStaged(Usage):
    """Nothing is staged at a path that was named."""

    def __init__(self, path: str) -> None:
        super().__init__(f"nothing is staged at {path}", f"stage it with: git add {path}")


class NotToCommit(Held):
    """A path that another session (its name and id) claims, or nobody does, and what it would end (a merge)."""

    def __init__(self, path: str, name: str, session: str, ends: str = "") -> None:
        who = f"claimed by {name} ({session})" if session else "not claimed"
        whole = f", and a {ends} is committed as a whole" if ends else ""
        drop = f"; to drop the {ends}: git {ends} --abort" if ends else ""
        super().__init__(f"{path} is {who}{whole}", Remedy(f"{{}} shows who holds what{drop}", "claims"))


class NotOfYourRole(Forbidden):
    """A path that the role of the session does not allow it to commit, and what it would end (a merge)."""

    def __init__(self, path: str, role: str, ends: str = "") -> None:
        whole = f", and a {ends} is committed as a whole" if ends else ""
        drop = f"; to drop the {ends}: git {ends} --abort" if ends else ""
        message = f"{path} may not be committed by a session with the role {role}{whole}"
        super().__init__(message, Remedy(f"{{}} shows the rights of roles{drop}", "rules role"))


class NothingOfYours(Empty):
    """Nothing is staged that the session may commit: what was left alone, one a line.

    `of_role`: all of it because of the session's role.
    """

    def __init__(self, left: list[str], *, answer: Any, of_role: bool = False) -> None:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        hint = Remedy("{} shows who holds what", "claims") if left else "stage it with: git add"
        if left and of_role:
            hint = Remedy("{} shows the rights of roles", "rules role")
        super().__init__(f"nothing of yours is staged{f'; {left[0]}{more}' if left else ''}", hint, answer=answer)


class HeadMoved(Busy):
    """HEAD moved while a commit was made on it."""

    def __init__(self, commit: str) -> None:
        super().__init__(
            f"HEAD moved while {commit} was made, so that it may undo what others committed",
            f"look at it with: git show --stat {commit}",
        )


class OthersCommit(Busy):
    """Others committed during every attempt; nothing was done."""

    def __init__(self) -> None:
        super().__init__("others commit here all the time: nothing was done", "try again")


class NotCommitted(CannotTell):
    """`git commit` ended with a status of its own; git, or a hook, has said why."""

    reason = "git"

    def __init__(self, git_status: int, *, answer: Any) -> None:
        super().__init__(f"nothing was committed: git commit ended with status {git_status}", answer=answer)
        self.status = {1: 1, 129: 2, 130: 130}.get(git_status, CannotTell.status)
