"""One call over HTTP: the command, who asks, and its answer with the status that HTTP has for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.outcome import Outcome
from gitcoord.domain.session.identity import VARIABLE
from gitcoord.errors import NotFound, Usage
from gitcoord.errors.storage import HistoryUnread
from gitcoord.interfaces import asking, background, registry
from gitcoord.kernel.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitcoord.domain.call import Call
    from gitcoord.domain.command import Command
    from gitcoord.errors import CoordError
    from gitcoord.interfaces.stopping import Stop
    from gitcoord.kernel.place import Place


class Said(NamedTuple):
    """An answer: its HTTP status and its record."""

    status: int
    record: dict[str, Any]


def status_of(exit_status: int, reason: str) -> int:
    """Return the HTTP status for an exit status of the command line and a reason."""
    if exit_status == 0:
        return 200
    if exit_status == Usage.status:
        return 422
    if reason == NotFound.reason:
        return 404
    return 409 if exit_status == 1 else 503


def failure(error: CoordError, call: Call | None = None) -> Said:
    """Return an error as an answer."""
    said = _said(call, error.answer or {}, Outcome.of(error))
    return said._replace(status=getattr(error, "http", said.status))


def _said(call: Call | None, answer: Any, outcome: Outcome) -> Said:
    """Return an answer with its HTTP status; what helps as requests, too, where that is known."""
    record = asking.record(call, SystemClock(), answer, outcome, _request)
    return Said(status_of(outcome.status, outcome.reason), record)


def _request(step: str) -> dict[str, Any]:
    """Return a step of a remedy as a request; an empty one where it is not a command that can be asked."""
    try:
        found = registry.of_step(step, registry.commands())
    except Usage:
        return {}
    return {"method": "POST", "path": route(found[0].name), "body": found[1]} if found is not None else {}


def route(command: str) -> str:
    """Return the path of a command."""
    return f"/api/v1/{command.replace(' ', '/')}"


class Asker:
    """Answers for one repository, in `directory`, as the process that the environment and this process are.

    `session` is that of whoever started the server, where it was named: as if the environment named it.
    """

    def __init__(self, environ: Mapping[str, str], directory: str, session: str = "") -> None:
        self._environ = {**environ, VARIABLE: session} if session else dict(environ)
        self.directory = directory
        self._reading: threading.Thread | None = None

    def run(self, command: Command, request: Any, session: str, stop: Stop, *, aside: bool, data: str = "") -> Said:
        """Answer a command, for `session` where one is named.

        `aside`: nothing else is done on the way. `data` is what the command reads as its standard input.
        """

        def ask(call: Call) -> Said:
            with call.asked(command, request) as (answer, outcome):
                return _said(call, answer, outcome)

        return self.within(ask, session, stop, aside=aside, data=data)

    def within(self, ask: Callable[[Call], Said], session: str, stop: Stop, *, aside: bool, data: str = "") -> Said:
        """Let a function answer with a call; whatever it raises on purpose is an answer, too."""
        return asking.answered(self.call(session, stop, aside=aside, data=data), ask, self._failure)

    def _failure(self, error: CoordError, call: Call) -> Said:
        if isinstance(error, HistoryUnread):
            self.read_history(call.place)
        return failure(error, call)

    def read_history(self, place: Place) -> None:
        """Let a process of its own read a long history, one at a time: whoever needs it is told to ask again."""
        if self._reading is None or not self._reading.is_alive():
            self._reading = threading.Thread(target=background.wait_for, args=(place, "history"), daemon=True)
            self._reading.start()

    def call(self, session: str, stop: Stop, *, aside: bool, data: str = "") -> Call:
        """Return a call; whoever opens its workspace ends it. It does not wait until a long history has been read."""
        return asking.make(self._environ, self.directory, session, stop, aside=aside, patient=False, data=data)
