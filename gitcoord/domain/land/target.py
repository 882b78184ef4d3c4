"""The branch in which something lands: at a remote, or in this repository where it has none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.session.identity import VARIABLE
from gitcoord.errors.landing import DirtyWorktree, NoAnswer, NoBranch, NoDefaultBranch, NotFetched
from gitcoord.kernel import branches, revision
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy.ids import Oid
from gitcoord.policy.landing import MET
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place
    from gitcoord.policy.ids import SessionId

SELF = "."
"""What git calls this repository where a remote is asked for."""

TRIES = 5
PATIENCE = 120.0
"""Seconds for which a remote is waited for."""


@dataclass(frozen=True, slots=True)
class Target:
    """A branch of a remote (`SELF` for this repository)."""

    place: Place
    remote: str
    branch: str

    @property
    def ref(self) -> str:
        """Its full name there."""
        return HEADS + self.branch

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return self.branch if self.remote == SELF else f"{self.branch} at {self.remote}"

    @property
    def tracked(self) -> str:
        """Its full name here, where it is known what it has."""
        return self.ref if self.remote == SELF else f"{REMOTES}{self.remote}/{self.branch}"

    def tip(self) -> Oid:
        """Return its commit as it is now, which is here then. Raises `NotFound`, `Offline`."""
        git = self.place.git
        if self.remote == SELF:
            return self._resolved(git)
        for number in range(TRIES):
            status, out, err = git.ask("ls-remote", "--exit-code", self.remote, self.ref, timeout=PATIENCE)
            if status == 2:  # git's own word for: there is no such ref
                raise NoBranch(printable(self.branch), f"at {self.remote}")
            if status != 0:
                raise NoAnswer(self.remote, _reason(err))
            oid = Oid(out.decode().split("\t")[0])
            known = self.tracked
            if branches.tip(self.place, known) == oid:
                return oid
            # Others in this clone may fetch the same at the same moment.
            words = ("--quiet", "--no-tags", "--no-auto-gc", self.remote, f"+{self.ref}:{known}")
            git.ask("fetch", *words, timeout=PATIENCE)
            if branches.tip(self.place, known) == oid or git.ask("cat-file", "-e", f"{oid}^{{commit}}")[0] == 0:
                return oid
            time.sleep(0.05 * (number + 1))
        raise NotFetched(self.name, self.remote)

    def _resolved(self, git: Git) -> Oid:
        found = revision.commit(git, self.ref)
        if not found:
            raise NoBranch(printable(self.branch))
        return found

    def push(self, old: Oid, new: Oid, session: SessionId, met: int = 0) -> str:
        """Move it from `old` to `new`, which has `old` behind it, as git would for the user, hooks and all.

        `met` is when the hub was met just before, in seconds; 0 leaves that to the hook. Returns what git said against
        it; '' where nothing. What git said proves nothing: look at `tip`.
        """
        there = self._checked_out() if self.remote == SELF else ""
        if there:
            return _in_worktree(self.place, there, new)
        git = _with_hooks(self.place, session)
        if met:
            git.env[MET] = str(met)
        lease = f"--force-with-lease={self.ref}:{old}"  # `new` has `old` behind it: nothing is overwritten
        status, _, err = git.ask("push", "--quiet", "--porcelain", lease, self.remote, f"{new}:{self.ref}")
        return "" if status == 0 else _told(err)

    def _checked_out(self) -> str:
        """The worktree that has it checked out; '' for none."""
        listed = self.place.git.text("worktree", "list", "--porcelain")
        for block in listed.split("\n\n"):
            lines = block.splitlines()
            if f"branch {self.ref}" in lines and "bare" not in lines:
                return lines[0].removeprefix("worktree ")
        return ""


def find(place: Place, onto: str, remote: str) -> Target:
    """Return the branch that is meant; with '' the default one. Raises `Usage` where there is none."""
    git = place.git
    remotes = git.text("remote").splitlines()
    there = remote if remote in remotes else SELF
    name = onto.removeprefix(HEADS).removeprefix(f"{remote}/")
    if not name:
        name = branches.look(place, remote).default_name
    if not name:
        raise NoDefaultBranch
    return Target(place, there, name)


def _with_hooks(place: Place, session: SessionId) -> Git:
    """Git that runs the user's hooks: some programs, such as git-lfs, push by them."""
    git = place.git
    git.prefix = ["git", "-C", place.top or place.common_dir]
    git.env[VARIABLE] = session
    return git


def _in_worktree(place: Place, worktree: str, new: Oid) -> str:
    """Move a branch that is checked out, with its files. Raises `Forbidden` where something is not committed there."""
    git = place.git
    git.prefix = [*git.prefix, "-C", worktree]
    if git.text("status", "--porcelain", "--untracked-files=no"):
        raise DirtyWorktree(printable(worktree))
    status, _, err = git.ask("merge", "--quiet", "--ff-only", new)
    return "" if status == 0 else _told(err)


def _told(err: bytes) -> str:
    lines = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
    useful = [line for line in lines if line.startswith(("remote:", "error:", "!", "fatal:"))]
    return "; ".join(printable(line) for line in (useful or lines)[:4]) or "git push failed"


def _reason(err: bytes) -> str:
    """Return what git says is wrong: behind that it may give advice."""
    lines = [line for line in err.decode(errors="replace").splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))), "".join(lines[-1:]))
    return printable(said.removeprefix("fatal: ").removeprefix("error: ")) or "no reason given"
