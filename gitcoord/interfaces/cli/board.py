"""The board as lines for people, in as many columns as there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import registry
from gitcoord.domain.columns import fit, table
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import until
from gitcoord.interfaces.cli.colour import PLAIN
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.board.board import Board
    from gitcoord.domain.board.look import Seen
    from gitcoord.domain.message.inbox import Sender, Shown
    from gitcoord.domain.records import Holding
    from gitcoord.interfaces.cli.colour import Paint

MOST = 20
"""Rows of a table; the commands that list one thing have all of it."""

NOBODY = "no session here yet: the first claim starts one, or: git coord start NAME"
SESSIONS = ("SESSION", "STATUS", "SEEN", "ROLE", "BRANCH", "CLAIMS", "DOING")
CLAIMS = ("SCOPE", "HELD BY", "UNTIL", "WORK")


@dataclass(frozen=True, slots=True)
class Page:
    """Where it is shown: `width` columns (None: as wide as it gets), the `now` in seconds, colour."""

    now: int
    width: int | None = None
    paint: Paint = PLAIN


def lines(found: Board, page: Page) -> Iterator[str]:
    """The whole board: me, what needs me and what needs others, what is done together, sessions, claims, messages."""
    yield from _me(found, page)
    for title, items in needed(found).items():
        yield from _part(page, f"{title} ({len(items)})")
        for item in items[:MOST]:
            yield from _attention(item, page)
        yield from _more(len(items), "all of it: git coord status --json")
    if found.together:
        yield from _part(page, f"Together ({len(found.together)})")
        yield from (fit(f"  {item.text}", page.width) for item in found.together[:MOST])
        nouns = dict.fromkeys(item.what for item in found.together)
        yield from _more(len(found.together), f"git coord {', '.join(map(registry.showing, nouns))}")
    yield from _part(page, f"Sessions ({len(found.sessions)})")
    yield from table(SESSIONS, sessions(found, page.now)[:MOST], page.width, page.paint)
    yield from _more(len(found.sessions), "git coord sessions")
    held = [item for item in found.claims if found.me is None or item.session != found.me.id]
    if held:
        yield from _part(page, f"Claims{' of others' if found.me else ''} ({len(held)})")
        yield from table(CLAIMS, [claim(item, page.now) for item in held[:MOST]], page.width, page.paint)
        yield from _more(len(held), "git coord claims")
    if found.messages:
        yield from _part(page, "Messages")
        me, shared = found.me.id if found.me else "", twins(found)
        yield from (fit(message(item, me, shared), page.width) for item in found.messages)


def needed(found: Board) -> dict[str, list[Attention]]:
    """Return what needs attention by its title: that of this session first; a title with nothing is left out."""
    parts = {
        "Needs you": [item for item in found.attention if item.mine],
        "Coordination needed": [item for item in found.attention if not item.mine],
    }
    return {title: items for title, items in parts.items() if items}


def _part(page: Page, title: str) -> Iterator[str]:
    yield ""
    yield page.paint.head(title)


def _more(count: int, command: str) -> Iterator[str]:
    if count > MOST:
        yield f"... and {count - MOST} more: {command}"


def _me(found: Board, page: Page) -> Iterator[str]:
    me = found.me
    if me is None:
        yield fit(NOBODY, page.width)
        return
    about = [me.status, until(me.held_until, page.now) if me.held_until is not None else ""]
    about += [f"branch {printable(me.branch)}" if me.branch else "", printable(me.role)]
    yield fit(f"{printable(me.name)} ({me.id}), {', '.join(word for word in about if word)}", page.width)
    for item in found.holds[:MOST]:
        sort = " (shared)" if item.shared else ""
        sure = "" if item.confirmed else ", provisional"
        yield fit(f"  holds {printable(item.scope)}{sort} {until(item.held_until, page.now)}{sure}", page.width)
    yield from _more(len(found.holds), "git coord claims --mine")
    newest = found.unread.newest
    if newest is not None:
        count = f"{found.unread.count}{'+' if found.unread.more else ''}"
        told = f"{count} unread, the newest from {printable(newest.sender.name)}: "
        yield page.paint.urgent(fit(f"  {told}{printable(newest.subject)}", page.width))
        yield "    git coord inbox"
    else:
        yield "  nothing unread"


def _attention(item: Attention, page: Page) -> Iterator[str]:
    paint = page.paint.urgent if item.mine else page.paint.warn
    yield paint(fit(f"  ! {item.text}", page.width))
    if item.hint:
        yield fit(f"      {item.hint}", page.width)


def sessions(found: Board, now: int) -> list[tuple[str, ...]]:
    """The rows of the sessions' table, children indented below their parent."""
    depth: dict[str, int] = {}
    names = Counter(item.name for item in found.sessions)
    rows: list[tuple[str, ...]] = []
    for item in found.sessions:
        depth[item.id] = depth.get(item.parent, -1) + 1
        twin = f" ({item.id})" if names[item.name] > 1 else ""
        me = " (me)" if found.me is not None and item.id == found.me.id else ""
        rows.append(
            (
                "  " * min(depth[item.id], 8) + printable(item.name) + twin + me,
                item.status,
                duration.show(now - item.last_seen),
                printable(item.role),
                printable(item.branch),
                str(len(item.claims)),
                doing(item, now),
            )
        )
    return rows


def doing(item: Seen, now: int) -> str:
    """What a session does, as it says itself: `editing src/a.py, tests, 40 %, then docs, done in 20 min`."""
    words = [" ".join(word for word in (item.work, item.target) if word), item.phase]
    words += [f"{item.progress} %"] if item.progress is not None else []
    words += [f"then {item.next}"] if item.next else []
    words += [f"done in {duration.show(item.eta - now)}"] if item.eta is not None and item.eta > now else []
    return printable(", ".join(word for word in words if word))


def claim(item: Holding, now: int, clock: Callable[[Moment], str] = Moment.clock) -> tuple[str, ...]:
    """A row of the claims' table."""
    away = "" if item.status == "active" else f" ({item.status})"
    return (
        printable(item.scope) + (" (shared)" if item.shared else ""),
        printable(item.called) + away,
        ends(item, now, clock),
        printable(item.work),
    )


def ends(item: Holding, now: int, clock: Callable[[Moment], str] = Moment.clock) -> str:
    """Until when a claim holds, and whether that is only this clone's word: `10:30 (24 min), provisional`."""
    return until(item.held_until, now, clock, item.kept).removeprefix("until ") + (
        "" if item.confirmed else ", provisional"
    )


def called(sender: Sender, shared: Collection[str]) -> str:
    """Return the name of who sent a message, with the id beside it as in `session.label`."""
    return session.labelled(sender.name, sender.session, shared)


def twins(found: Board) -> frozenset[str]:
    """Return the readable parts of ids that several sessions and senders on the board have."""
    senders = (item.sender.session for item in found.messages)
    return session.twins_among((*(item.id for item in found.sessions), *senders))


def message(item: Shown, me: str, shared: Collection[str]) -> str:
    """A message in one line. `shared` as in `session.label`."""
    who = "me" if me and item.sender.session == me else printable(called(item.sender, shared))
    mark = "* " if me and not item.read else "  "
    return f"{mark}{item.sent.clock()}  {who} to {printable(item.to)}: {printable(item.subject)}"
