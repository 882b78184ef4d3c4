"""What an agent is answered, in the form that it understands. It is never asked: automatic modes ignore that."""

from __future__ import annotations

from gitcoord.hook.agent.line import NOTHING
from gitcoord.kernel import lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitcoord.hook.agent.event import Event

LONGEST_DENIAL = 400
"""Characters of a refusal: the agent reads it with every tool that is refused."""

LONGEST_CONTEXT = 2000
"""Characters of a digest or a warning."""

HEARS_BEFORE = ("claude-code", "opencode")
"""Agents that hear a warning before the tool runs; the others hear it with the tool's result."""


class Answer:
    """What is to be said about an event; all of it empty where there is nothing to say.

    `deny` is why the tool must not run, `hold` why the turn should not end yet, `context` what the agent should know,
    `command` the command to run instead of the one that was given, `env` variables for the agent's later commands.
    """

    __slots__ = ("command", "context", "deny", "env", "hold")

    def __init__(
        self, *, deny: str = "", hold: str = "", context: str = "", command: str = "", env: dict[str, str] | None = None
    ) -> None:
        self.deny = deny[:LONGEST_DENIAL]
        self.hold = hold[:LONGEST_DENIAL]
        self.context = context[:LONGEST_CONTEXT]
        self.command = command
        self.env = env or {}


def render(event: Event, answer: Answer) -> str:
    """Return the answer as the agent reads it; '' where silence says the same."""
    said = _FORMS[event.agent](event, answer)
    return lightjson.dumps(said) + "\n" if said else NOTHING.get(event.program, "")


def _claude(event: Event, answer: Answer) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    if answer.hold:
        return {"decision": "block", "reason": answer.hold}
    if answer.deny:
        inner = {"permissionDecision": "deny", "permissionDecisionReason": answer.deny}
    elif answer.command:
        inner = {"updatedInput": {**event.input, "command": answer.command}}
    if answer.context and not answer.deny:
        inner["additionalContext"] = answer.context
    return {"hookSpecificOutput": {"hookEventName": event.name, **inner}} if inner else {}


def _codex(event: Event, answer: Answer) -> dict[str, Any]:
    said = _claude(event, answer)
    inner = said.get("hookSpecificOutput", {})
    if "updatedInput" in inner:
        inner["permissionDecision"] = "allow"
    return said


def _gemini(event: Event, answer: Answer) -> dict[str, Any]:
    if answer.hold or answer.deny:
        return {"decision": "deny", "reason": answer.hold or answer.deny}
    inner: dict[str, Any] = {}
    if answer.command:
        inner["tool_input"] = {**event.input, "command": answer.command}
    if answer.context:
        inner["additionalContext"] = answer.context
    return {"hookSpecificOutput": {"hookEventName": event.name, **inner}} if inner else {}


def _copilot(event: Event, answer: Answer) -> dict[str, Any]:
    if answer.hold:
        return {"decision": "block", "reason": answer.hold}
    if answer.deny:
        return {"permissionDecision": "deny", "permissionDecisionReason": answer.deny}
    said: dict[str, Any] = {}
    if answer.command:
        said["modifiedArgs"] = {**event.input, "command": answer.command}
    if answer.context:
        said["additionalContext"] = answer.context
    return said


def _cursor(event: Event, answer: Answer) -> dict[str, Any]:
    if answer.hold:
        return {"followup_message": answer.hold}
    if answer.deny:
        return {"permission": "deny", "user_message": answer.deny, "agent_message": answer.deny}
    said: dict[str, Any] = {}
    if answer.command:
        said["updated_input"] = {**event.input, "command": answer.command}
    if answer.context:
        said["additional_context"] = answer.context
    if answer.env and event.kind == "start":
        said["env"] = answer.env
    return said


def _opencode(_: Event, answer: Answer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "deny": answer.deny,
        "hold": answer.hold,
        "context": answer.context,
        "command": answer.command,
        "env": answer.env,
    }
    return {key: value for key, value in said.items() if value}


_FORMS: dict[str, Callable[[Event, Answer], dict[str, Any]]] = {
    "claude-code": _claude,
    "codex": _codex,
    "cursor": _cursor,
    "gemini": _gemini,
    "copilot": _copilot,
    "opencode": _opencode,
}
