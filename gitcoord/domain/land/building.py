"""The commit that is to be pushed, made in memory by `git merge-tree`: no worktree and no branch moves.

A branch may begin on another one that has landed as other commits since, squashed or picked: what is merged, picked and
proved is then what comes behind the last commit all of which is in the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from gitcoord.dataclass import dataclass
from gitcoord.domain.radar import asking
from gitcoord.domain.radar.rebasing import to_pick
from gitcoord.errors.landing import MergeConflict, NotMerged, OwnRoot, Unrelated
from gitcoord.errors.remedy import quote
from gitcoord.kernel import mergetree, revision, staging
from gitcoord.kernel.git import Git
from gitcoord.kernel.mergetree import CLEAN, CONFLICT
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy.ids import Oid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gitcoord.kernel.place import Place

Method = Literal["merge", "squash", "rebase"]

MOST = 500
"""Merges by which the beginning of a branch is looked for in what it is to land in."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What is to land: its name, its commit."""

    name: str
    tip: Oid


class _Said(NamedTuple):
    """What a commit says: `author` as git's environment has it."""

    name: Oid
    parents: tuple[Oid, ...]
    author: Mapping[str, str]
    text: str


def _said(git: Git, commits: Sequence[Oid]) -> Iterator[_Said]:
    """Yield what these commits say, in their order."""
    if not commits:  # git would take HEAD
        return
    words = ("--no-walk=unsorted", "-z", "--date=raw", "--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%B")
    fields = iter(git.text("log", *words, *commits).split("\0"))
    for name, parents, author, mail, date, text in zip(*[fields] * 6, strict=False):
        who = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": date}
        yield _Said(Oid(name), tuple(map(Oid, parents.split())), who, text)


class Builder:
    """Builds commits on top of a branch, which `onto` names for git; `room` is a directory of its own."""

    def __init__(self, place: Place, room: Path, onto: str) -> None:
        self._place = place
        self._room = room
        self._onto = onto
        self._gits: dict[Oid, Git] = {}
        self._begun: dict[tuple[Oid, Oid], Oid] = {}
        self._trees: dict[Oid, Oid] = {}

    def build(self, method: Method, onto: Oid, branch: Branch, *, always: bool = False) -> Oid:
        """Return the commit with a branch on top of `onto`; with `always` a merge is one even where it need not be.

        Raises `Conflicting`, and `CannotTell` where git cannot say. The result has `onto` behind it.
        """
        git = self._git(onto)
        base = revision.common(git, onto, branch.tip)
        if not base:
            raise Unrelated(printable(branch.name))
        if method == "merge" and base == onto and not always:
            return branch.tip
        begun = self._begins(onto, branch.tip) if base != onto else Oid("")
        if method == "rebase":
            return self._rebased(git, onto, branch, begun)
        tree = self._merged(git, self._with(git, onto, begun), branch.tip, branch)
        if method == "merge":
            return self._commit(git, tree, (onto, branch.tip), f"Merge branch '{branch.name}'\n")
        return self._squashed(git, tree, branch, onto, begun)

    def proved(self, commit: Oid, branch: Branch, onto: Oid | None = None) -> bool:
        """Whether all that a branch changes is in a commit: merging it once more changes nothing.

        `onto` is what the commit was built on, where it was.
        """
        git = self._git(commit)
        if revision.is_behind(git, branch.tip, commit):
            return True
        begun = self._begins(onto or commit, branch.tip)
        (merged,) = mergetree.merge(git, [(self._with(git, commit, begun), branch.tip)])
        return merged.verdict == CLEAN and merged.tree == self.tree(commit)

    def tree(self, commit: Oid) -> Oid:
        """Return the tree of a commit; it is asked once for each, and not for those made here."""
        if commit not in self._trees:
            self._trees[commit] = revision.tree(self._place.git, commit)
        return self._trees[commit]

    def _begins(self, onto: Oid, tip: Oid) -> Oid:
        """Return the newest commit below the tip of a branch all of which is in `onto` as other commits; '' for none.

        That is so where merging it changes nothing. The eldest such commit is looked for, then the next one as if that
        had been merged: so a commit that takes back what landed is none.
        """
        known = self._begun.get((onto, tip))
        if known is None:
            git, known = self._apart(onto), Oid("")
            listed = revision.listed(git, "--topo-order", "--reverse", tip, f"^{onto}")[:-1]
            tree, left, merges = self.tree(onto), listed[:MOST], 0
            while left and merges < MOST:
                merges += len(left)
                ours = self._with(git, onto, known)
                answers = mergetree.merge(git, [(ours, commit) for commit in left])
                there = (n for n, merged in enumerate(answers) if merged.verdict == CLEAN and merged.tree == tree)
                eldest = next(there, -1)
                if eldest < 0:
                    break
                known, left = left[eldest], left[eldest + 1 :]
            self._begun[onto, tip] = known
        return known

    def _git(self, commit: Oid) -> Git:
        """Git in a checkout of a commit as far as attributes go; its objects are kept."""
        git = self._gits.get(commit)
        if git is None:
            top = self._top(commit)
            top.mkdir()
            git = Git(self._place.environ, cwd=str(top), git_dir=self._place.git_dir, work_tree=str(top))
            found = asking.attributes(git, [commit], commit, self._place.object_format)
            asking.lay_out(git, found[commit], top)
            self._gits[commit] = git
        return git

    def _top(self, commit: Oid) -> Path:
        return self._room / f"top-{commit}"

    def _apart(self, commit: Oid) -> Git:
        """Git as in `_git`, whose objects are thrown away."""
        objects = self._room / "objects"
        objects.mkdir(exist_ok=True)
        return mergetree.git_apart(self._place, objects, self._top(commit), mergetree.HASTE)

    def _merged(self, git: Git, ours: Oid, theirs: Oid, branch: Branch) -> Oid:
        (merged,) = mergetree.merge(git, [(ours, theirs)])
        if merged.verdict == CONFLICT:
            paths = [printable(staging.normal(path)) for path in merged.paths]
            raise MergeConflict(printable(branch.name), paths, self._by_hand(git, branch))
        if merged.verdict != CLEAN:
            raise NotMerged(printable(branch.name))
        return Oid(merged.tree)

    def _by_hand(self, git: Git, branch: Branch) -> str:
        """Return how git rebases a branch without the one that it began on; '' where no branch here is that one."""
        words = ("--format=%(objectname) %(refname:lstrip=2)", "--sort=-committerdate", HEADS)
        listed = git.text("for-each-ref", "--merged", branch.tip, "--no-merged", self._onto, *words).splitlines()
        below = [name for oid, _, name in (line.partition(" ") for line in listed) if oid != branch.tip]
        onto = self._onto.removeprefix(REMOTES).removeprefix(HEADS)
        return " ".join(map(quote, ("git", "rebase", "--onto", onto, below[0], branch.name))) if below else ""

    def _squashed(self, git: Git, tree: Oid, branch: Branch, onto: Oid, begun: Oid) -> Oid:
        new = (branch.tip, f"^{onto}", *([f"^{begun}"] if begun else []))
        commits = revision.listed(git, "--reverse", "--no-merges", *new)
        if not commits:
            return branch.tip
        (last,) = _said(git, commits[-1:])
        text = last.text
        if len(commits) > 1:
            subjects = git.text("log", "--reverse", "--no-merges", "--format=* %s", *new)
            text = f"{branch.name}\n\n{subjects}\n"
        return self._commit(git, tree, (onto,), text, author=last.author)

    def _rebased(self, git: Git, onto: Oid, branch: Branch, begun: Oid) -> Oid:
        """Each commit in turn, as a merge whose base is its parent; a commit that changes nothing now is left out."""
        head = onto
        picked = to_pick(git, onto, branch.tip, *([f"^{begun}"] if begun else []))
        for commit in _said(git, picked):
            if not commit.parents:
                raise OwnRoot(printable(branch.name))
            if commit.parents[0] == head:
                head = commit.name
                continue
            # git 2.39 takes no base of its own: a commit that has the parent behind it stands for what is picked onto.
            stand_in = self._commit(git, self.tree(head), commit.parents[:1], "stands for what is rebased onto\n")
            tree = self._merged(git, stand_in, commit.name, branch)
            if tree != self.tree(head):
                head = self._commit(git, tree, (head,), commit.text, author=commit.author)
        return head

    def _with(self, git: Git, onto: Oid, begun: Oid) -> Oid:
        """Return a commit with the tree of `onto` that has another one merged besides; `onto` itself for ''."""
        if not begun:
            return onto
        return self._commit(git, self.tree(onto), (onto, begun), "stands for what is merged into\n")

    def _commit(
        self, git: Git, tree: Oid, parents: tuple[Oid, ...], text: str, *, author: Mapping[str, str] | None = None
    ) -> Oid:
        """Write a commit; `author` is who made it and when, for git's environment."""
        writer = Git(git.env)
        writer.prefix, writer.env = git.prefix, {**git.env, **(author or {})}
        behind = [word for parent in parents for word in ("-p", parent)]
        data = text.encode("utf-8", "surrogateescape")
        made = Oid(writer.run("commit-tree", tree, *behind, "-F", "-", data=data).decode().strip())
        self._trees[made] = tree
        return made
