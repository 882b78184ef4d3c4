"""Whether a branch can be rebased on another one: commit by commit, as `git rebase` goes, in memory.

Each commit is merged onto what is there by then, with its parent for the base. A rebase may stop where a merge does
not, at a commit that a later one takes back, and go through where a merge stops. Commits that are picks of what is
there already are left out, and so are merges. Objects go to the directory of the assessor, which is thrown away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.radar.assessing import FORWARD, NOT_ASSESSED, UNRELATED, verdict_of
from gitcoord.domain.radar.kept import Verdict, opened
from gitcoord.errors import GitFailed
from gitcoord.kernel import mergetree, revision
from gitcoord.kernel.mergetree import CLEAN
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.radar.assessing import Assessor
    from gitcoord.kernel.git import Git

Way = tuple[Oid, Oid]
"""Onto which commit a branch is rebased, and the tip of the branch."""

MOST = 200
"""Commits of a branch that are looked at: one that has more is not assessed."""

_WRITER = {"NAME": "gitcoord", "EMAIL": "gitcoord@localhost", "DATE": "1700000000 +0000"}


class Rebaser:
    """Assesses rebases, with the directory and the settings of an assessor."""

    def __init__(self, assessor: Assessor) -> None:
        self._assessor = assessor

    def assess(self, ways: Iterable[Way]) -> dict[Way, Verdict]:
        """Return the verdict on each of these rebases."""
        wanted, workspace = list(dict.fromkeys(ways)), self._assessor.workspace
        with opened(workspace.place.coord_dir, f"rebase:{self._assessor.setting.key}") as known:
            found = {way: verdict for way in wanted if (verdict := known.get(way)) is not None}
            fresh = {way: self._look(*way) for way in wanted if way not in found}
            known.put({way: one for way, one in fresh.items() if one.why != "failed"}, workspace.clock.now())
        return found | fresh

    def _look(self, onto: Oid, tip: Oid) -> Verdict:
        if self._assessor.setting.renormalizes:
            return Verdict(NOT_ASSESSED, "merge.renormalize is set, which runs filters")
        git = self._assessor.git
        try:
            if not revision.common(git, onto, tip):
                return UNRELATED
            commits = to_pick(git, onto, tip, f"--max-count={MOST + 1}")
            if len(commits) > MOST:
                return Verdict(NOT_ASSESSED, f"it has more than {MOST} commits")
            if commits and _changes_attributes(git, commits):
                return Verdict(NOT_ASSESSED, "it changes .gitattributes on the way")
            return self._pick(onto, commits)
        except GitFailed:
            return Verdict(NOT_ASSESSED, "failed")

    def _pick(self, onto: Oid, commits: list[Oid]) -> Verdict:
        git = self._writer(onto)
        head, tree = onto, revision.tree(git, onto)
        for commit in commits:
            parent = revision.commit(git, f"{commit}^")
            if not parent:
                return Verdict(NOT_ASSESSED, "it has a root of its own")
            if parent == head:  # it stands there already
                head, tree = commit, revision.tree(git, commit)
                continue
            # git 2.39 takes no base of its own: a commit that has the parent behind it stands for what is picked onto.
            stand_in = git.text("commit-tree", tree, "-p", parent, "-m", "x")
            self._assessor.merges += 1
            (merged,) = mergetree.merge(git, [(stand_in, commit)])
            driver = self._assessor.driver_that_ran()
            if driver:
                return Verdict(NOT_ASSESSED, f"the merge driver {driver} decides")
            if merged.verdict != CLEAN:
                return verdict_of(merged)
            head, tree = Oid(""), Oid(merged.tree)
        return FORWARD

    def _writer(self, onto: Oid) -> Git:
        """Git in a checkout of the commit as far as attributes go, which can write commits that are thrown away."""
        git = self._assessor.git_at(onto)
        git.env |= {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in _WRITER.items()}
        return git


def to_pick(git: Git, onto: Oid, tip: Oid, *more: str) -> list[Oid]:
    """Return the commits that a rebase picks, in its order; `more` are options of `git rev-list`."""
    listed = ("--reverse", "--topo-order", "--no-merges", "--right-only", "--cherry-pick", *more)
    return revision.listed(git, *listed, f"{onto}...{tip}")


def _changes_attributes(git: Git, commits: list[Oid]) -> bool:
    """Whether one of the commits changes a file of attributes: then each is picked by others than the one before."""
    names = ("--", ":(glob)**/.gitattributes")
    data = "".join(f"{commit}\n" for commit in commits).encode()
    return bool(git.run("diff-tree", "--stdin", "-r", "--root", "--name-only", "--no-commit-id", *names, data=data))
