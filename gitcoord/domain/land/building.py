"""The commit that is to be pushed, made in memory by `git merge-tree`: no worktree and no branch moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gitcoord.dataclass import dataclass
from gitcoord.domain.radar import asking
from gitcoord.domain.radar.rebasing import to_pick
from gitcoord.errors.landing import MergeConflict, NotMerged, OwnRoot, Unrelated
from gitcoord.kernel import mergetree, staging
from gitcoord.kernel.git import Git
from gitcoord.kernel.mergetree import CLEAN, CONFLICT
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.place import Place

Method = Literal["merge", "squash", "rebase"]

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Branch:
    """What is to land: its name, its commit."""

    name: str
    tip: str


class Builder:
    """Builds commits on top of a branch; `room` is a directory of its own."""

    def __init__(self, place: Place, room: Path) -> None:
        self._place = place
        self._room = room
        self._gits: dict[str, Git] = {}

    def build(self, method: Method, onto: str, branch: Branch, *, always: bool = False) -> str:
        """Return the commit with a branch on top of `onto`; with `always` a merge is one even where it need not be.

        Raises `Conflicting`, and `CannotTell` where git cannot say. The result has `onto` behind it.
        """
        git = self._git(onto)
        if not git.ask("merge-base", onto, branch.tip)[1].strip():
            raise Unrelated(printable(branch.name))
        if method == "rebase":
            return self._rebased(git, onto, branch)
        behind = git.ask("merge-base", "--is-ancestor", onto, branch.tip)[0] == 0
        if method == "merge" and behind and not always:
            return branch.tip
        tree = self._merged(git, onto, branch.tip, branch)
        if method == "merge":
            return _commit(git, tree, (onto, branch.tip), f"Merge branch '{branch.name}'\n")
        return self._squashed(git, tree, onto, branch)

    def proved(self, commit: str, branch: Branch) -> bool:
        """Whether all that a branch changes is in a commit: merging it once more changes nothing."""
        git = self._git(commit)
        if git.ask("merge-base", "--is-ancestor", branch.tip, commit)[0] == 0:
            return True
        (merged,) = mergetree.merge(git, [(commit, branch.tip)])
        return merged.verdict == CLEAN and merged.tree == tree_of(git, commit)

    def _git(self, commit: str) -> Git:
        """Git in a checkout of a commit as far as attributes go; its objects are kept."""
        git = self._gits.get(commit)
        if git is None:
            top = self._room / f"top-{len(self._gits)}"
            top.mkdir()
            git = Git(self._place.environ, cwd=str(top), git_dir=self._place.git_dir, work_tree=str(top))
            found = asking.attributes(git, [commit], commit, self._place.object_format)
            asking.lay_out(git, found[commit], top)
            self._gits[commit] = git
        return git

    def _merged(self, git: Git, ours: str, theirs: str, branch: Branch) -> str:
        (merged,) = mergetree.merge(git, [(ours, theirs)])
        if merged.verdict == CONFLICT:
            paths = [printable(staging.normal(path)) for path in merged.paths]
            raise MergeConflict(printable(branch.name), paths)
        if merged.verdict != CLEAN:
            raise NotMerged(printable(branch.name))
        return merged.tree

    def _squashed(self, git: Git, tree: str, onto: str, branch: Branch) -> str:
        commits = git.text("rev-list", "--reverse", "--no-merges", branch.tip, f"^{onto}").split()
        if not commits:
            return branch.tip
        text = git.text("log", "-1", "--format=%B", commits[-1])
        if len(commits) > 1:
            subjects = git.text("log", "--reverse", "--no-merges", "--format=* %s", branch.tip, f"^{onto}")
            text = f"{branch.name}\n\n{subjects}\n"
        return _commit(git, tree, (onto,), text, like=commits[-1])

    def _rebased(self, git: Git, onto: str, branch: Branch) -> str:
        """Each commit in turn, as a merge whose base is its parent; a commit that changes nothing now is left out."""
        head = onto
        for commit in to_pick(git, onto, branch.tip):
            parent = git.ask("rev-parse", "--verify", "--quiet", f"{commit}^")[1].decode().strip()
            if not parent:
                raise OwnRoot(printable(branch.name))
            if parent == head:
                head = commit
                continue
            # git 2.39 takes no base of its own: a commit that has the parent behind it stands for what is picked onto.
            stand_in = _commit(git, tree_of(git, head), (parent,), "stands for what is rebased onto\n")
            tree = self._merged(git, stand_in, commit, branch)
            if tree != tree_of(git, head):
                head = _commit(git, tree, (head,), git.text("log", "-1", "--format=%B", commit), like=commit)
        return head


def tree_of(git: Git, commit: str) -> str:
    """Return the tree of a commit."""
    return git.text("rev-parse", f"{commit}^{{tree}}")


def _commit(git: Git, tree: str, parents: tuple[str, ...], text: str, *, like: str = "") -> str:
    """Write a commit; its author is that of the commit `like`, where one is named."""
    author = Git(git.env)
    author.prefix, author.env = git.prefix, dict(git.env)
    if like:
        name, mail, date = git.text("log", "-1", "--format=%an%x00%ae%x00%ad", "--date=raw", like).split("\0")
        author.env |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": date}
    behind = [word for parent in parents for word in ("-p", parent)]
    data = text.encode("utf-8", "surrogateescape")
    return author.run("commit-tree", tree, *behind, "-F", "-", data=data).decode().strip()
