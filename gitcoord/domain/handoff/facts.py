"""What a session needs to go on with another one's work: facts, none of which the other has to tell."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain import noted
from gitcoord.domain.decision import record as decisions
from gitcoord.domain.history import feed
from gitcoord.domain.message.mailbox import Mailbox
from gitcoord.domain.session import beat, transcript
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot import restoring
from gitcoord.domain.snapshot.content import (
    Left,  # noqa: TC001 - the fields of an answer are looked up
    Step,  # noqa: TC001 - the fields of an answer are looked up
)
from gitcoord.errors import CoordError
from gitcoord.kernel import branches
from gitcoord.kernel.refname import HEADS
from gitcoord.kernel.staging import normal
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

RECENT = 200
"""Commits of a branch that are looked at, the newest."""

MOST = 20
"""Commits, messages and decisions that are told, the newest."""

MOST_FILES = 100
"""Files of its commits that are named."""

LOOKED_AT = 200
"""Decisions that are looked at for those of one session, the newest."""


@dataclass(frozen=True, slots=True)
class Made:
    """A commit that the session made."""

    commit: str
    subject: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that the session has not read."""

    id: str
    sender: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the session that stands, and its reason."""

    id: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a session's work.

    `action`, `phase`, `progress` and `next` are what it said last, `commits` what it made, the newest first, `changed`
    the files in them, `decisions` what it decided, `mail` what it has not read. `transcript` is the file in which its
    agent keeps what was said, '' where it is not known or cannot be read here. `files` were not committed, `left` is
    what of that was not taken along, and `steps` says what became of each file in the working tree of the session that
    takes over.
    """

    session: SessionId
    name: str
    work: str = ""
    branch: str = ""
    worktree: str = ""
    head: str = ""
    action: str = ""
    phase: str = ""
    progress: int | None = None
    next: str = ""
    commits: list[Made] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    transcript: str = ""
    mail: list[Letter] = field(default_factory=list)
    snapshot: str = ""
    files: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def gather(call: Call, state: State, who: SessionId, *, branch: str = "", worktree: str = "", head: str = "") -> Work:
    """Tell what is known here of a session's work, whether it lives or not."""
    workspace = call.workspace
    known = session.read(state, who) or _as_it_began(workspace, who)
    said = beat.of(workspace, who)
    work = Work(who, known.name if known is not None else who, branch=branch, worktree=worktree)
    if known is not None:
        work = replace(work, work=known.work, branch=branch or known.branch, worktree=worktree or known.worktree)
    if said is not None:
        work = replace(work, action=said.action, phase=said.phase, progress=said.progress, next=said.next)
    head = head or _tip(workspace, work.branch)
    made = commits(workspace, who, head)
    return replace(
        work,
        head=head,
        commits=made,
        changed=_files_of(workspace, made),
        decisions=_decided(state, who),
        transcript=transcript.read(workspace.place.coord_dir, who),
        mail=_mail(call, state, known),
    )


def _files_of(workspace: Workspace, made: list[Made]) -> list[str]:
    """Return the files that these commits change, in order of their names."""
    if not made:
        return []
    names = [one.commit for one in made]
    words = ("--no-walk", "--format=", "--name-only", "--no-renames", "-z", "--end-of-options")
    status, out, _ = workspace.place.git.ask("log", *words, *names)
    found = {normal(raw) for raw in out.split(b"\0") if raw} if status == 0 else set()
    return sorted(found)[:MOST_FILES]


def _decided(state: State, who: SessionId) -> list[Decided]:
    """Return the decisions of a session that stand, the newest first."""
    newest = islice(decisions.newest(state), LOOKED_AT)
    own = (Decided(one.id, one.text, one.why) for one in newest if one.by == who)
    return list(islice(own, MOST))


def _as_it_began(workspace: Workspace, who: SessionId) -> Session | None:
    """Return a session that is over as its first event told of it, None where that is not here."""
    with feed.opened(workspace) as chronicle:
        begun = chronicle.begun(who)
        return session.registered(who, feed.event(workspace, begun).data, begun.time) if begun is not None else None


def _tip(workspace: Workspace, branch: str) -> Oid:
    if not branch or branch == "detached":
        return Oid("")
    return branches.tip(workspace.place, HEADS + branch)


def commits(workspace: Workspace, who: SessionId, head: str) -> list[Made]:
    """The last commits below `head` that the session made, by the notes on them."""
    git = workspace.place.git
    if not head:
        return []
    status, out, _ = git.ask("log", "--format=%H %s", f"-{RECENT}", "--end-of-options", head)
    lines = out.decode("utf-8", "surrogateescape").splitlines() if status == 0 else []
    subjects = {Oid(commit): subject for commit, _, subject in (line.partition(" ") for line in lines)}
    made = noted.makers(workspace.place, subjects)
    return [Made(commit, subject) for commit, subject in subjects.items() if who in made.get(commit, ())][:MOST]


def _mail(call: Call, state: State, known: Session | None) -> list[Letter]:
    if known is None:
        return []
    try:
        with feed.opened(call.workspace) as chronicle:
            unread = Mailbox(call.workspace, chronicle, state, known).newest_unread(MOST)
    except CoordError as error:
        call.warnings.append(f"its mail cannot be read: {error.message}")
        return []
    return [Letter(one.id, session.called(state, one.sender), one.subject, one.body) for one in unread]


def bring(call: Call, work: Work, kept: Kept | None) -> Work:
    """Restore a snapshot into the working tree of the call, and tell what became of each file.

    In the worktree in which it was taken everything is there already. What goes wrong is a warning.
    """
    if kept is None:
        return work
    content = kept.content
    files = [version.path for version in content.versions]
    work = replace(work, snapshot=kept.id, files=files, left=content.left)
    top = call.workspace.place.top
    if not top or top == content.worktree:
        return work
    try:
        return replace(work, steps=restoring.restore(call.workspace, kept))
    except CoordError as error:
        call.warnings.append(f"the uncommitted work was not restored: {error.message}; it is snapshot {kept.id[:12]}")
        return work
