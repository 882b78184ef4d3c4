"""The board as a Markdown file that reads well on a code host: headings and tables.

Whatever others wrote is one cell, or the rest of one list item, of plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.markdown import table, text
from gitcoord.domain.wording import plural, until
from gitcoord.interfaces.cli.board import CLAIMS, NOBODY, SESSIONS, called, claim, ends, needed, sessions, twins
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.domain.board.board import Board

_INDENT = "&emsp;"


def lines(found: Board, now: int) -> Iterator[str]:
    """The file, line by line."""
    yield "# Who works here"
    yield ""
    yield f"As of {Moment(now).utc()} UTC, like all times here; written by `git coord status --markdown`."
    yield from _me(found, now)
    for title, items in needed(found).items():
        yield from _part(f"{title} ({len(items)})")
        yield from table(("What", "What helps"), [(text(item.text), text(item.hint)) for item in items])
    if found.together:
        yield from _part(f"Together ({len(found.together)})")
        yield from (f"- {text(item.text)}" for item in found.together)
    yield from _part(f"Sessions ({len(found.sessions)})")
    if found.sessions:
        present = [(_indented(first), *map(text, rest)) for first, *rest in sessions(found, now)]
        yield from table(_titles(SESSIONS), present)
    yield from _part(f"Claims ({len(found.claims)})")
    if found.claims:
        yield from table(_titles(CLAIMS), [[*map(text, claim(item, now, Moment.utc))] for item in found.claims])
    if found.messages:
        yield from _part("Messages")
        shared = twins(found)
        said = [
            (item.sent.utc(), text(called(item.sender, shared)), text(item.to), text(item.subject))
            for item in found.messages
        ]
        yield from table(("Sent", "From", "To", "Subject"), said)


def _part(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _titles(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.capitalize() for word in words)


def _me(found: Board, now: int) -> Iterator[str]:
    me = found.me
    yield ""
    if me is None:
        yield text(NOBODY)
        return
    until_when = f", {until(me.held_until, now, Moment.utc)}" if me.held_until is not None else ""
    yield f"Seen by {text(me.name)} ({text(me.id)}), {me.status}{until_when}:"
    yield ""
    for item in found.holds:
        yield f"- holds {text(item.scope)} until {ends(item, now, Moment.utc)}"
    newest = found.unread.newest
    about = (
        f", the newest from {text(called(newest.sender, twins(found)))}: {text(newest.subject)}"
        if newest is not None
        else ""
    )
    more = "more than " if found.unread.more else ""
    yield f"- {more}{plural(found.unread.count, 'message')} unread{about}"


def _indented(name: str) -> str:
    """A name that is indented by spaces, which Markdown would drop."""
    plain = name.lstrip(" ")
    return _INDENT * ((len(name) - len(plain)) // 2) + text(plain)
