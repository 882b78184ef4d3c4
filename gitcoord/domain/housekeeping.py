"""What every command does on the side: send what hooks left, renew a lease that is due, tell what happened.

Most of it is due seldom, and loaded only then: everybody waits for this.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.message import news
from gitcoord.domain.notice import record as notice
from gitcoord.domain.session import record as session
from gitcoord.errors import CoordError
from gitcoord.errors.remedy import Remedy, join, step
from gitcoord.kernel import coordfile, mark
from gitcoord.policy import halting, lease
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

ROUND = 60
"""Seconds between two looks round."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


class Kept(NamedTuple):
    """What a session is to be told, as sentences: of which news, and up to which notice, '' for none."""

    told: list[str]
    news: list[dict[str, Any]]
    newest: str = ""


def keep(workspace: Workspace, me: Session | None, *, mail: bool, later: Callable[[], None] | None = None) -> Kept:
    """Do what is due; returns what this session should be told; with `mail` also of new messages.

    `later` starts a process for the merges of the radar, which are made here without it.
    News and notices are returned again until `note_told` says that the session was told.
    """
    if me is None:
        return Kept([], [])
    _empty_spool(workspace, me.id)
    if lease.due(me.last, me.lease, workspace.clock.now()):
        from gitcoord.domain.claim.renew import renew_if_due

        renew_if_due(workspace, me.id)
    _look_round(workspace, me, later)
    told, records = news.waiting(workspace.place.coord_dir, me.id, mail=mail)
    state = workspace.ledger.state()
    if state.has(halting.PATH):
        from gitcoord.domain.halt import answering

        told += answering.answer(workspace, state, me)
    fresh = _fresh(workspace, state, me.id)
    told += [_sentence(state, item) for _, item in fresh]
    return Kept(told, records, fresh[-1][0] if fresh else "")


def answer_halts(workspace: Workspace, me: SessionId) -> None:
    """Record the answer of a session (its id) to the halts that stand and concern it."""
    from gitcoord.domain.halt import answering

    state = workspace.ledger.state()
    living = session.read(state, me)
    if living is not None:
        answering.answer(workspace, state, living)


def _look_round(workspace: Workspace, me: Session, later: Callable[[], None] | None) -> None:
    """Once in a while, whoever comes along looks for what nobody would say otherwise."""
    looked = workspace.place.coord_dir / coordfile.LOOKED
    try:
        if looked.exists() and workspace.clock.now() - looked.stat().st_mtime < ROUND:
            return
        looked.touch()  # first: of several commands one looks
    except OSError:
        return  # read-only: somebody else will
    look_round(workspace, me, later)


def look_round(workspace: Workspace, me: Session, later: Callable[[], None] | None = None) -> None:
    """Tell everybody of sessions that left something behind, and whom it concerns of what has landed, each once.

    `later` as in `keep`.
    Files about sessions that are over go.
    """
    from gitcoord.domain.commit import integration
    from gitcoord.domain.history import feed
    from gitcoord.domain.message import notification
    from gitcoord.domain.radar import round as radar
    from gitcoord.domain.session import leftovers

    state = workspace.ledger.state()
    with feed.told(workspace) as known:
        notification.abandoned(workspace, state, me, known)
        if workspace.place.top:
            integration.landed(workspace, state, me, known)
        radar.look(workspace, state, me, known, later)
    leftovers.remove(workspace, state)


def _empty_spool(workspace: Workspace, me: SessionId) -> None:
    """Record what hooks could not: commits that went past the guard, due renewals."""
    directory = workspace.place.coord_dir / coordfile.SPOOL
    if not directory.is_dir():
        return
    for path in sorted(path for path in directory.iterdir() if not path.name.startswith(".")):
        from gitcoord.domain.commit import spool

        item, state = spool.read(path), workspace.ledger.state()
        item = item.untold(state) if item is not None else None
        if item is not None:
            maker = SessionId(item.session)
            known = maker and session.read(state, maker) is not None
            workspace.ledger.record(maker if known else me, item.draft())
        path.unlink(missing_ok=True)


def _fresh(workspace: Workspace, state: State, me: SessionId) -> list[tuple[str, dict[str, Any]]]:
    """The notices of what happened to the session since it was told last."""
    notices = notice.to(state, me)
    told = mark.word(workspace.place.coord_dir / coordfile.TOLD / me) if notices else ""
    return [(name, item) for name, item in notices if name > told]


def note_told(workspace: Workspace, me: SessionId, kept: Kept) -> None:
    """Note that a session was told; one that is over leaves nothing behind."""
    if kept.news:
        news.drop(workspace.place.coord_dir, me, kept.news)
    if not kept.newest:
        return
    place = workspace.place.coord_dir / coordfile.TOLD / me
    # Read-only, full or damaged: it is told once more next time, which is better than not at all.
    with suppress(CoordError):
        if session.read(workspace.ledger.state(), me) is not None:
            mark.put(place, kept.newest)


def _of_handoff(item: dict[str, Any], who: str, at: str) -> str:
    from gitcoord.policy.scope import Scope, text_of

    scopes = text_of(Scope.from_json(scope) for scope in item["scopes"])
    what = ", ".join([*([scopes] if item["scopes"] else []), *map(printable, item["tasks"])]) or "your work"
    if item["how"] == "expired":
        return f"nobody accepted in time what you offered: {what} is still yours"
    did = "accepted what you offered" if item["how"] == "accepted" else "adopted your work"
    return f"{who} {did} at {at}: {what} is no longer yours"


def _sentence(state: State, item: dict[str, Any]) -> str:
    by = session.read(state, item["by"])
    who = printable(by.name) if by is not None else item["by"]
    at = Moment(item["time"]).clock()
    why = f": {printable(item['why'])}" if item.get("why") else ""
    if item["what"] == "taken":
        from gitcoord.policy.scope import Scope, text_of

        what = text_of(Scope.from_json(scope) for scope in item["scopes"])
        if item["evidence"] == "override":
            return f"{who} overrode your claim on {what} at {at}{why}"
        return f"{who} took over {what} at {at}: {notice.LOST[item['evidence']]}{why}"
    if item["what"] == "handoff":
        return _of_handoff(item, who, at)
    if item["what"] == "export":
        did = "withdrew" if item["how"] == "withdrawn" else "superseded"
        return f"{who} {did} the interface {printable(item['export'])} that you exported at {at}{why}"
    if item["what"] == "decision":
        return f"{who} decided at {at}: {printable(item['now'])}, instead of your {printable(item['decision'])}{why}"
    if item["what"] == "workflow":
        stage, flow = printable(item["stage"]), printable(item["workflow"])
        if item["how"] == "complete":
            return f"{who} completed {stage}, the last stage of {flow}, at {at}"
        said = f"stage {stage} of {flow}, {who}, {at}: "
        if item["how"] == "stage":
            return f"{said}completed"
        return join("", f"{said}{item['how']}: ", Remedy("{}", step("workflow retry", stage)))
    if item["what"] == "task":
        from gitcoord.domain.task.recording import LOSS

        lost = f"task {item['task'][:8]} ({printable(item['title'])}) is no longer yours since {at}"
        return f"{lost}: {LOSS.get(item['how'], item['how'])}{why}"
    paths = ", ".join(printable(path) for path in item.get("paths", ())[:5])
    return f"commit {item['commit'][:12]} by {printable(item['who'] or who)} went past the guard on {paths} at {at}"
