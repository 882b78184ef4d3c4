"""A commit as the work of a session, and the lines of its note. Light: the guard leaves them for the hooks behind."""

from __future__ import annotations

from gitcoord.guard import notes
from gitcoord.policy import lease
from gitcoord.policy.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.guard.judge import Judge
    from gitcoord.guard.sessions import Session
    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.committer import Committer
    from gitcoord.policy.ids import Oid

_MOST_CLAIMS = 20


class Made:
    """A commit that a session made: its own claims on what changed, as (session, claim).

    `over` are the holders of these claims whose lease had run out, `disputed` the paths that others claim; of a commit
    that `amends` another only those that it has otherwise than that one.
    """

    __slots__ = ("amends", "commit", "committer", "disputed", "over", "own")

    def __init__(self, commit: Oid, committer: Committer) -> None:
        self.commit = commit
        self.committer = committer
        self.own: list[tuple[str, str]] = []
        self.over: list[Session] = []
        self.amends = False
        self.disputed: set[str] = set()

    def look_at(self, snapshot: Snapshot, paths: list[str], existing: Callable[[], set[str]]) -> Judge:
        """Find the claims of its own on these paths; returns the judge, who knows those of others.

        May raise `Unreadable`.
        """
        from gitcoord.guard.claims import Claims
        from gitcoord.guard.judge import Judge

        sessions = self.committer.sessions
        judge = Judge(Claims(snapshot), sessions, self.committer.mine)
        self.own = judge.own(paths, existing)
        holders = [sessions.holder(holder) for holder in dict.fromkeys(holder for holder, _ in self.own)]
        now = sessions.liveness.now
        self.over = [one for one in holders if lease.run_out(one.last, one.lease, now, 0)]
        return judge


def named(session: Session) -> list[str]:
    """Return the first lines of a note: which session made the commit."""
    return [f"{notes.MAKER}: {session.id}", f"Coord-Name: {printable(session.name)}"]


def describe(made: Made, *, claims: bool = True) -> list[str]:
    """Return the note's lines about the session that runs this hook and its claims."""
    me, sessions = made.committer.me, made.committer.sessions
    lines = named(me) if me else []
    if claims and made.own:
        lines += [f"{notes.CLAIM}: {claim}" for _, claim in made.own[:_MOST_CLAIMS]]
        lines.append(f"Coord-Token: {max(sessions.claim(holder, claim).token for holder, claim in made.own)}")
    return lines
