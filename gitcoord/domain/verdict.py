"""What the guard would say of a change to paths, read from the ledger's state. The rule itself is `policy.guard`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain import claim, rules, session
from gitcoord.errors import Unreadable
from gitcoord.kernel import process
from gitcoord.policy import guard, identity
from gitcoord.policy.scope import Scope, covers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.claim import Claim, Standing
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Objection:
    """A path and the live claim of another session that speaks against changing it."""

    path: str
    scope: Scope
    claim: Claim
    holder: Session


@dataclass(slots=True)
class Verdict:
    """What speaks against a change: claims of others, and paths that the rules want claimed first."""

    held: list[Objection]
    unclaimed: list[str]

    def without(self, paths: Collection[str]) -> None:
        """Take these paths out of sight."""
        self.held = [item for item in self.held if item.path not in paths]
        self.unclaimed = [path for path in self.unclaimed if path not in paths]

    @property
    def paths(self) -> list[str]:
        """The paths that something is said about, without repetition."""
        return list(dict.fromkeys([*(item.path for item in self.held), *self.unclaimed]))


class Judge:
    """Looks at paths for one session, or for nobody. All of it raises `Unreadable` where the ledger is damaged."""

    def __init__(self, workspace: Workspace, state: State, me: Session | None) -> None:
        self._workspace = workspace
        self._state = state
        self._mine = (me.id, *me.ancestors) if me else ()
        self._holders: dict[tuple[str, str], tuple[Claim, Session, str]] = {}
        self.require_claim = rules.read(state).require_claim

    def look(self, paths: Iterable[str], must_be_claimed: Collection[str] = ()) -> Verdict:
        """The verdict on these paths; of them, `must_be_claimed` are refused where nobody of mine claims them."""
        verdict = Verdict([], [])
        for path in paths:
            covering, below = self._on(path)
            for item in guard.against(covering, below, self._mine):
                found, holder, stale = self._behind(item)
                if not stale:
                    verdict.held.append(Objection(path, item.scope, found, holder))
            if path in must_be_claimed and not guard.covered(covering, self._mine):
                verdict.unclaimed.append(path)
        return verdict

    def _on(self, path: str) -> tuple[list[Standing], list[Standing]]:
        """The claims that have the file `path` in them, and those by which it cannot be a file, or is below one."""
        covering: list[Standing] = []
        below: list[Standing] = []
        for item in claim.overlapping(self._state, Scope("file", path)):
            (covering if covers(item.scope, path) else below).append(item)
        return covering, below

    def _behind(self, item: Standing) -> tuple[Claim, Session, str]:
        """The claim's record, its holder, and why it does not count any more ('' while it does)."""
        key = item.session, item.claim
        if key not in self._holders:
            found = claim.read(self._state, *key)
            holder = session.read(self._state, item.session)
            if found is None or holder is None:
                raise Unreadable(
                    f"the ledger is damaged: it has no claim {item.claim} of {item.session}", "git coord doctor"
                )
            self._holders[key] = found, holder, self._stale(found, holder)
        return self._holders[key]

    def _stale(self, item: Claim, holder: Session) -> str:
        same = holder.clone == self._workspace.clone
        entry = self._workspace.recorded(holder.id) if same else None
        known = entry is not None and entry.kind in identity.RECORDED
        return guard.stale(
            item.until,
            holder.last,
            holder.lease,
            self._workspace.clock.now(),
            same_clone=same,
            agent=entry is not None and entry.kind == "agent",
            process=process.state_of(entry.mark) if entry is not None and known else "unknown",
        )


def exempt(git: Git, paths: list[str]) -> set[str]:
    """Those of the paths that `.gitattributes`, as in the index of `git`, takes out of the guard's sight."""
    if not paths:
        return set()
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    fields = git.run("check-attr", "--cached", "-z", "--stdin", "coord", data=asked).split(b"\0")
    # Three fields each: the path, the attribute, its value.
    return {path for at, path in enumerate(paths) if os.fsdecode(fields[3 * at + 2]) in guard.EXEMPT}
