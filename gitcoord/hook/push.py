"""The guard before a push, and the look at what a rebase or an amend made."""

from __future__ import annotations

from gitcoord.guard import changes, commits
from gitcoord.guard.snapshot import Batch, Snapshot
from gitcoord.hook.committer import Committer
from gitcoord.kernel.refname import COORD
from gitcoord.policy import halting
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.guard.judge import Verdict
    from gitcoord.hook.context import Context

    AtFault = list[tuple[Oid, Verdict]]

_OURS = (f"{COORD}/", "refs/notes/")
_MOST_RECORDED = 20


def guard(context: Context, args: list[str], told: bytes) -> int:
    """Refuse (1) a push during a halt, or with new commits that touch what another session claims; 0 lets it pass.

    `args` are the remote's name and address, `told` is what git says on standard input. Raises `CoordError`.
    """
    from gitcoord.hook import hub

    away = hub.meet(context)
    if away and hub.obliged(context):
        context.say([f"error: push refused: {away}", "hint: try again, or: git config coord.offlinePush warn"])
        return 1
    if away:
        context.say([f"warning: {away}; the push is judged by what is known here"])
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        if not any(map(snapshot.has, (halting.PATH, "roles", "rules.json", "claims"))):
            return 0
        committer, pushed = Committer(context, snapshot), _Pushed(context, told)
        objections = _objections(context, snapshot, committer, pushed, args[0] if args else "")
        for lines, at_fault in objections:
            if lines:
                passed = [(commit, found.holders()) for commit, found in at_fault]
                return _refused(committer, context, lines, passed or [(commit, []) for commit in pushed.commits])
        return 0
    finally:
        snapshot.close()


def _objections(
    context: Context, snapshot: Snapshot, committer: Committer, pushed: _Pushed, remote: str
) -> Iterator[tuple[list[str], AtFault]]:
    """Return what speaks against the push, one after the other: lines, [] for nothing, and the commits at fault.

    Without such commits it is the push as a whole.
    """
    from gitcoord.hook import refusal

    limited, ruled = snapshot.has("roles"), snapshot.has("rules.json")
    repository = _repository(context, snapshot)
    if snapshot.has(halting.PATH):
        halt = _halt(committer, snapshot, pushed)
        yield refusal.halted(halt, "push") if halt is not None else [], []
    if ruled or limited:
        yield _closed(context, snapshot, committer, pushed.refs, remote), []
    if ruled:
        yield _unowned(repository, committer, pushed, remote), []
    if limited:
        yield _forbidden(repository, snapshot, committer, pushed.commits), []
    at_fault = _look(repository, committer, pushed.commits)
    yield _held(committer, at_fault) if at_fault else [], at_fault


def _held(committer: Committer, at_fault: AtFault) -> list[str]:
    """Return the lines that say which commit touches what another session claims."""
    from gitcoord.hook import refusal

    commit, found = at_fault[0]
    more = f" and {len(at_fault) - 1} more" if len(at_fault) > 1 else ""
    return refusal.held(found, committer, others=False, what="push", subject=f"commit {commit[:10]}{more}: ")


def _refused(
    committer: Committer, context: Context, lines: list[str], passed: list[tuple[Oid, list[dict[str, object]]]]
) -> int:
    """Refuse the push, unless `coord.guard` says otherwise: then record what of it (commits, holders) went past."""
    from gitcoord.hook import refusal, spool

    wanted = context.strictness()
    if wanted == "refuse":
        context.say(lines)
        return 1
    if wanted == "warn":
        context.say(refusal.as_warning(lines))
    me = committer.me.id if committer.me else ""
    try:
        for commit, holders in passed[:_MOST_RECORDED]:
            title = context.git.text("show", "-s", "--format=%s", commit)
            spool.bypass(context, commit, me, holders, title[:200])
    except OSError as error:
        context.say([f"warning: the bypass of the guard could not be recorded: {error.strerror}"])
    return 0


def _halt(committer: Committer, snapshot: Snapshot, pushed: _Pushed) -> dict[str, object] | None:
    """Return the record of the halt that stops the push, None where none does. Refs of ours are never stopped."""
    from gitcoord.guard import halts

    def paths() -> set[str]:
        changed = changes.committed(pushed.git, pushed.commits)
        return {path for of in changed.values() for path in of.paths}

    now = committer.sessions.liveness.now
    return halts.stopping(snapshot, now, committer.mine, paths) if pushed.refs else None


def after_rewrite(context: Context, args: list[str], told: bytes) -> int:
    """Keep the makers of what a rebase or an amend rewrote, and warn where it touches what another session claims.

    Returns 0.
    """
    from gitcoord.guard.claims import Claims
    from gitcoord.guard.judge import Judge
    from gitcoord.hook import note, rewritten
    from gitcoord.hook.disputed import Disputes

    pairs = [(Oid(words[0]), Oid(words[1])) for line in told.decode().splitlines() if len(words := line.split()) > 1]
    made = list(dict.fromkeys(new for _, new in pairs))
    amended = args[:1] == ["amend"]
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        claimed = snapshot.has("claims")
        committer = Committer(context, snapshot)
        batch = Batch(context.git)
        try:
            disputed = None
            if claimed:
                judge = Judge(Claims(snapshot), committer.sessions, committer.mine)
                disputes = Disputes(context.git, batch, judge, [] if amended else made)
                disputed = disputes.amended if amended else disputes.rebased
            rewritten.carry(context, batch, pairs, disputed)
        finally:
            batch.close()
        if amended:
            rewritten.tidy(context, made)
        note.settle(context, made if amended else ())
        if claimed:
            _warn(context, committer, _look(_repository(context, snapshot), committer, made))
        return 0
    finally:
        snapshot.close()


def _warn(context: Context, committer: Committer, at_fault: AtFault) -> None:
    """Say of which rewritten commit a push would be refused, and why."""
    if at_fault:
        from gitcoord.hook import refusal

        commit, found = at_fault[0]
        more = f" and {len(at_fault) - 1} more" if len(at_fault) > 1 else ""
        lines = refusal.held(found, committer, others=False, subject=f"commit {commit[:10]}{more}: ")
        context.say([line + "; a push would be refused" for line in refusal.as_warning(lines)])


class _Pushed:
    """What a push brings. `told` is what git says of it; `refs` are the remote's that it changes, without ours.

    `updates` has for each of these that is not deleted the commit that it gets and the one that it has, '' for none.
    """

    __slots__ = ("_commits", "_known", "_tips", "git", "refs", "updates")

    def __init__(self, context: Context, told: bytes) -> None:
        self.git = context.git
        self._commits: list[Oid] | None = None
        self.refs: list[str] = []
        self.updates: dict[str, tuple[Oid, Oid]] = {}
        self._tips: list[Oid] = []
        self._known: list[Oid] = []
        for line in told.decode(errors="surrogateescape").splitlines():
            fields = line.split(" ")
            if len(fields) != 4 or fields[2].startswith(_OURS):
                continue
            tip, old = (Oid(field if field.strip("0") else "") for field in fields[1::2])
            self.refs.append(fields[2])
            if tip:
                self._tips.append(tip)
                self.updates[fields[2]] = tip, old
            if old:
                self._known.append(old)

    @property
    def commits(self) -> list[Oid]:
        """The new commits, eldest first. Raises `GitFailed`."""
        if self._commits is None:
            self._commits = commits.new(self.git, self._tips, self._known) if self._tips else []
        return self._commits


def _repository(context: Context, snapshot: Snapshot) -> commits.Repository:
    return commits.Repository(context.git, context.store_git, context.common_dir, snapshot)


def _look(repository: commits.Repository, committer: Committer, made: list[Oid]) -> AtFault:
    return commits.at_fault(repository, committer.sessions, committer.mine, made)


def _closed(context: Context, snapshot: Snapshot, committer: Committer, refs: list[str], remote: str) -> list[str]:
    """Return the lines that say to which branch this session does not push, [] where it may push to all."""
    from gitcoord.guard import landing
    from gitcoord.hook.refusal import shorten

    def default() -> str:
        return landing.default_branch(context.git, remote)

    found = landing.closed(snapshot, committer.sessions, committer.mine(), refs, default=default)
    return [f"error: push refused: {shorten(found.why, 200)}", f"hint: {shorten(found.help, 150)}"] if found else []


def _forbidden(repository: commits.Repository, snapshot: Snapshot, committer: Committer, made: list[Oid]) -> list[str]:
    """Return the lines that say which commit its maker's role does not allow, [] where all may be pushed."""
    beyond = commits.beyond_roles(repository, committer.mine, made)
    if not beyond:
        return []
    from gitcoord.hook import unallowed

    commit, found = beyond[0]
    more = f" and {len(beyond) - 1} more" if len(beyond) > 1 else ""
    return unallowed.lines(found, committer, snapshot, "push", f"commit {commit[:10]}{more}: ")


def _unowned(repository: commits.Repository, committer: Committer, pushed: _Pushed, remote: str) -> list[str]:
    """Return the lines that say which commit lacks the word of an owner, [] where none does."""
    from gitcoord.guard import landing

    for ref, (tip, old) in pushed.updates.items():
        if not landing.asks_owners(repository.reader, ref):
            continue
        from gitcoord.guard import owning
        from gitcoord.hook.refusal import shorten

        base, made = owning.brought(repository.git, remote, ref, tip, old)
        found = owning.first(repository, committer.sessions, base, made)
        if found is not None:
            return [f"error: push refused: {shorten(found.why, 230)}", f"hint: {shorten(found.help, 150)}"]
    return []
