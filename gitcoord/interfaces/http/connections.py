"""Connections to the server: how many there may be, and how long one may take to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gitcoord.errors.web import TooManyConnections
from gitcoord.interfaces.http.gate import dress, refusal

if TYPE_CHECKING:
    import asyncio

CONNECTIONS = 600
"""Connections that are answered at the same time. As many more are told why they are not."""

IDLE = 30
"""Seconds for which a connection may say nothing."""

LINGER = 1
"""Seconds that a client has to read why it is not answered."""


class Protocol(H11Protocol):
    """HTTP with limits on connections."""

    _late: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > 2 * CONNECTIONS:
            transport.abort()
        elif len(self.connections) > CONNECTIONS:
            self._refuse()
        else:
            self._late = self.loop.call_later(IDLE, self._give_up)

    def _refuse(self) -> None:
        """Say why nothing is answered here. What is asked meanwhile is read: unread, it would take the words along."""
        self._refused = True
        said = refusal(TooManyConnections(CONNECTIONS))
        dress(said.headers, said.status_code)
        said.headers["connection"] = "close"
        start = h11.Response(status_code=said.status_code, headers=said.raw_headers, reason=b"Service Unavailable")
        for event in (start, h11.Data(data=bytes(said.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write_eof()
        self._late = self.loop.call_later(LINGER, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; a request that has begun has to come to its end in time."""
        if self._refused:
            return
        super().data_received(data)
        waits = self.conn.their_state is h11.IDLE
        if not waits and self._late is not None:
            self._late.cancel()
            self._late = None
        elif waits and self._late is None:
            self._late = self.loop.call_later(IDLE, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.abort()
