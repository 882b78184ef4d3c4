"""What landed in the default branch, and whose branch touches the same files: they are told to rebase."""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import few
from gitcoord.kernel import branches, coordfile, mark, revision
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy.ids import NO_OBJECT
from gitcoord.policy.scope import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import Oid, SessionId

FILE = coordfile.INTEGRATED
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Landed:
    """The default branch moved to a commit, as a session (its id) found; `readers` are to rebase, each told why."""

    session: SessionId
    commit: str
    readers: Sequence[tuple[Session, str]]


def landed(workspace: Workspace, state: State, me: Session, known: Callable[[str], bool]) -> bool:
    """Tell the sessions concerned when the default branch has moved since somebody looked last; whether there are any.

    `known` says whether that was said of a commit (its id) before, by another clone perhaps.
    """
    found = branches.look(workspace.place)
    tips = found.tips
    place = workspace.place.coord_dir / FILE
    before = {ref: oid for ref, oid in mark.record(place).items() if isinstance(oid, str)}
    now = {ref: tips[ref] for ref in found.default}
    if now == before:
        return False
    if not mark.put(place, json.dumps(now) + "\n"):
        return False  # nobody is told again and again
    told: set[str] = set()
    concerned = False
    for ref, tip in now.items():
        if before.get(ref, tip) != tip and tip not in told and not known(tip):
            told.add(tip)  # merged and pushed at one go, it has landed once
            readers = list(_readers(workspace.place.git, state, ref, before[ref], tips))
            reaction.follow(workspace, "landed", Landed(me.id, tip, readers))
            concerned = concerned or bool(readers)
    return concerned


def _readers(git: Git, state: State, ref: str, old: str, tips: dict[str, Oid]) -> Iterator[tuple[Session, str]]:
    """Return the sessions whose branch lacks what was merged and touches the same files, each with what to tell it."""
    new = tips[ref]
    changed = _changed(git, old, new)
    trunk = ref.removeprefix(HEADS).removeprefix(REMOTES)
    arrived = _merged(git, old, new, tips) - {trunk, trunk.removeprefix("origin/")}
    what = f"{' and '.join(sorted(arrived)[:SHOWN]) or new[:12]} landed in {trunk}"
    base_of = functools.cache(lambda tip: revision.common(git, new, tip) if tip else NO_OBJECT)
    changes = functools.cache(lambda one, other: _changed(git, one, other))
    for item in session.every(state):
        claims = claim.of(state, item.id)
        branch = (claims[-1].branch if claims else "") or item.branch
        tip = tips.get(HEADS + branch) or tips.get(f"{REMOTES}origin/{branch}") or ""
        base = base_of(tip)
        if base in ("", new) or branch in arrived:
            continue  # it has it all already
        touched = changes(base, tip)
        held = [scope for one in claims for scope in one.scopes]
        both = sorted(path for path in changed if path in touched or any(covers(scope, path) for scope in held))
        if both:
            yield item, f"{what}: rebase {branch}, both touch {few(both, SHOWN)}"


def _changed(git: Git, old: str, new: str) -> set[str]:
    if old == new:
        return set()
    out = git.ask("diff", "--name-only", "-z", "--no-renames", "--end-of-options", old, new)[1]
    return {os.fsdecode(path) for path in out.split(b"\0") if path}


def _merged(git: Git, old: str, new: str, tips: dict[str, Oid]) -> set[str]:
    """Branches whose tip is in `new` and was not in `old`."""
    inside = set(git.ask("rev-list", "--max-count=10000", new, f"^{old}")[1].decode().split())
    return {ref.removeprefix(HEADS) for ref, oid in tips.items() if ref.startswith(HEADS) and oid in inside}
