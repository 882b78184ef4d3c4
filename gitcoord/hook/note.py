"""After a commit or merge: the note that says which session made it, and word for the next command.

Nothing here stops anybody: the commit is made.
"""

from __future__ import annotations

import os
import time

from gitcoord.errors import CoordError
from gitcoord.guard import changes, notes
from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook import hub, pending, spool
from gitcoord.hook.committer import Committer
from gitcoord.policy import lease
from gitcoord.policy.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.sessions import Session
    from gitcoord.hook.context import Context

_MOST_CLAIMS = 20
_PATIENCE = 5.0  # seconds that another hook may take for its note


def after(context: Context, name: str) -> int:
    """Write the note on HEAD; returns 0."""
    if context.rebasing:
        return 0  # a commit that is only rewritten keeps its maker: git copies the note
    past = pending.take(context)
    bypassed = past is not None and past.bypassed
    commit = ""
    me: Session | None = None
    lines: list[str] = []
    over: list[Session] = []
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        committer = Committer(context, snapshot)
        sessions, me = committer.sessions, committer.me
        if me is not None:
            commit = _made(context, name)
            own = _own(context, snapshot, committer, commit) if commit else []
            lines = _describe(committer, own) if commit else []
            holders = [sessions.holder(holder) for holder in dict.fromkeys(holder for holder, _ in own)]
            over = [one for one in holders if lease.run_out(one.last, one.lease, context.now(), 0)]
    except CoordError as error:
        if not bypassed:
            raise
        context.say([f"warning: {printable(error.message)}"])
    finally:
        snapshot.close()
    if bypassed:
        commit = commit or _made(context, name)
        lines.append(notes.PAST_THE_GUARD)
    if commit:
        _leave_word(context, commit, me, past if bypassed else None, over)
        write(context, commit, lines)
    return 0


def _leave_word(
    context: Context, commit: str, me: Session | None, past: pending.Pending | None, over: list[Session]
) -> None:
    """What needs the ledger goes to the spool.

    `over` are sessions whose claims the commit stands on, and whose lease had run out: the next command renews it.
    """
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
        context.say([f"warning: no word could be left for the next git coord command: {error.strerror}"])


def write(context: Context, commit: str, lines: list[str]) -> None:
    """Put the note there, in place of any that there is. Raises `GitFailed`."""
    import fcntl

    text = "".join(line + "\n" for line in lines)
    # Of two gits that write notes at once one would lose its note.
    fd = os.open(context.coord_dir + "/notes.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    break  # somebody was stopped with the lock: better to risk a note than to hang
                time.sleep(0.005)
            except OSError:
                break  # the file system does not lock
        context.git.run("notes", f"--ref={notes.REF}", "add", "-f", "-F", "-", commit, data=text.encode())
    finally:
        os.close(fd)


def _own(context: Context, snapshot: Snapshot, committer: Committer, commit: str) -> list[tuple[str, str]]:
    """The own claims, as (session, claim), that cover what a commit changed."""
    from gitcoord.guard.claims import Claims
    from gitcoord.guard.judge import Judge

    changed = changes.committed(context.git, [commit]).get(commit)
    if changed is None:
        return []
    return Judge(Claims(snapshot), committer.sessions, committer.mine).own(changed.paths, changed.existing)


def _describe(committer: Committer, own: list[tuple[str, str]]) -> list[str]:
    """The note's lines about the session that runs this hook and its claims."""
    me = committer.me
    lines = [f"{notes.MAKER}: {me.id}", f"Coord-Name: {printable(me.name)}"] if me else []
    tokens = [committer.sessions.claim(holder, claim).token for holder, claim in own]
    lines += [f"{notes.CLAIM}: {claim}" for _, claim in own[:_MOST_CLAIMS]]
    if tokens:
        lines.append(f"Coord-Token: {max(tokens)}")
    return lines


def _made(context: Context, name: str) -> str:
    """The commit that the hook `name` is told of; '' where there is none."""
    return _merged(context) if name == "post-merge" else context.git.text("rev-parse", "--verify", "HEAD")


def _merged(context: Context) -> str:
    """The merge commit made just now; '' where none was: a squash, or somebody else's commit came as it is."""
    status, out, _ = context.git.ask("log", "-g", "-1", "--format=%H%n%P%n%gs", "HEAD")
    lines = out.decode(errors="replace").splitlines()
    if status != 0 or len(lines) < 2:
        # No reflog here: nothing tells a merge made now from one that came, so its parents have to.
        lines = [*context.git.text("log", "-1", "--format=%H%n%P", "HEAD").splitlines(), ""]
    commit, parents, action = lines[0], lines[1].split(), "".join(lines[2:])
    if len(parents) < 2 or ": Fast-forward" in action:
        return ""
    _, before, _ = context.git.ask("rev-parse", "--verify", "-q", "ORIG_HEAD")
    return commit if before.decode().strip() == parents[0] else ""
