"""Claims of files that an agent edits, made and ended without anybody's asking."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.domain.claim import acquire as claiming
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import release as releasing
from gitcoord.errors import CoordError
from gitcoord.guard import attributes
from gitcoord.kernel.git import Git
from gitcoord.policy.scope import Scope, covers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

WHY = "edited by its agent"
"""The words by which such a claim is known, to people as well."""

TTL = 30 * 60
"""Seconds for which one lasts."""

RENEW = 20 * 60
"""Seconds before its end from which on it is renewed while its agent works."""

UNTOUCHED = 2 * 60
"""Seconds after which a claimed file that is as it was committed counts as not edited at all."""


class Taken(NamedTuple):
    """What came of it: files `lost` to somebody else, and those released at a commit that HEAD here does not have."""

    lost: list[str]
    behind: list[str]


def take(workspace: Workspace, me: Session, paths: Iterable[str]) -> Taken:
    """Claim files that this session edits.

    What git ignores is left out, and so is what `.gitattributes` takes out of the guard's sight. A claim that was made
    by hand stays as it is.
    """
    wanted = _worth_claiming(workspace, list(dict.fromkeys(paths)))
    by_hand = [item for item in _mine(workspace, me) if item.why != WHY and not item.shared]
    wanted = [path for path in wanted if not any(_covers(item, path) for item in by_hand)]
    if not wanted:
        return Taken([], [])
    whole = _acquired(workspace, me, wanted)
    if whole is not None:
        return Taken([], [item.scope for item in whole.stale])
    answers = {path: _acquired(workspace, me, [path]) for path in wanted}  # not all can be had: each by itself
    won = [answer for answer in answers.values() if answer is not None]
    lost = [path for path, answer in answers.items() if answer is None]
    return Taken(lost, [item.scope for answer in won for item in answer.stale])


def renew(workspace: Workspace, me: Session) -> None:
    """Keep alive what is near its end."""
    soon = workspace.clock.now() + RENEW
    due = [item for item in _automatic(workspace, me) if item.until is not None and item.until < soon]
    paths = [scope.text for item in due for scope in item.scopes]
    if paths:
        _acquired(workspace, me, paths)


def settle(workspace: Workspace, me: Session, trees: Mapping[str, str], under_way: Collection[str] = ()) -> list[str]:
    """End the claims of files that are committed, or were not edited at all; returns the paths.

    `trees` has the top of the worktree in which each was edited, where it is known. Those that are about to be edited
    (`under_way`) stay.
    """
    given: list[str] = []
    for item in _automatic(workspace, me):
        by_tree: dict[str, list[str]] = {}
        for scope in item.scopes:
            by_tree.setdefault(trees.get(scope.text, workspace.place.top), []).append(scope.text)
        finished = [path for top, paths in by_tree.items() for path in _finished(workspace, item, top, paths)]
        free = [path for path in finished if path not in under_way]
        if free:
            releasing.release(workspace, me, tuple(Scope("file", path) for path in free), "", everything=False)
            given += free
    return given


def hand_over(workspace: Workspace, child: Session, parent: Session, trees: Mapping[str, str]) -> None:
    """Let a session claim what its subagent has edited and not committed: the work is in its hands."""
    settle(workspace, child, trees)
    left = [scope.text for item in _automatic(workspace, child) for scope in item.scopes]
    if left:
        _acquired(workspace, parent, left)


def _mine(workspace: Workspace, me: Session) -> list[Claim]:
    return claim.of(workspace.ledger.state(), me.id)


def _automatic(workspace: Workspace, me: Session) -> list[Claim]:
    return [item for item in _mine(workspace, me) if item.why == WHY]


def _acquired(workspace: Workspace, me: Session, paths: list[str]) -> claiming.Answer | None:
    """Claim these files; None where that was refused, or could not be asked for."""
    scopes = tuple(Scope("file", path) for path in paths)
    try:
        answer = claiming.acquire(workspace, me, claiming.Request(scopes, WHY, TTL, wide=True))
    except CoordError:
        return None
    return answer if answer.result != "refused" else None


def _covers(item: Claim, path: str) -> bool:
    return any(covers(scope, path, there=True) for scope in item.scopes)


def _worth_claiming(workspace: Workspace, paths: list[str]) -> list[str]:
    git = workspace.place.git
    names = b"".join(os.fsencode(path) + b"\0" for path in paths)
    _, out, _ = git.ask("check-ignore", "-z", "--stdin", data=names)
    ignored = {os.fsdecode(name) for name in out.split(b"\0")}
    left = [path for path in paths if path not in ignored]
    exempt = attributes.exempt(git, {"HEAD": left})["HEAD"] if left else set()
    return [path for path in left if path not in exempt]


def _finished(workspace: Workspace, item: Claim, top: str, paths: list[str]) -> list[str]:
    """Those files of a claim that are in the worktree `top` as its HEAD has them, and were committed since.

    What was claimed long enough ago counts as well: it was not edited.
    """
    git = Git(dict(workspace.place.environ), cwd=top)
    specs = [f":(top,literal){path}" for path in paths]
    status, out, _ = git.ask("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", *specs)
    if status != 0:
        return []
    changed = {os.fsdecode(line[3:]) for line in out.split(b"\0") if line}
    clean = [path for path in paths if path not in changed]
    if not clean or workspace.clock.now() - item.since > UNTOUCHED:
        return clean
    since = [item.head] if item.head else []
    status, out, _ = git.ask(
        "log", "--format=", "--name-only", "-z", *(f"^{head}" for head in since), "HEAD", "--", *specs
    )
    committed = {os.fsdecode(name).strip("\n") for name in out.split(b"\0")} if status == 0 else set()
    return [path for path in clean if path in committed]
