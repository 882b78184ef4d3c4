"""The guard before a commit: pre-commit, and prepare-commit-msg, which git also runs with --no-verify."""

# ruff: noqa: PTH112 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os

from gitcoord.errors import CoordError
from gitcoord.guard import changes
from gitcoord.guard.decision import decide
from gitcoord.guard.snapshot import Snapshot
from gitcoord.kernel import coordfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.decision import Decision
    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.sessions import Sessions
    from gitcoord.hook.committer import Committer
    from gitcoord.hook.context import Context
    from gitcoord.hook.passed import Witness
    from gitcoord.hook.pending import Pending


def guard(context: Context, name: str) -> int:
    """Refuse (1) a commit that touches what another session claims, or any during a halt; 0 lets it pass."""
    if name == "prepare-commit-msg" and context.rebasing:
        return 0  # post-rewrite looks once, at all of them
    before = None
    if os.path.isdir(f"{context.coord_dir}/{coordfile.PENDING_BYPASS}"):
        from gitcoord.hook import pending

        before = pending.take(context)
    conclusion = _Conclusion(context, before)
    # Two gits at once; what only a claim needs is loaded where one is met.
    snapshot = witness = None
    if before is None and name == "pre-commit" and context.asker:
        from gitcoord.hook.passed import Witness

        witness = Witness(context)
    try:
        snapshot = Snapshot(context.store_git, context.store_dir)
        started = changes.start(context.git)
        try:
            snapshot.has("claims")  # waits for git, while the other one works
        finally:
            paths = changes.staged(context.git, context.git_dir, started)
        attempt = _Attempt(context, snapshot)
        decision = decide(snapshot, paths, attempt)
        if witness is not None:
            _spare(snapshot, attempt, decision, paths, witness)
        return _answer(conclusion, attempt, decision, paths)
    except CoordError as error:
        return _cannot_tell(conclusion, error)
    finally:
        if snapshot is not None:
            snapshot.close()


def _spare(snapshot: Snapshot, attempt: _Attempt, decision: Decision, paths: list[str], witness: Witness) -> None:
    """Leave what spares the hooks behind, and those of the next commit, the start of a Python."""
    found = decision.verdict
    if decision.halt is not None or decision.beyond is not None or (found and (found.refuses or found.stale)):
        return
    if decision.free and not snapshot.has("halt.json"):
        from gitcoord.hook import claimed

        claimed.keep(attempt.context, snapshot, witness.ledger)
    if attempt.committer.named:
        from gitcoord.hook import known

        known.keep(attempt.context, snapshot, attempt.committer, witness.ledger, witness.since)
    witness.leave(snapshot, attempt.committer, paths, attempt.existing)


def _answer(conclusion: _Conclusion, attempt: _Attempt, decision: Decision, paths: list[str]) -> int:
    if decision.halt is not None:
        from gitcoord.hook import refusal

        return conclusion.refused(refusal.halted(decision.halt))
    if decision.beyond is not None:
        from gitcoord.hook import unallowed

        return conclusion.refused(unallowed.lines(decision.beyond, attempt.committer, attempt.reader))
    found = decision.verdict
    if found is None or not (found.refuses or found.stale):
        return 0
    from gitcoord.hook import refusal

    conclusion.warn(refusal.stale(found, attempt.committer))
    if not found.refuses:
        return conclusion.passed()
    others = len(paths) > len(found.refused) and not conclusion.context.has("MERGE_HEAD")
    lines = refusal.held(found, attempt.committer, others=others)
    if decision.lenient:
        conclusion.warn(refusal.as_warning(lines))
        return conclusion.passed()
    return conclusion.refused(lines, found.holders())


class _Attempt:
    """The commit that git is about to make, as the judge asks about it (`guard.reader.Occasion`)."""

    __slots__ = ("_committer", "_existing", "_snapshot", "context")

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        self.context = context
        self._snapshot = snapshot
        self._committer: Committer | None = None
        self._existing: set[str] | None = None

    @property
    def reader(self) -> Snapshot:
        """The state of the ledger."""
        return self._snapshot

    @property
    def committer(self) -> Committer:
        """Whoever makes the commit."""
        if self._committer is None:
            from gitcoord.hook.committer import Committer

            self._committer = Committer(self.context, self._snapshot)
        return self._committer

    def sessions(self) -> Sessions:
        """The sessions."""
        return self.committer.sessions

    def mine(self) -> tuple[str, ...]:
        """Ids of the session that commits and of its ancestors."""
        return self.committer.mine()

    def by_person(self) -> bool:
        """Whether a person may have typed this who never started a session, nor says to be one."""
        return self.committer.is_plain_person()

    def existing(self) -> set[str]:
        """The staged paths that the commit before has."""
        if self._existing is None:
            self._existing = changes.existing(self.context.git, amends=self.context.amends())
        return self._existing

    def permit(self, found: Verdict) -> None:
        """Take from the verdict what a pick or a squash under way takes in from those who may change it."""
        from gitcoord.guard import integration
        from gitcoord.guard.commits import Repository

        of = self.context
        repository = Repository(of.git, of.store_git, of.common_dir, self._snapshot)
        integration.permit(repository, of.git_dir, self.sessions(), found)

    def exempt(self, paths: list[str]) -> set[str]:
        """The paths that `.gitattributes` takes out of the guard's sight."""
        from gitcoord.guard import attributes

        return attributes.exempt(self.context.git, {"HEAD": paths})["HEAD"] if paths else set()


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
                self.context.say([f"warning: the bypass of the guard could not be recorded: {error.strerror}"])
