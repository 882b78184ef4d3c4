"""The guard before a commit: pre-commit, and prepare-commit-msg, which git also runs with --no-verify."""

# ruff: noqa: PTH112 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os

from gitcoord.errors import CoordError
from gitcoord.guard import changes
from gitcoord.guard.snapshot import Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.claims import Claims
    from gitcoord.guard.judge import Verdict
    from gitcoord.hook.committer import Committer
    from gitcoord.hook.context import Context
    from gitcoord.hook.pending import Pending


def guard(context: Context, name: str) -> int:
    """Refuse (1) a commit that touches what another session claims, or any during a halt; 0 lets it pass."""
    if name == "prepare-commit-msg" and context.rebasing:
        return 0  # post-rewrite looks once, at all of them
    before = None
    if os.path.isdir(context.coord_dir + "/pending-bypass"):
        from gitcoord.hook import pending

        before = pending.take(context)
    conclusion = _Conclusion(context, before)
    # Two gits at once; what only a claim needs is loaded where one is met.
    snapshot = None
    try:
        snapshot = Snapshot(context.store_git, context.store_dir)
        started = changes.start(context.git)
        try:
            root = snapshot.root
        finally:
            paths = changes.staged(context.git, context.git_dir, started)
        return _judge(conclusion, snapshot, root, paths)
    except CoordError as error:
        return _cannot_tell(conclusion, error)
    finally:
        if snapshot is not None:
            snapshot.close()


def _judge(conclusion: _Conclusion, snapshot: Snapshot, root: dict[str, tuple[str, str]], paths: list[str]) -> int:
    if "halt.json" in root:
        from gitcoord.hook import refusal

        return conclusion.refused(refusal.halted(snapshot.record("halt.json") or {}))
    if "claims" not in root and "rules.json" not in root:
        return 0
    from gitcoord.guard.claims import Claims

    claims = Claims(snapshot)
    concerned = [path for path in paths if any(claims.on(path))]
    if not concerned and "rules.json" not in root:
        return 0
    return _weigh(conclusion, snapshot, claims, paths, concerned)


def _weigh(conclusion: _Conclusion, snapshot: Snapshot, claims: Claims, paths: list[str], concerned: list[str]) -> int:
    """Somebody claims some of the paths, or there are rules: who am I, and is it mine?"""
    from gitcoord.guard import judge as judging
    from gitcoord.guard.sessions import Sessions
    from gitcoord.hook.committer import Committer

    context = conclusion.context
    sessions = Sessions(snapshot, context.coord_dir, context.now)
    committer = Committer(context, sessions)
    judge = judging.Judge(claims, sessions, committer.mine)
    rules = snapshot.record("rules.json") or {}
    if rules.get("require-claim") is True:
        old = changes.existing(context.git)
        concerned = paths
    else:
        old = set()
    found = judge.look(concerned, must_be_claimed=old)
    if not found.refuses and not found.stale:
        return 0
    found.without(judging.exempt(context.git, found.paths))
    return _answer(conclusion, committer, found, paths, lenient=rules.get("person") == "warn")


def _answer(conclusion: _Conclusion, committer: Committer, found: Verdict, paths: list[str], *, lenient: bool) -> int:
    from gitcoord.hook import refusal

    conclusion.warn(refusal.stale(found, committer.sessions))
    if not found.refuses:
        return conclusion.passed()
    others = len(paths) > len(found.refused) and not conclusion.context.has("MERGE_HEAD")
    lines = refusal.held(found, committer, others=others)
    if lenient and committer.is_plain_person():
        conclusion.warn(refusal.as_warning(lines))
        return conclusion.passed()
    return conclusion.refused(lines, found.holders())


def _cannot_tell(conclusion: _Conclusion, error: CoordError) -> int:
    from gitcoord.hook import committer, refusal
    from gitcoord.policy import origin

    person = origin.typed_by_person(committer.origin_of(conclusion.context)[1])
    return conclusion.refused(refusal.unreadable(error.message, error.hint, person=person))


class _Conclusion:
    """How a guard ends: what it says, and what it leaves for the hook after the commit."""

    __slots__ = ("_before", "_said", "context")

    def __init__(self, context: Context, before: Pending | None) -> None:
        self.context = context
        self._before = before
        self._said: list[str] = []

    def warn(self, lines: list[str]) -> None:
        """Say these lines, unless the hook before, of the same git, has said them already."""
        before = self._before.said if self._before and self._before.parent == os.getppid() else ()
        self.context.say([line for line in lines if line not in before])
        self._said += lines

    def passed(self) -> int:
        """It passes."""
        self._keep([], bypassed=False)
        return 0

    def refused(self, lines: list[str], holders: list[dict[str, object]] | None = None) -> int:
        """It is refused, unless `coord.guard` says otherwise: then that is recorded."""
        from gitcoord.hook import refusal

        wanted = self.context.strictness()
        if wanted == "refuse":
            self.context.say(lines)
            return 1
        if wanted == "warn":
            self.warn(refusal.as_warning(lines))
        self._keep(holders or [], bypassed=True)
        return 0

    def _keep(self, holders: list[dict[str, object]], *, bypassed: bool) -> None:
        if not bypassed and not self._said:
            return
        from gitcoord.hook import pending

        try:
            pending.leave(self.context, pending.Pending(os.getppid(), self._said, holders, bypassed=bypassed))
        except OSError as error:
            if bypassed:
                self.context.say([f"warning: that the guard was passed could not be recorded: {error.strerror}"])
