"""What each agent tells its hooks, read into one record."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.hook.agent import patch
from gitcoord.hook.agent.event import Event, parse
from gitcoord.hook.agent.line import AGENTS

from .conftest import recorded

if TYPE_CHECKING:
    from gitcoord.hook.agent.line import Agent

TOP = "/home/dev/project"
CLAUDE, CODEX = "00000001-0000-4000-8000-000000000000", "00000004-0000-4000-8000-000000000000"
GEMINI, COPILOT = "00000008-0000-4000-8000-000000000000", "00000010-0000-4000-8000-000000000000"
OPENCODE = "ses_de1b0e082ffenYc4UTUxTWTqmB"


def read(agent: str, name: str) -> Event:
    """The event that was recorded under this name."""
    return parse(agent, name.partition("-")[0], json.dumps(recorded(agent)[name]).encode())


@pytest.mark.parametrize(
    ("agent", "name", "kind", "session"),
    [
        ("claude-code", "SessionStart", "start", CLAUDE),
        ("claude-code", "UserPromptSubmit", "prompt", CLAUDE),
        ("claude-code", "Stop", "stop", CLAUDE),
        ("claude-code", "SubagentStart", "child-start", CLAUDE),
        ("claude-code", "SubagentStop", "child-stop", CLAUDE),
        ("claude-code", "PostToolUseFailure-Bash", "after", CLAUDE),
        ("claude-code", "SessionEnd", "end", CLAUDE),
        ("codex", "SessionStart", "start", CODEX),
        ("codex", "SubagentStart", "child-start", CODEX),
        ("codex", "Stop", "stop", CODEX),
        ("gemini", "SessionStart", "start", GEMINI),
        ("gemini", "BeforeAgent", "prompt", GEMINI),
        ("gemini", "AfterAgent", "stop", GEMINI),
        ("copilot", "sessionStart", "start", COPILOT),
        ("copilot", "userPromptSubmitted", "prompt", COPILOT),
        ("copilot", "permissionRequest-edit", "waiting", COPILOT),
        ("copilot", "agentStop", "stop", COPILOT),
        ("cursor", "sessionStart", "start", "c0000001"),
        ("cursor", "beforeSubmitPrompt", "prompt", "c0000001"),
        ("cursor", "subagentStart", "", "c0000001"),
        ("cursor", "subagentStop", "", "c0000001"),
        ("cursor", "stop", "stop", "c0000001"),
        ("cursor", "sessionEnd", "end", "c0000001"),
        ("opencode", "session.created", "start", OPENCODE),
        ("opencode", "chat.message", "prompt", OPENCODE),
        ("opencode", "shell.env", "env", OPENCODE),
    ],
)
def test_what_an_event_means(agent: str, name: str, kind: str, session: str) -> None:
    """Each agent's own name of an event, and where it puts the id of its session, are known."""
    event = read(agent, name)
    assert (event.kind, event.session) == (kind, session)


OF_CLAUDE = "/home/dev/.claude/projects/-home-dev-project/00000001-0000-4000-8000-000000000000"
OF_CODEX = "/home/dev/.codex/sessions/2026/11/27/rollout-2026-11-27T18-32-"


@pytest.mark.parametrize(
    ("agent", "name", "transcript"),
    [
        ("claude-code", "SessionStart", f"{OF_CLAUDE}.jsonl"),
        ("claude-code", "SessionEnd", f"{OF_CLAUDE}.jsonl"),
        ("claude-code", "PreToolUse-Bash-subagent", f"{OF_CLAUDE}/subagents/agent-adb6622af1103b90e.jsonl"),
        ("claude-code", "SubagentStop", f"{OF_CLAUDE}/subagents/agent-adb6622af1103b90e.jsonl"),
        ("codex", "SessionStart", f"{OF_CODEX}50-00000004-0000-4000-8000-000000000000.jsonl"),
        ("codex", "PreToolUse-Bash-subagent", f"{OF_CODEX}53-00000006-0000-4000-8000-000000000000.jsonl"),
        ("codex", "SubagentStop", f"{OF_CODEX}53-00000006-0000-4000-8000-000000000000.jsonl"),
        ("gemini", "SessionStart", "/home/dev/.gemini/tmp/projg/chats/session-2026-11-27T18-37-59e23ee6.jsonl"),
        ("copilot", "agentStop", f"/home/dev/.copilot/session-state/{COPILOT}/events.jsonl"),
        ("copilot", "sessionStart", ""),
        ("opencode", "session.created", ""),
    ],
)
def test_where_what_was_said_is_kept(agent: str, name: str, transcript: str) -> None:
    """The file of whoever acts: a subagent's own one, also where its events name that of the window."""
    assert read(agent, name).transcript == transcript


@pytest.mark.parametrize(
    ("agent", "name", "use", "paths", "call"),
    [
        ("claude-code", "PreToolUse-Edit", "edit", [f"{TOP}/a.txt"], "toolu_00000003"),
        ("claude-code", "PreToolUse-Write-subagent", "edit", [f"{TOP}/child.txt"], "toolu_00000017"),
        ("claude-code", "PreToolUse-Read", "read", [f"{TOP}/a.txt"], "toolu_00000001"),
        ("claude-code", "PreToolUse-mcp__coord__claim", "", [], "toolu_00000008"),
        ("codex", "PreToolUse-apply_patch", "edit", ["a.txt", "sub/new.txt"], "call_00000004"),
        ("gemini", "BeforeTool-write_file", "edit", [f"{TOP}/new.txt"], ""),
        ("gemini", "BeforeTool-replace", "edit", [f"{TOP}/a.txt"], ""),
        ("gemini", "BeforeTool-mcp_coord_claim", "", [], ""),
        ("copilot", "preToolUse-edit", "edit", [f"{TOP}/a.txt"], ""),
        ("copilot", "preToolUse-create", "edit", [f"{TOP}/new.txt"], ""),
        ("copilot", "preToolUse-coord-claim", "", [], ""),
        ("cursor", "preToolUse-Write", "edit", [f"{TOP}/a.txt"], "tool_00000001"),
        ("opencode", "tool.execute.before-write", "edit", [f"{TOP}/new.txt"], "call_00000004"),
    ],
)
def test_which_files_a_tool_is_about(agent: str, name: str, use: str, paths: list[str], call: str) -> None:
    """The files of an edit are found in every agent's tools, and none where a tool edits nothing."""
    event = read(agent, name)
    assert (event.use, event.paths, event.use_id) == (use, paths, call)


@pytest.mark.parametrize(
    ("agent", "name", "command"),
    [
        ("claude-code", "PreToolUse-Bash", "false"),
        ("codex", "PreToolUse-Bash-subagent", "env | grep 'CODEX\\|AGENT' | sort"),
        ("gemini", "BeforeTool-run_shell_command", "env | grep -i 'gemini\\|agent' | sort"),
        ("copilot", "preToolUse-bash", "env | grep -i 'copilot\\|agent' | sort"),
        ("cursor", "preToolUse-Shell", "ls"),
        ("opencode", "tool.execute.before-bash", "env | grep -i 'opencode\\|agent\\|coord' | sort"),
    ],
)
def test_which_command_a_shell_runs(agent: str, name: str, command: str) -> None:
    """The command of a shell is found in every agent's tools."""
    event = read(agent, name)
    assert (event.use, event.command) == ("shell", command)


def test_a_subagent_is_named() -> None:
    """Claude Code and Codex say which subagent acts; the id of the session is the window's."""
    assert read("claude-code", "PreToolUse-Write-subagent").child == "adb6622af1103b90e"
    assert read("codex", "PreToolUse-Bash-subagent").child == "00000006-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ({}, False),
        ({"loop_count": 1}, True),
        ({"loop_count": True}, True),
        ({"loop_count": "1"}, False),
        ({"status": "aborted"}, True),
        ({"status": "error"}, True),
    ],
)
def test_a_turn_of_cursor_that_was_held_or_stopped(changed: dict[str, Any], again: bool) -> None:
    """It has no `stop_hook_active`: it counts how often it was told to go on, which it does five times."""
    said = recorded("cursor")["stop"] | changed
    assert Event("cursor", "stop", said).again == again
    assert not Event("cursor", "stop", {"status": "error"}).again


def test_cursor() -> None:
    """Cursor has no working directory but roots, other names, and a byte order mark before its JSON."""
    record = {
        "conversation_id": "c1",
        "hook_event_name": "preToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": "/p/a"},
        "cwd": "",
        "workspace_roots": ["/p"],
    }
    event = parse("cursor", "preToolUse", b"\xef\xbb\xbf" + json.dumps(record).encode())
    assert (event.kind, event.session, event.cwd, event.paths) == ("before", "c1", "/p", ["/p/a"])
    shell = parse("cursor", "beforeShellExecution", b'{"command": "git stash", "cwd": "/p"}')
    assert (shell.kind, shell.use, shell.command) == ("before", "shell", "git stash")


def test_other_names_of_tools() -> None:
    """Cursor's and OpenCode's tools for edits are known, and where OpenCode names a conversation that is over."""
    for tool in ("StrReplace", "Delete", "EditNotebook", "edit"):
        assert Event("cursor", "preToolUse", {"tool_name": tool, "tool_input": {"path": "/p/a"}}).paths == ["/p/a"]
    given = {"patch": "*** Begin Patch\n*** Add File: b\n*** End Patch"}
    assert Event("cursor", "preToolUse", {"tool_name": "ApplyPatch", "tool_input": given}).paths == ["b"]
    over = {"input": {"id": "evt_1", "type": "session.deleted", "properties": {"info": {"id": "ses_1"}}}}
    assert Event("opencode", "session.deleted", over).session == "ses_1"


def test_the_end_of_a_subagent_is_not_a_persons_prompt() -> None:
    """Claude Code tells of it in the form of a prompt."""
    assert parse("claude-code", "UserPromptSubmit", b'{"prompt": "please do"}').by_person
    assert not parse("claude-code", "UserPromptSubmit", b'{"prompt": "<task-notification>done"}').by_person


def test_all_files_of_a_patch() -> None:
    """Files that are added, changed, moved and deleted; a line of a file's content is none of them."""
    text = (
        "*** Begin Patch\n*** Add File: a\n+*** Add File: not-this\n*** Update File: b\n*** Move to: c\n@@\n"
        " *** Delete File: nor-this\n*** Delete File: d d\n*** End Patch\n*** Add File: outside\n"
    )
    assert patch.paths(text) == ["a", "b", "c", "d d"]
    event = parse(
        "codex",
        "PreToolUse",
        json.dumps({"tool_name": "Bash", "tool_input": {"command": f"apply_patch <<E\n{text}E"}}).encode(),
    )
    assert (event.use, event.paths) == ("shell", ["a", "b", "c", "d d"])


@pytest.mark.parametrize("content", [b"", b"[]", b"nonsense", b'{"a": 1', b"[" * 100])
def test_what_is_not_an_event_is_refused(content: bytes) -> None:
    """Anything but a JSON object is a `ValueError`, whatever it is."""
    with pytest.raises(ValueError, match=r"\w"):
        parse("codex", "PreToolUse", content)


def test_long_numbers_and_deep_values_are_read() -> None:
    """What no ledger would take may stand in a tool's input or result."""
    record = {"tool_name": "Edit", "tool_input": {"file_path": "/a"}, "cost": 0.00056000000000000001, "count": 10**30}
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    event = parse("claude-code", "PostToolUse", json.dumps({**record, "tool_response": deep}).encode())
    assert event.paths == ["/a"]


def test_odd_values_are_no_surprise() -> None:
    """Fields of other types than were ever seen count as missing."""
    record = {"session_id": 5, "cwd": ["x"], "tool_name": None, "tool_input": [1], "prompt": {}, "agent_id": True}
    event = Event("claude-code", "PreToolUse", record)
    assert (event.session, event.cwd, event.tool, event.paths, event.child) == ("", "", "", [], "")


@pytest.mark.parametrize("agent", AGENTS)
def test_each_event_that_is_installed_means_something(agent: Agent) -> None:
    """What `agent install` writes into a configuration is known to the hooks; nothing is called for nothing."""
    events = importlib.import_module(f"gitcoord.domain.agent.programs.{agent.replace('-', '_')}").EVENTS
    assert [name for name in events if not Event(agent, name, {}).kind] == []


@pytest.mark.parametrize("agent", ["claude-code", "codex", "cursor", "gemini"])
def test_each_tool_that_is_installed_is_known(agent: Agent) -> None:
    """A matcher before a tool names tools for edits and shells only, each under a name that the hooks know."""
    events = importlib.import_module(f"gitcoord.domain.agent.programs.{agent.replace('-', '_')}").EVENTS
    name = next(name for name, matcher in events.items() if matcher and Event(agent, name, {}).kind == "before")
    tools = events[name].strip("^$()").split("|")
    assert {Event(agent, name, {"tool_name": tool}).use for tool in tools} == {"edit", "shell"}
