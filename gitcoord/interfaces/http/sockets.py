"""Events over a WebSocket: a client subscribes and unsubscribes, and is told what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gitcoord.errors import CoordError
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.usage import AtMost, GoesWith, WrongField, WrongWord
from gitcoord.errors.web import CutOff
from gitcoord.interfaces.http import events
from gitcoord.interfaces.http.asking import failure
from gitcoord.interfaces.http.commands import check_known
from gitcoord.interfaces.http.events import Interest, Listener, Told
from gitcoord.interfaces.http.stream import Stream

if TYPE_CHECKING:
    from gitcoord.interfaces.http.gate import Visit
    from gitcoord.interfaces.http.project import Project

SUBSCRIPTIONS = 64
"""Subscriptions of a connection."""

BEAT = 30.0
"""Seconds after which a connection on which nothing happens shows that it is there."""

AGAIN = 1013
"""The code of a connection that is cut off: the client may come again, and resume."""

LINGER = 1.0
"""Seconds for which a client that is cut off may take the reason."""

NOT_JSON = 1007

FIELDS: dict[str, type] = {
    "type": str,
    "topics": list,
    "kinds": list,
    "session": str,
    "role": str,
    "types": list,
    "priority": str,
    "since": str,
    "id": str,
}
"""The fields of a subscription, and their types."""


class Face(Protocol):
    """How a conversation is worded."""

    protocol: str

    def interest(self, said: dict[str, Any]) -> Interest:
        """Return what a subscription is about. Raises `Usage`."""

    def show(self, told: Told, names: list[str]) -> list[dict[str, Any]]:
        """Return the messages that tell an event to the subscriptions of these names."""

    def beat(self) -> dict[str, Any]:
        """Return the message that says that the connection is there."""

    def failure(self, error: CoordError) -> dict[str, Any]:
        """Return the message that says what went wrong."""


class Plain:
    """The wording of `/api/v1/events`."""

    protocol = ""

    def interest(self, said: dict[str, Any]) -> Interest:
        """Return what a subscription is about. Raises `Usage`."""
        return events.interest(typed(said, FIELDS))

    def show(self, told: Told, names: list[str]) -> list[dict[str, Any]]:
        """Return the event as `git coord watch --json` has it, with its topic."""
        return [{"type": "event", "subscriptions": names, "topic": told.topic, "event": told.record}]

    def beat(self) -> dict[str, Any]:
        """Return a heartbeat."""
        return {"type": "heartbeat"}

    def failure(self, error: CoordError) -> dict[str, Any]:
        """Return an error as every interface has it."""
        return {"type": "error", **failure(error).record}


class Conversation:
    """One connection: its subscriptions, and the stream that feeds them."""

    def __init__(self, socket: WebSocket, project: Project, face: Face) -> None:
        self._socket = socket
        self._project = project
        self._face = face
        self._listener = Listener()
        self._stream = Stream(project, self._listener)
        self._interests: dict[str, Interest] = {}
        self._begun = anyio.Event()
        self._live = False
        self._since = ""
        self._sending = anyio.Lock()

    async def run(self) -> None:
        """Talk until the client goes, or is cut off."""
        closing = (1000, "")
        try:
            async with anyio.create_task_group() as tasks:

                async def hear() -> None:
                    nonlocal closing
                    closing = await self._hear()
                    tasks.cancel_scope.cancel()

                async def cut() -> None:
                    await self._listener.ended.wait()
                    tasks.cancel_scope.cancel()  # also where the client no longer reads

                tasks.start_soon(hear)
                tasks.start_soon(cut)
                await self._tell()
                tasks.cancel_scope.cancel()
        finally:
            self._project.feed.leave(self._listener)
            if self._socket.application_state is WebSocketState.CONNECTED:
                await self._close(*closing)

    async def _close(self, code: int, why: str) -> None:
        """Close the connection; whoever is cut off is told why, also where it does not read what it was sent."""
        cut = self._listener.cut
        if cut:
            code, why = AGAIN, cut
            with anyio.move_on_after(LINGER, shield=True):
                await self._socket.send_text(json.dumps(self._face.failure(CutOff(cut))))
        with anyio.move_on_after(LINGER, shield=True):
            await self._socket.close(code, why.encode()[:120].decode(errors="ignore"))

    async def _hear(self) -> tuple[int, str]:
        """Do what the client says; returns how the connection is to be closed."""
        while True:
            try:
                text = await self._socket.receive_text()
            except (WebSocketDisconnect, KeyError):  # gone, or not text
                return 1003, "messages are text"
            try:
                said = json.loads(text)
                if not isinstance(said, dict):
                    raise ValueError
            except (ValueError, RecursionError):
                return NOT_JSON, "a message is a JSON object"
            try:
                await self._do(said)
            except CoordError as error:
                await self._send(self._face.failure(error))

    async def _do(self, said: dict[str, Any]) -> None:
        kind = said.get("type")
        if kind == "subscribe":
            await self._subscribe(said)
        elif kind == "unsubscribe":
            name = said.get("id", "")
            if not isinstance(name, str) or name not in self._interests:
                raise NoSuch("subscription", repr(name))
            del self._interests[name]
            await self._send({"type": "unsubscribed", "id": name})
        elif kind in ("ping", "heartbeat"):
            await self._send(self._face.beat())
        else:
            raise WrongWord("type", ("subscribe", "unsubscribe", "ping"))

    async def _subscribe(self, said: dict[str, Any]) -> None:
        name, since = said.get("id", ""), said.get("since", "")
        if not isinstance(name, str) or not isinstance(since, str) or len(name) > 100:
            raise WrongField("id", "a text, and so is since")
        if len(self._interests) >= SUBSCRIPTIONS and name not in self._interests:
            raise AtMost("a connection", SUBSCRIPTIONS, "subscriptions")
        if since and self._begun.is_set():
            raise GoesWith("since", "the first subscription of a connection")
        self._interests[name] = self._face.interest(said)
        self._since = since or self._since
        self._begun.set()
        if self._live:
            await self._send({"type": "subscribed", "id": name, "cursor": self._stream.cursor})

    async def _tell(self) -> None:
        """Tell what happens from the first subscription on."""
        await self._begun.wait()
        try:
            async for page in self._stream.begin(self._since):
                await self._tell_all(page)
        except CoordError as error:
            if not self._listener.cut:
                await self._send(self._face.failure(error))
            return
        named, self._live = list(self._interests), True
        for name in named:
            await self._send({"type": "subscribed", "id": name, "cursor": self._stream.cursor})
        while not self._listener.cut:
            found: list[Told] | None = None
            with anyio.move_on_after(BEAT):
                found = await self._stream.next()
            if found is None:
                await self._send(self._face.beat())
            await self._tell_all(found or [])

    async def _tell_all(self, found: list[Told]) -> None:
        for told in found:
            self._stream.cursor = told.about.id or self._stream.cursor  # whoever subscribes now hears what comes after
            names = [name for name, wanted in self._interests.items() if wanted.takes(told)]
            for record in self._face.show(told, names) if names else ():
                await self._send(record)

    async def _send(self, record: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_text(json.dumps(record))


def typed(said: dict[str, Any], fields: dict[str, type]) -> dict[str, Any]:
    """Return what is said, where it has only these fields, with these types. Raises `Usage`."""
    check_known(said, fields)
    for name, value in said.items():
        kind = fields[name]
        if not isinstance(value, kind):
            raise WrongField(name, "a list" if kind is list else "an object" if kind is dict else "a text")
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            raise WrongField(name, "a list of texts")
    return said


async def events_socket(socket: WebSocket) -> None:
    """Answer a WebSocket at `/api/v1/events`."""
    visit: Visit = socket.state.visit
    await socket.accept()
    await Conversation(socket, visit.project, Plain()).run()
