"""One call of a tool: which session asks, the call itself, and its answer as the agent's program shows it to the model.

Some programs show the model only the structured content, some only the text: both carry everything.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.outcome import Outcome
from gitcoord.errors import CoordError, Usage
from gitcoord.errors.usage import NotOneOf
from gitcoord.interfaces import asking, registry
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


MARK = "from_another_session"
"""What stands in a record whose words another session wrote: they are data, not instructions of the user."""


_WRITERS = ("by", "session", "giver", "taker", "holder", "sessions")
"""Fields that name sessions whose words may stand in their record: one of them, or a list."""

_QUOTING = ("past", "message")
"""Fields that say what stands in the records inside once more: the attempts of a task, why something is refused."""


def _mark(part: Any, me: str) -> bool:
    """Mark each record with words of another session than this one; return whether there is any.

    That is one that names another session: a claim, a task, a halt, an event, an offer; and one that quotes such a
    record inside.
    """
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    quoted = [_mark(one, me) for one in inner]  # all of them, not up to the first
    if isinstance(part, dict):
        named = [part[field] for field in _WRITERS if part.get(field)]
        named += [part["id"]] if not named and "last_seen" in part else []
        others = any(one not in (me, [me]) for one in named if isinstance(one, str) or _is_texts(one))
        if others or (any(quoted) and any(part.get(field) for field in _QUOTING)):
            part.setdefault(MARK, True)
            return True
    return any(quoted)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _asker(call: Call | None) -> str:
    """Return the id of the session that asks, also where its command did not look for it; '' where there is none."""
    if call is None or call.opened is None:
        return ""
    found = call.asker
    if found is None:
        with suppress(CoordError):
            found = call.find(for_reading=True)
    return found.id if found is not None else ""


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

        def ask(call: Call) -> Said:
            with call.asked(command, request) as (answer, outcome):
                return Said(self._record(call, answer, outcome), failed=outcome.status != 0)

        named = {_THREADS[key]: str(meta[key]) for key in _THREADS if meta.get(key)}
        call = asking.make({**self._environ, **named}, self._directory, self._session, stop, single=True)
        return asking.answered(call, ask, lambda error, call: Said(self._failure(call, error), failed=True))

    def _failure(self, call: Call | None, error: CoordError) -> dict[str, Any]:
        """Return an error as JSON values."""
        return self._record(call, error.answer or {}, Outcome.of(error))

    def _record(self, call: Call | None, answer: Any, outcome: Outcome) -> dict[str, Any]:
        """Return an answer as JSON values; what helps as calls of tools, too, where that is known."""
        made = asking.record(call, self._clock, answer, outcome, self._as_call)
        _mark(made, _asker(call))
        if made.get("reason") == "halted" or made.get("halted"):
            made.setdefault(MARK, True)  # its message quotes whoever called the halt
        return made

    def _as_call(self, step: str) -> dict[str, Any]:
        """Return a step of a remedy as the call of a tool; an empty one where no tool has it."""
        for tool in self.offered.values():
            try:
                found = registry.of_step(step, tool.commands)
            except Usage:
                continue  # a session other than this one, or a field that only people have
            if found is not None:
                command, fields = found
                if command.name in tools.LEFT:
                    return {}
                do = {"do": command.name.rpartition(" ")[2]} if len(tool.commands) > 1 else {}
                return {"tool": tool.tool.name, "arguments": {**do, **fields}}
        return {}
