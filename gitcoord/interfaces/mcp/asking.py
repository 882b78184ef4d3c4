"""One call of a tool: which session asks, the call itself, and its answer as the agent's program shows it to the model.

Some programs show the model only the structured content, some only the text: both carry everything.
"""

from __future__ import annotations

import errno
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.outcome import Outcome
from gitcoord.errors import CoordError, Stopped, Unreadable, Usage
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.usage import NotOneOf
from gitcoord.interfaces import background, envelope, registry, surroundings
from gitcoord.interfaces.mcp import tools
from gitcoord.kernel.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.domain.call import Call
    from gitcoord.domain.command import Command
    from gitcoord.interfaces.stopping import Stop

_THREADS = {"threadId": "CODEX_THREAD_ID", "sessionId": "CODEX_SESSION_ID"}
"""What Codex says with each call of who asks, and the variables in which its commands have it."""


class Said(NamedTuple):
    """The answer of a tool. `failed`: it is a refusal or an error."""

    record: dict[str, Any]
    failed: bool


class Asker:
    """Answers the calls of one MCP server: in `directory`, by `session` where the one who started it named one."""

    def __init__(self, environ: Mapping[str, str], directory: str, session: str) -> None:
        self._environ = dict(environ)
        self._directory = directory
        self._session = session
        self._clock = SystemClock()

    @cached_property
    def offered(self) -> dict[str, tools.Offered]:
        """All tools by name, made when they are asked for: the first answer of the server does not wait for them."""
        return tools.offered()

    def ask(self, name: str, arguments: Mapping[str, Any], meta: Mapping[str, Any], stop: Stop) -> Said:
        """Answer a call. `meta` is what the agent's program says with it."""
        tool = self.offered.get(name)
        if tool is None:
            error = NotOneOf(name, "a tool", self.offered)
            return Said(self._failure(None, error), failed=True)
        try:
            command, request = tools.chosen(tool, arguments)
        except CoordError as error:
            return Said(self._failure(None, error), failed=True)
        return self.run(command, request, meta, stop)

    def run(self, command: Command, request: Any, meta: Mapping[str, Any], stop: Stop) -> Said:
        """Answer a command."""
        call = self._call(meta, stop)
        try:
            with call.asked(command, request) as (answer, outcome):
                return Said(self._record(call, answer, outcome), failed=outcome.status != 0)
        except CoordError as error:
            return Said(self._failure(call, error), failed=True)
        except OSError as error:
            if error.errno not in (errno.EISDIR, errno.ENOTDIR, errno.ELOOP):
                raise
            damaged = Unreadable(f"cannot read or write {error.filename}: {error.strerror}", "git coord doctor")
            return Said(self._failure(call, damaged), failed=True)
        except Stopped:
            return Said(self._failure(call, CoordError("nobody waits for the answer any longer")), failed=True)
        finally:
            self._close(call)

    def _call(self, meta: Mapping[str, Any], stop: Stop) -> Call:
        from gitcoord.domain.call import Call

        named = {_THREADS[key]: str(meta[key]) for key in _THREADS if meta.get(key)}
        heard: list[str] = []
        around = surroundings.around(
            {**self._environ, **named},
            note=heard.append,
            read_input=lambda _: b"",
            output=2,  # standard output is the protocol's
            jailed=True,
            stop=stop.fd,
        )
        return Call(around, self._directory, self._session, warnings=heard)

    def _failure(self, call: Call | None, error: CoordError) -> dict[str, Any]:
        """Return an error as JSON values."""
        return self._record(call, error.answer or {}, Outcome.of(error))

    def _record(self, call: Call | None, answer: Any, outcome: Outcome) -> dict[str, Any]:
        """Return an answer as JSON values; what helps as calls of tools, too, where that is known."""
        record = envelope.answer(call, self._clock, answer, outcome)
        if call is not None:
            call.note_told()
        if isinstance(outcome.remedy, Remedy):
            calls = [self._as_call(step) for step in outcome.remedy.steps]
            record["next"] = [found for found in calls if found]
        return record

    def _as_call(self, step: str) -> dict[str, Any]:
        """Return a step of a remedy as the call of a tool; an empty one where no tool has it."""
        for tool in self.offered.values():
            try:
                found = registry.of_step(step, tool.commands)
            except Usage:
                continue  # a session other than this one, or a field that only people have
            if found is not None:
                command, fields = found
                do = {"do": command.name.rpartition(" ")[2]} if len(tool.commands) > 1 else {}
                return {"tool": tool.tool.name, "arguments": {**do, **fields}}
        return {}

    def _close(self, call: Call) -> None:
        """End what the call opened. What it left to do a process of its own does: nobody waits for that."""
        if call.opened is not None:
            call.opened.ledger.store.close()
            background.start(call.place, "finish" if not call.hurried else "hurry")
            surroundings.show(call.place)
