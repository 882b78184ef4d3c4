"""The form in which each agent understands an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.hook.agent.answer import Answer, render
from gitcoord.hook.agent.event import Event
from gitcoord.hook.agent.line import AGENTS

if TYPE_CHECKING:
    from gitcoord.hook.agent.line import Agent

BEFORE = {
    "claude-code": "PreToolUse",
    "codex": "PreToolUse",
    "cursor": "preToolUse",
    "gemini": "BeforeTool",
    "copilot": "preToolUse",
    "opencode": "tool.execute.before",
}


def said(agent: str, answer: Answer, name: str = "") -> Any:
    """What an agent reads, about the event before a tool or the event `name`."""
    event = Event(agent, name or BEFORE[agent], {"tool_name": "bash", "tool_input": {"command": "ls", "timeout": 5}})
    return json.loads(render(event, answer) or "null")


@pytest.mark.parametrize("agent", AGENTS)
def test_nothing_to_say(agent: Agent) -> None:
    """Silence lets the tool run; Cursor takes silence for a refusal and reads an empty object."""
    assert said(agent, Answer()) == ({} if agent == "cursor" else None)


def test_a_refusal() -> None:
    """Each agent is refused a tool in its own form."""
    claude = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no"}
    assert {agent: said(agent, Answer(deny="no", context="more")) for agent in AGENTS} == {
        "claude-code": {"hookSpecificOutput": claude},
        "codex": {"hookSpecificOutput": claude},
        "cursor": {"permission": "deny", "user_message": "no", "agent_message": "no"},
        "gemini": {"decision": "deny", "reason": "no"},
        "copilot": {"permissionDecision": "deny", "permissionDecisionReason": "no"},
        "opencode": {"deny": "no", "context": "more"},
    }


def test_a_context() -> None:
    """Each agent is told something in its own form."""
    assert {agent: said(agent, Answer(context="c")) for agent in AGENTS} == {
        "claude-code": {"hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": "c"}},
        "codex": {"hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": "c"}},
        "cursor": {"additional_context": "c"},
        "gemini": {"hookSpecificOutput": {"hookEventName": "BeforeTool", "additionalContext": "c"}},
        "copilot": {"additionalContext": "c"},
        "opencode": {"context": "c"},
    }


def test_a_command_in_place_of_another() -> None:
    """What else the tool was given stays; Codex takes another command only together with its consent."""
    given = {"command": "new", "timeout": 5}
    assert {agent: said(agent, Answer(command="new")) for agent in AGENTS} == {
        "claude-code": {"hookSpecificOutput": {"hookEventName": "PreToolUse", "updatedInput": given}},
        "codex": {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "updatedInput": given,
                "permissionDecision": "allow",
            }
        },
        "cursor": {"updated_input": given},
        "gemini": {"hookSpecificOutput": {"hookEventName": "BeforeTool", "tool_input": given}},
        "copilot": {"modifiedArgs": given},
        "opencode": {"command": "new"},
    }


def test_a_turn_that_is_held() -> None:
    """Each agent goes on with its turn in its own form."""
    names = {"claude-code": "Stop", "codex": "Stop", "cursor": "stop", "gemini": "AfterAgent", "copilot": "agentStop"}
    blocked = {"decision": "block", "reason": "h"}
    assert {agent: said(agent, Answer(hold="h"), name) for agent, name in names.items()} == {
        "claude-code": blocked,
        "codex": blocked,
        "cursor": {"followup_message": "h"},
        "gemini": {"decision": "deny", "reason": "h"},
        "copilot": blocked,
    }


def test_variables() -> None:
    """Cursor and OpenCode take variables for later commands."""
    answer = Answer(env={"A": "b"})
    assert said("cursor", answer, "sessionStart") == {"env": {"A": "b"}}
    assert said("opencode", answer, "shell.env") == {"env": {"A": "b"}}
    assert said("claude-code", answer, "SessionStart") is None


def test_nothing_is_longer_than_an_agent_should_read() -> None:
    """A refusal has at most 400 characters, a context at most 2,000."""
    long = Answer(deny="d" * 500, hold="h" * 500, context="c" * 3000)
    assert (len(long.deny), len(long.hold), len(long.context)) == (400, 400, 2000)
