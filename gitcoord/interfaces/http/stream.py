"""A stream of events: first what happened since a cursor, then what happens, nothing left out and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from anyio import move_on_after, to_thread
from starlette.responses import StreamingResponse

from gitcoord.domain.records import text_of
from gitcoord.errors import CoordError
from gitcoord.errors.web import CutOff
from gitcoord.interfaces.http import events
from gitcoord.interfaces.http.asking import failure
from gitcoord.interfaces.http.commands import check_known
from gitcoord.interfaces.http.events import Interest, Listener, Told
from gitcoord.interfaces.http.gate import refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from gitcoord.interfaces.http.events import Before
    from gitcoord.interfaces.http.gate import Visit
    from gitcoord.interfaces.http.project import Project

QUIET = 20.0
"""Seconds after which a stream on which nothing happens shows that it is there."""


PATH = "/api/v1/events"
"""Where the stream is; the same path takes a WebSocket."""

REPEATED = ("topic", "kind", "type")
"""What the query of a stream may say several times."""

QUERY = (*REPEATED, "session", "role", "priority", "since")
"""What the query of a stream may say."""


class Stream:
    """What one client is told. `cursor` is the id with which it can be resumed: that of the last event before now."""

    def __init__(self, project: Project, listener: Listener) -> None:
        self._project = project
        self._listener = listener
        self._seq = 0
        self._began: list[Told] = []
        self.cursor = ""

    @property
    def cut(self) -> str:
        """Why nothing more is told, '' while it goes on."""
        return self._listener.cut

    def end(self) -> None:
        """Tell nothing more."""
        self._project.feed.leave(self._listener)

    async def begin(self, since: str) -> AsyncIterator[list[Told]]:
        """Yield what happened since an event; when it ends, nothing that happens later is missed.

        Raises `NotFound`, `Usage` for an event that there is not, `Busy` and `CannotTell`.
        """
        if since:
            page = await self._before(since, None)
            yield page.found
            while page.more:
                page = await self._before(page.cursor, page.seq)
                yield page.found
            await self._project.feed.join(self._listener)
            page = await self._before(page.cursor, page.seq)
            yield page.found
            while page.more:
                page = await self._before(page.cursor, page.seq)
                yield page.found
        else:
            await self._project.feed.join(self._listener)
            page = await self._before("", None)
        self._seq, self.cursor = page.seq, page.cursor

    async def _before(self, cursor: str, seq: int | None) -> Before:
        return await to_thread.run_sync(events.before, self._project.asker, cursor, seq)

    async def next(self) -> list[Told]:
        """Return what happened, as soon as something has; nothing once the listener is cut off."""
        found: list[Told] = []
        while not found and not self._listener.cut:
            found = [told for told in await self._listener.take() if not told.seq or told.seq > self._seq]
        return found


async def sent_events(request: Request) -> Response:
    """Answer with a stream of server-sent events."""
    visit: Visit = request.state.visit
    query = request.query_params
    said: dict[str, Any] = {
        **{f"{name}s": query.getlist(name) for name in REPEATED},
        **{name: query.get(name, "") for name in ("session", "role", "priority")},
    }
    since = request.headers.get("last-event-id", "") or query.get("since", "")
    listener = Listener()
    stream = Stream(visit.project, listener)
    try:
        check_known(query, QUERY)
        wanted = events.interest(said)
        known = stream.begin(since)
        first: list[Told] = await anext(known, [])  # so that a cursor that there is not is refused, and not streamed
    except CoordError as error:
        stream.end()
        return refusal(error)
    return _SentEvents(stream, listener, _lines(stream, wanted, first, known))


class _SentEvents(StreamingResponse):
    """A response that goes on until the client goes, or falls behind; then nothing more is kept for it."""

    def __init__(self, stream: Stream, listener: Listener, lines: AsyncIterator[str]) -> None:
        super().__init__(lines, media_type="text/event-stream", headers={"cache-control": "no-store"})
        self._stream = stream
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the listener is let go also where the client went before the first line."""

        async def cut() -> None:
            await self._listener.ended.wait()
            self._stream.end()
            await anyio.sleep(QUIET)  # in which a client that reads again hears the reason
            tasks.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(cut)
                await super().__call__(scope, receive, send)
                tasks.cancel_scope.cancel()
        finally:
            self._stream.end()


async def _lines(
    stream: Stream, wanted: Interest, first: list[Told], known: AsyncIterator[list[Told]]
) -> AsyncIterator[str]:
    try:
        yield "".join(_line(told) for told in first if wanted.takes(told)) or ": \n\n"
        async for page in known:
            yield "".join(_line(told) for told in page if wanted.takes(told)) or ": \n\n"
        yield f"id: {stream.cursor}\nevent: ready\ndata: {{}}\n\n"
        while not stream.cut:
            found: list[Told] | None = None
            with move_on_after(QUIET):
                found = await stream.next()
            text = "".join(_line(told) for told in found or () if wanted.takes(told))
            if text or found is None:
                yield text or ": \n\n"
        yield _error(CutOff(stream.cut))
    except CoordError as error:  # the answer has begun: its status says nothing of this
        yield _error(error)


def _error(error: CoordError) -> str:
    return f"event: error\ndata: {text_of(failure(error).record)}\n\n"


def _line(told: Told) -> str:
    name = f"id: {told.about.id}\n" if told.about.id else ""
    return f"{name}data: {told.text}\n\n"
