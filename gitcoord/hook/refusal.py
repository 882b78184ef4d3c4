"""How a refusal reads: who claims the path, for how long, and the one or two commands that help.

Short, since agents read it: `MOST` characters altogether.
"""

from __future__ import annotations

import os
import time

from gitcoord.policy import advice
from gitcoord.policy.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.judge import Objection, Verdict
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.hook.committer import Committer

MOST = 400
_ROOMS = (90, 60, 45, 30, 20, 12)  # characters for each foreign text: the first with which all fits
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@%+=:,")
PAST = "git -c coord.guard=off"


def held(verdict: Verdict, committer: Committer, *, others: bool, what: str = "commit", subject: str = "") -> list[str]:
    """The lines for paths that others claim, or that must be claimed first.

    `others`: paths that nothing speaks against are staged too. `what` is "commit" or "push"; a push names the commit
    at fault with `subject`.
    """
    person = os.isatty(2) and committer.typed_by_person()
    lines: list[str] = []
    for room in _ROOMS:
        lines = _held(verdict, committer, room, others=others, what=what, subject=subject)
        if person:
            told = "recorded, and told to the holder" if verdict.held else "recorded"
            lines.append(f"hint: to go past it once ({told}): {PAST} {what} ...")
        if sum(len(line) + 1 for line in lines) <= MOST:
            break
    return lines


def _held(verdict: Verdict, committer: Committer, room: int, *, others: bool, what: str, subject: str) -> list[str]:
    first = verdict.held[0].path if verdict.held else verdict.unclaimed[0]
    count = len(verdict.refused)
    more = f" (and {count - 1} more)" if count > 1 else ""
    shown = shorten(first, room)
    if verdict.held:
        item = verdict.held[0]
        fact = f"is claimed by {_holder(item, committer.sessions, room)}"
    else:
        fact = "is not claimed, and the rules of this repository require a claim first"
    lines = [f"error: {subject}{shown}{more} {fact}"]
    if others:
        lines.append("hint: to commit only your own paths: git coord commit -m ...")
    if not verdict.held:
        path = _typed(first, committer.prefix, room)
        return [*lines, f"hint: git coord claim {'-- ' if path.startswith('-') else ''}{path}"]
    return [*lines, *_help(verdict.held[0], committer, room, what)]


def _help(item: Objection, committer: Committer, room: int, what: str) -> list[str]:
    """The commands that help where somebody claims a path."""
    if committer.is_own(committer.sessions.holder(item.session)):
        return _to_be(item.session, what)
    agent = not committer.typed_by_person()
    lines = [f"hint: {advice.wait([_typed(item.path, committer.prefix, room)], agent=agent)}"]
    if agent:
        lines.append(f"hint: {advice.ask(item.session)}")
    return lines


def overtaken(verdict: Verdict, committer: Committer, since: str, *, took: bool) -> list[str]:
    """The lines for a commit of paths that somebody claimed before it was made, at `since`.

    `took`: by a takeover from the session that commits.
    """
    first = verdict.held[0]
    more = f" (and {len(verdict.refused) - 1} more)" if len(verdict.refused) > 1 else ""
    name = _name(committer.sessions.holder(first.session), committer.sessions, 40)
    fact = f"was taken over by {name} at {since}" if took else f"was claimed by {name} at {since}"
    what = f"{shorten(first.path, 80)}{more}"
    lines = [f"warning: {what} {fact}, before this commit was made; a push of it will be refused"]
    return [*lines, *_help(first, committer, 80, "push")]


def _to_be(session: str, what: str) -> list[str]:
    """The commands that help where a person meets another session of their own: no use in waiting for oneself."""
    return [
        "hint: that session is your own; to go on as it:",
        f"hint: git coord start --resume {session}",
        f"hint: once: GIT_COORD_SESSION={session} git {what} ...",
    ]


def _holder(item: Objection, sessions: Sessions, room: int) -> str:
    holder = sessions.holder(item.session)
    claim = sessions.claim(item.session, item.claim)
    branch = f", branch {shorten(holder.branch, room)}" if holder.branch else ""
    place = shorten(f"{holder.user}@{holder.host}", room)
    work = shorten(claim.why.strip() or holder.work.strip(), room)
    told = f': "{work}"' if work else ""
    name = _name(holder, sessions, room)
    return f"{name} ({place}{branch}){told}, {_until(holder, claim.until, sessions)}"


def _name(holder: Session, sessions: Sessions, room: int) -> str:
    name = shorten(holder.name or holder.id, room)
    return f"{name} [{holder.id}]" if sessions.has_twin(holder) and holder.name else name


def _until(holder: Session, deadline: int | None, sessions: Sessions) -> str:
    end = holder.last + holder.lease
    if deadline is not None and deadline < end:
        end = deadline
    elif end <= sessions.liveness.now and sessions.liveness.agent_lives(holder):
        return "while its agent runs"
    left = end - sessions.liveness.now
    if left <= 0:
        return "until about now"
    day = "%H:%M" if left < 20 * 3600 else "%Y-%m-%d %H:%M"
    return f"until {time.strftime(day, time.localtime(end))} (for {_length(left)})"


def _length(seconds: int) -> str:
    if seconds < 120 * 60:
        return f"{max(1, (seconds + 30) // 60)} min"
    if seconds < 48 * 3600:
        return f"{(seconds + 1800) // 3600} h"
    return f"{(seconds + 43200) // 86400} days"


_GONE = {
    "deadline": "whose deadline has passed",
    "process": "whose process has ended",
    "lease": "whose lease has run out",
}


def stale(verdict: Verdict, committer: Committer) -> list[str]:
    """A line for the claims that did not count, so that their paths can be taken over."""
    if not verdict.stale:
        return []
    first = verdict.stale[0]
    paths = {item.path for item in verdict.stale}
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    holder = committer.sessions.holder(first.session)
    name = shorten(holder.name or holder.id, 40)
    path = _typed(first.path, committer.prefix, 80)
    return [
        f"warning: {shorten(first.path, 80)}{more}: stale claim of {name}, {_GONE[first.stale]};"
        f" git coord claim {'-- ' if path.startswith('-') else ''}{path} takes it over"
    ]


def halted(record: dict[str, object], what: str = "commit") -> list[str]:
    """The lines for a halt, from its record in the state. `what` is "commit" or "push"."""
    kind = _said(record, "type", 30)
    since = record.get("since")
    when = f" at {time.strftime('%H:%M', time.localtime(since))}" if isinstance(since, int) else ""
    all_of_it = not record.get("sessions") and not record.get("scopes")
    fact = f"{_said(record, 'name', 30) or 'somebody'} halted {'all' if all_of_it else 'this'} work{when}"
    lines = [f"error: {what} refused: {fact}{f' ({kind})' if kind else ''}: {_said(record, 'reason', 130)}"]
    required = _said(record, "require", 80)
    if required:
        lines.append(f"hint: required: {required}")
    return [*lines, "hint: stop here. A person ends it with: git coord resume. See: git coord halt --status"]


def _said(record: dict[str, object], key: str, room: int) -> str:
    text = record.get(key)
    return shorten(text.strip(), room) if isinstance(text, str) else ""


def unreadable(message: str, hint: str, *, person: bool) -> list[str]:
    """The lines where the guard cannot tell: it refuses, and says how to go on."""
    lines = [f"error: the claims cannot be read: {shorten(message, 150)}"]
    lines.append(f"hint: {hint or 'git coord doctor'}")
    if person:
        lines.append(f"hint: if it must go on: {PAST} commit ... (recorded)")
    return lines


def as_warning(lines: list[str]) -> list[str]:
    """The same said of something that passes: only the fact, no hints."""
    return ["warning:" + line.removeprefix("error:") for line in lines if line.startswith("error:")]


def shorten(text: str, room: int) -> str:
    """Foreign text, harmless to show, at most so many characters: a path keeps its end."""
    text = printable(text)
    if len(text) <= room:
        return text
    kept = room // 3
    return f"{text[:kept]}…{text[len(text) - (room - kept - 1) :]}"


def _typed(path: str, prefix: str, room: int) -> str:
    """Return `path` as it is typed in the directory `prefix`, for a shell; `PATH` where it cannot be shown whole."""
    if len(path) > room or printable(path) != path:
        return "PATH"
    typed = os.path.relpath(path, prefix) if prefix else path
    if any(char in typed for char in "*?[\\"):
        typed = ":(literal)" + typed  # or it would read as a glob
    elif ":" in typed:
        typed = "./" + typed  # or it would read as a name
    return typed if _PLAIN.issuperset(typed) else "'" + typed.replace("'", "'\\''") + "'"
