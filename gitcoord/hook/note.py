"""After a commit or merge: the note that says which session made it, and word for the next command.

Nothing here stops anybody: the commit is made.
"""

from __future__ import annotations

import time

from gitcoord.errors import CoordError
from gitcoord.guard import changes, notes, record, view
from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook import hub, overtaken, pending, spool
from gitcoord.hook.committer import Committer
from gitcoord.hook.made import Made, describe
from gitcoord.kernel import revision
from gitcoord.policy import lease
from gitcoord.policy.ids import Oid
from gitcoord.policy.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.hook.context import Context


def after(context: Context, name: str) -> int:
    """Write the note on HEAD; returns 0."""
    if context.rebasing:
        return 0  # a commit that is only rewritten keeps its maker: git copies the note
    since, tip = time.time(), context.ledger_tip()
    past = pending.take(context)
    past = past if past is not None and past.bypassed else None
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        made = None
        try:
            made = _look(context, name, snapshot)
        except CoordError as error:
            if past is None:
                raise
            context.say([f"warning: {printable(error.message)}"])
        if past is not None:
            commit = made.commit if made else _commit(context, name)
            if commit:
                _leave_word(context, commit, made, past)
                write(context, commit, [*(describe(made) if made else ()), notes.PAST_THE_GUARD])
        elif made is not None:
            _leave_word(context, made.commit, made, None)
            _write_down(context, snapshot, made)
            if made.committer.named and not made.disputed:
                from gitcoord.hook import known

                known.keep(context, snapshot, made.committer, tip, since)
    finally:
        snapshot.close()
    return 0


def _look(context: Context, name: str, snapshot: Snapshot) -> Made | None:
    """What a session has made; None where none did, or where nothing was made."""
    committer = Committer(context, snapshot)
    commit = _commit(context, name) if committer.me is not None else Oid("")
    if not commit:
        return None
    made = Made(commit, committer)
    changed = changes.committed(context.git, [commit]).get(commit)
    if changed is not None:
        judge = made.look_at(snapshot, changed.paths, lambda: changed.existing)
        replaced = overtaken.replaced(context)
        now = changes.amended(context.git, replaced, commit) if replaced else changed
        made.disputed = {item.path for item in judge.look(now.paths, lambda: now.existing).held}
        made.amends = bool(replaced)
    return made


def _write_down(context: Context, snapshot: Snapshot, made: Made) -> None:
    """Write the note; where others claim what was committed, say so, and let no claim of the note speak for that."""
    if made.disputed:
        lines = describe(made, claims=False)
        write(context, made.commit, lines)
        found = overtaken.look(context, snapshot, made.committer, made.commit, made.disputed)
        if found is not None:
            write(context, made.commit, [*lines, notes.OVERTAKEN])
            if not made.amends:  # of an amend post-rewrite says the same
                overtaken.tell(context, snapshot, made.committer, found)
            return
    write(context, made.commit, describe(made))


def _leave_word(context: Context, commit: Oid, made: Made | None, past: pending.Pending | None) -> None:
    """What needs the ledger goes to the spool; a lease that had run out is renewed by the next command."""
    me = made.committer.me if made else None
    over = made.over if made else []
    try:
        if past is not None:
            subject = context.git.text("show", "-s", "--format=%s", commit)
            spool.bypass(context, commit, me.id if me else "", past.holders, subject[:200])
        due = [me] if me is not None and lease.due(me.last, me.lease, int(time.time())) else []
        for session in {one.id: one for one in (*due, *over)}:
            spool.renew(context, session)
        if over and hub.named(context):
            ended = time.strftime("%H:%M", time.localtime(over[0].last + over[0].lease))
            context.say(
                [
                    f"warning: the lease of {printable(over[0].name)} had run out at {ended}; a renewal is recorded,"
                    " and a push asks the hub whether the claim is still held"
                ]
            )
    except OSError as error:
        context.say([f"warning: nothing could be left for the next git coord command: {error.strerror}"])


def write(context: Context, commit: Oid, lines: list[str]) -> None:
    """Put this on record of the commit, and into its note. Raises `GitFailed`."""
    keep(context, {commit: lines})
    view.show(context.git, context.coord_dir, commit, lines)
    settle(context, {commit})


def settle(context: Context, shown: Collection[Oid] = ()) -> None:
    """Write the notes that commits before are owed, where that can be done; `shown` are commits that have theirs."""
    try:
        view.settle(context.git, context.coord_dir, shown)
    except (CoordError, OSError):
        return  # they are still owed


def keep(context: Context, made: dict[Oid, list[str]]) -> None:
    """Put these lines on record, by commit; a record that cannot be written is a warning."""
    try:
        record.add(context.coord_dir, made)
    except OSError as error:
        context.say([f"warning: cannot record the maker of a commit in {record.OWN}: {error.strerror}"])


def _commit(context: Context, name: str) -> Oid:
    """The commit that the hook `name` is told of; '' where there is none."""
    return _merged(context) if name == "post-merge" else Oid(context.git.text("rev-parse", "--verify", "HEAD"))


def _merged(context: Context) -> Oid:
    """The merge commit made just now; '' where none was: a squash, or somebody else's commit came as it is."""
    status, out, _ = context.git.ask("log", "-g", "-1", "--format=%H%n%P%n%gs", "HEAD")
    lines = out.decode(errors="replace").splitlines()
    if status != 0 or len(lines) < 2:
        # No reflog here: nothing tells a merge made now from one that came, so its parents have to.
        lines = [*context.git.text("log", "-1", "--format=%H%n%P", "HEAD").splitlines(), ""]
    parents, action = lines[1].split(), "".join(lines[2:])
    is_merge = len(parents) > 1 and ": Fast-forward" not in action
    return Oid(lines[0] if is_merge and revision.leads_to(context.git, "ORIG_HEAD") == parents[0] else "")
