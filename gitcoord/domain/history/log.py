"""Look back at what happened, the newest first: the audit."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003 - the hints of an answer are read
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import event_scopes, feed, timeline, whose
from gitcoord.errors import Malformed
from gitcoord.policy.scope import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.history.timeline import Reader
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope

PAGE = 200
"""Entries that are looked at together."""

MOST_CLAIMS = 5000
"""Claims on a path whose takeover is looked for, of the newest."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `since` and `until` are times in seconds, `after` is the id of an event.

    `limit` is 0 for all there is; `type` is that of the message, or of the task, that an event is about.
    """

    of: str = ""
    role: str = ""
    scope: Scope | None = None
    since: int = 0
    after: str = ""
    kinds: tuple[str, ...] = ()
    limit: int = 0
    type: str = ""
    until: int = 0


@dataclass(slots=True)
class Log:
    """What happened, the newest first, read as it is asked for.

    `more`, once all of it was read, says whether there is more than was asked for.
    """

    events: Iterator[timeline.TimelineEntry]
    more: bool = False


@contextmanager
def reading(workspace: Workspace, query: Query) -> Iterator[Log]:
    """Give what happened to the block. Raises `NotFound`, `Usage` for a query that makes no sense."""
    with timeline.reading(workspace) as reader:
        entries = _entries(reader, query)
        first = list(islice(entries, 1))  # an error comes before the first line
        found = Log(iter(()))
        found.events = _read(found, reader, chain(first, entries), query)
        yield found


def _read(found: Log, reader: Reader, entries: Iterable[Entry], query: Query) -> Iterator[timeline.TimelineEntry]:
    read = map(reader.read, entries)
    meant = (said for said in read if query.type in said.types) if query.type else read
    yield from islice(meant, query.limit or None)
    found.more = next(meant, None) is not None


def _entries(reader: Reader, query: Query) -> Iterator[Entry]:
    """The entries meant, the newest first; no more is read than is taken."""
    chronicle = reader.chronicle
    chosen = whose.among(reader, query.of, query.role)
    if chosen is not None and not chosen:
        return
    of = sorted(chosen or ())
    after = feed.find(chronicle, query.after).seq if query.after else 0
    terms: list[str] = []
    below = ""
    if query.scope is not None:
        terms, below = event_scopes.where(query.scope)
        terms = [*terms, *_endings(chronicle, terms, below)]
    before = 0
    while True:
        page = chronicle.about(
            terms,
            below=below,
            after=after,
            before=before,
            since=query.since,
            kinds=query.kinds,
            sessions=of,
            newest=PAGE,
        )
        for entry in reversed(page):
            if query.until and entry.time > query.until:
                continue
            if query.scope is None or _is_about(reader, entry, query.scope):
                yield entry
        if len(page) < PAGE:
            return
        before = page[0].seq


def _endings(chronicle: Chronicle, terms: list[str], below: str) -> list[str]:
    """Where takes and retires are found that ended claims which may be on the path, whatever they claim themselves."""
    claims = chronicle.about(terms, below=below, kinds=("claim", "take"), newest=MOST_CLAIMS)
    takes = [event_scopes.take_of(entry.id) for entry in claims]
    return takes + [event_scopes.retire_of(session) for session in dict.fromkeys(entry.session for entry in claims)]


def _is_about(reader: Reader, entry: Entry, scope: Scope) -> bool:
    event = reader.event(entry)
    if event is None:
        return False
    wanted = event_scopes.scopes(event)
    if any(overlap(one, scope) for one in wanted):
        return True
    for victim in event_scopes.taken(event):
        found = [one for entry in reader.chronicle.named(victim) if (one := reader.event(entry)) is not None]
        lost = [own for one in found for own in event_scopes.scopes(one) if any(overlap(own, mine) for mine in wanted)]
        if any(overlap(own, scope) for own in lost):
            return True
    return any(_held(reader, session, entry.seq, scope) for session in event_scopes.retired(event))


def _held(reader: Reader, session: SessionId, before: int, scope: Scope) -> bool:
    """Whether a session still had a claim that overlaps the scope, as far as its own events tell."""
    terms, below = event_scopes.where(scope)
    held: set[tuple[str, Scope]] = set()
    for entry in reader.chronicle.about(
        terms, below=below, before=before, session=session, kinds=("claim", "take", "release")
    ):
        event, judged = reader.event(entry), reader.chronicle.verdict(entry.id)
        if event is None or judged is None or not judged[1].accepted:
            continue
        if event.kind == "release":
            held -= {(part, one) for part, given in claim.parts_in(event.data, "claims") for one in given}
            continue
        held |= {(event.id, one) for one in event_scopes.scopes(event) if overlap(one, scope)}
        try:
            held -= {(part, one) for part, replaced in claim.parts_in(event.data, "ends") for one in replaced}
        except Malformed:
            continue
    return bool(held)
