"""Whether a rewritten commit has work of the rewriter at paths that others claim: its makers speak for none of it."""

from __future__ import annotations

from gitcoord.guard import attributes, changes
from gitcoord.guard.replay import Replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.changes import Changed
    from gitcoord.guard.judge import Judge
    from gitcoord.guard.snapshot import Batch
    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import Oid


class Disputes:
    """Looks at commits that an amend or a rebase made. May raise `Unreadable` or `GitFailed`."""

    __slots__ = ("_git", "_judge", "_made", "_replay")

    def __init__(self, git: Git, batch: Batch, judge: Judge, made: list[Oid]) -> None:
        """`made` are the commits that a rebase made, [] for an amend; `batch` reads objects."""
        self._git = git
        self._judge = judge
        self._made = changes.committed(self._git, made)
        self._replay = Replay(git, batch)

    def amended(self, replaced: list[Oid], commit: Oid) -> bool:
        """Whether others claim what an amended commit has otherwise than the one that it replaces."""
        changed = changes.amended(self._git, replaced[0], commit)
        return bool(self._held(changed, replaced[0]))

    def rebased(self, replaced: list[Oid], commit: Oid) -> bool:
        """Whether others claim a path that git's merge of the replaced commits, one after the other, has otherwise.

        Then a conflict was resolved there, or the commit was edited.
        """
        changed = self._made.get(commit)
        held = self._held(changed, f"{commit}^") if changed is not None else set()
        steps: list[tuple[str, str]] = [(f"{old}^", old) for old in replaced]
        return bool(held) and self._replay.gives(f"{commit}^", steps, commit, held) != held

    def _held(self, changed: Changed, before: str) -> set[str]:
        found = self._judge.look(changed.paths, lambda: changed.existing)
        if found.held:
            found.without(attributes.exempt(self._git, {before: found.paths})[before])
        return {item.path for item in found.held}
