"""How a refusal reads where a role does not allow a change: what it allows, and who may instead."""

from __future__ import annotations

import os

from gitcoord.guard import rights
from gitcoord.hook.refusal import MOST, PAST, shorten
from gitcoord.policy import plain, roles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.reader import Reader
    from gitcoord.guard.rights import Beyond
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.hook.committer import Committer

_ROOMS = (90, 60, 40, 25)  # characters for each foreign text: the first with which all fits
_SEE = "git coord rules role"


def lines(found: Beyond, committer: Committer, reader: Reader, what: str = "commit", subject: str = "") -> list[str]:
    """The lines for a commit, or a push, of paths that the role does not allow to commit.

    `what` is "commit" or "push"; a push names the commit at fault with `subject`.
    """
    session, names = rights.able(reader, committer.sessions, found)
    person = os.isatty(2) and committer.typed_by_person()
    told: list[str] = []
    for room in _ROOMS:
        told = _lines(found, session, names, room, subject)
        if person:
            told.append(f"hint: to go past it once (recorded): {PAST} {what} ...")
        if sum(len(line) + 1 for line in told) <= MOST:
            break
    return told


def _lines(found: Beyond, session: Session | None, names: list[str], room: int, subject: str) -> list[str]:
    more = f" (and {len(found.paths) - 1} more)" if len(found.paths) > 1 else ""
    allowed = shorten(roles.told(found.right, found.allowed), 2 * room)
    role = shorten(found.role, room)
    told = [f"error: {subject}{shorten(found.paths[0], room)}{more}: role {role} may {allowed}"]
    if session is not None:
        of_role = f" ({shorten(session.role, room)})" if session.role else ""
        told.append(f"hint: {shorten(session.name or session.id, room)}{of_role} may")
        told.append(f"hint: ask: git coord send {session.id} SUBJECT")
    else:
        told.append(f"hint: roles that may: {shorten(', '.join(names), 2 * room)}; see: {_SEE}")
    return told


def sentence(found: Beyond, sessions: Sessions, reader: Reader) -> str:
    """What an agent is told that is about to edit such a path; names of others only where they are plain."""
    session, names = rights.able(reader, sessions, found)
    more = f" (and {len(found.paths) - 1} more)" if len(found.paths) > 1 else ""
    role = f"Your role, {found.role}," if plain.plain(found.role) else "Your role"
    told = f"{role} does not allow you to edit {plain.path(found.paths[0])}{more}. "
    if session is None:
        known = ", ".join(name for name in names[:5] if plain.plain(name))
        return f"{told}Leave it{f' to a session with the role {known}' if known else ''}. See: {_SEE}"
    shown = plain.session(session.id)
    ask = f" Ask: git coord send {session.id} SUBJECT" if shown == session.id else ""
    of_role = f" ({session.role})" if plain.plain(session.role) else ""
    return f"{told}Leave it to {shown}{of_role}.{ask}"
