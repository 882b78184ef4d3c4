"""A pick or a squash that is about to be committed: it may change what those may who made what it takes in.

Git says what is taken in: CHERRY_PICK_HEAD is the commit that is picked, SQUASH_MSG lists those of `merge --squash`,
and MERGE_MSG has what `cherry-pick -x` adds. A pick with `--no-commit` and `git restore --source` leave no trace:
there, as in a push, it counts that the change is that of a commit.
"""

from __future__ import annotations

from gitcoord.guard.makers import Makers, picked_from
from gitcoord.kernel import file, revision
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.commits import Repository
    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.sessions import Sessions


def permit(repository: Repository, git_dir: str, sessions: Sessions, found: Verdict) -> None:
    """Take from the verdict on what is staged what is taken in from those who may change it, as a push is judged.

    `git_dir` is the git directory of the worktree. Raises `Unreadable` or `GitFailed`.
    """
    picked = revision.commit(repository.git, "CHERRY_PICK_HEAD")
    sources = [*([picked] if picked else []), *_squashed(_read(git_dir + "/SQUASH_MSG"))]
    makers = Makers(repository, sessions)
    try:
        if sources:
            makers.permit_staged(found, sources, picked_from(_read(git_dir + "/MERGE_MSG")) if picked else [])
        if found.held:
            makers.permit_alike(found)
    finally:
        makers.close()


def _squashed(message: bytes) -> list[Oid]:
    """The commits that `git merge --squash` took together, newest first."""
    starts = (line.removeprefix(b"commit ") for line in message.splitlines() if line.startswith(b"commit "))
    names = (name.split(b" ")[0].decode(errors="replace") for name in starts)
    return [Oid(name) for name in names if Oid.fits(name)]


def _read(path: str) -> bytes:
    try:
        return file.read(path)
    except FileNotFoundError:
        return b""
