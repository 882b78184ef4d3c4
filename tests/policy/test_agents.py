"""Agents by their processes' names."""

from __future__ import annotations

import pytest

from gitcoord.policy import agents


@pytest.mark.parametrize(
    ("name", "line", "agent"),
    [
        ("claude", "claude", "claude"),
        ("claude", "/root/.local/bin/claude --resume x", "claude"),
        ("node", "node /usr/bin/claude", "claude"),
        ("MainThread", "node --no-warnings /usr/bin/gemini -p hi", "gemini"),
        ("node", "/usr/bin/node --max-old-space-size=4096 -r hook.js /opt/gemini.js", "gemini"),
        ("codex", "/usr/lib/node_modules/@openai/codex/vendor/codex/codex exec", "codex"),
        ("node", "node /opt/codex.mjs", "codex"),
        ("node", "/home/u/.local/bin/cursor-agent --use-system-ca /x/index.js", "cursor"),
        ("bun", "bun run copilot.js", "copilot"),
        ("deno", "deno run --allow-all opencode.mjs", "opencode"),
        ("python3.11", "/opt/venv/bin/python3.11 -X utf8 /opt/venv/bin/aider --model x", "aider"),
        ("python", "python -Im aider", "aider"),
        ("python", "python aider.py", "aider"),
        ("sh", "/bin/sh -e /usr/local/bin/claude", "claude"),
        ("bash", "bash --norc claude", "claude"),
        ("claude.exe", "/opt/@anthropic-ai/claude-code/bin/claude.exe -p", "claude"),
        ("2.1.332", "/home/u/.local/share/claude/versions/2.1.332 --resume x", "claude"),
        # not an agent, though its name is written there
        ("cursor", "/usr/share/cursor/cursor --type=renderer", ""),
        ("bash", "bash -c claude", ""),
        ("bash", "bash -lc claude", ""),
        ("node", "node -e claude", ""),
        ("node", "node -r claude other.js", ""),
        ("node", "node server.js claude", ""),
        ("python", "python -c claude", ""),
        ("python", "python -W claude x.py", ""),
        ("vim", "vim claude", ""),
        ("less", "less /home/claude/codex", ""),
        ("bash", "bash claude.sh", ""),
        ("claude-helper", "/usr/bin/claude-helper", ""),
        ("codex", "codex-linux-sandbox -- bash -c true", ""),
        ("2.1.332", "/home/u/.local/share/claude/versions/2.1.332 daemon run --origin transient", ""),
        ("claude", "/usr/bin/claude daemon run", ""),
        ("2.1.332", "/home/u/.local/share/other/versions/2.1.332", ""),
        ("bash", "-bash", ""),
        ("kthreadd", "", ""),
    ],
)
def test_agent_of(name: str, line: str, agent: str) -> None:
    """An agent is known by its process's name, its program, or the script an interpreter runs."""
    found = agents.agent_of(name, line.split())
    assert (found.name if found else "") == agent


def test_the_table() -> None:
    """The agents that are known, with the variables in which each names its session."""
    assert {agent.name: agent.variables for agent in agents.AGENTS} == {
        "claude": ("CLAUDE_CODE_SESSION_ID",),
        "codex": ("CODEX_THREAD_ID",),
        "gemini": ("GEMINI_SESSION_ID",),
        "cursor": ("CURSOR_CONVERSATION_ID",),
        "copilot": ("COPILOT_AGENT_SESSION_ID",),
        "opencode": ("OPENCODE_SESSION_ID",),
        "aider": (),
    }


def test_titles_of_background_agents() -> None:
    """Claude's background agent writes a title of one word over its command line; the host of its terminal is none."""
    spare = agents.agent_of("2.1.332", ["claude bg-spare", "--bg-spare", "/tmp/cc-daemon-1000/x"])
    assert spare is not None
    assert spare.name == "claude"
    assert agents.agent_of("2.1.332", ["claude bg-pty-host", "--bg-pty-host", "/tmp/x"]) is None
    assert agents.is_above_windows("2.1.332", ["claude bg-pty-host", "--bg-pty-host", "/tmp/x"])


def test_more_agents_by_name() -> None:
    """A program that the user calls an agent is one, by its own name; others stay what they were."""
    found = agents.agent_of("node", ["node", "/opt/goose.js"], ["goose"])
    assert found is not None
    assert (found.name, found.variables) == ("goose", ())
    assert agents.agent_of("node", ["node", "/opt/gander.js"], ["goose"]) is None


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CLAUDE_CODE_SESSION_ID": "c"}, [("claude", "CLAUDE_CODE_SESSION_ID=c")]),
        ({"CLAUDECODE": "1"}, [("claude", "")]),
        ({"GEMINI_CLI": "1"}, [("gemini", "")]),
        ({"CODEX_SANDBOX_NETWORK_DISABLED": "1"}, [("codex", "")]),
        ({"CODEX_THREAD_ID": "t", "CODEX_SESSION_ID": "r"}, [("codex", "CODEX_THREAD_ID=t")]),
        ({"CLAUDE_CODE_SESSION_ID": "", "HOME": "/root"}, []),
    ],
)
def test_agents_named_by_the_environment(environ: dict[str, str], expected: list[tuple[str, str]]) -> None:
    """The environment names an agent by the variable of its session, or by a mark that only it sets."""
    assert [(agent.name, key) for agent, key in agents.named_by(environ)] == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CODEX_THREAD_ID": "t", "CODEX_SESSION_ID": "r"}, "CODEX_THREAD_ID=r"),
        ({"CODEX_THREAD_ID": "r", "CODEX_SESSION_ID": "r"}, ""),
        ({"CODEX_THREAD_ID": "r"}, ""),
        ({"CODEX_SESSION_ID": "r"}, ""),
    ],
)
def test_child_threads(environ: dict[str, str], expected: str) -> None:
    """A thread of Codex whose session is another's is a child of that one."""
    codex = next(agent for agent in agents.AGENTS if agent.name == "codex")
    assert agents.root_of(codex, environ) == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AI_AGENT": "claude-code_2-1-332_harness"}, "claude-code"),
        ({"AGENT": "goose"}, "goose"),
        ({"AGENT": "1"}, "agent"),
        ({"AGENT": "a b"}, "agent"),
        ({"AGENT": ""}, ""),
        ({}, ""),
    ],
)
def test_generic_marks(environ: dict[str, str], expected: str) -> None:
    """AI_AGENT and AGENT say that there is an agent, and perhaps its name."""
    assert agents.generic(environ) == expected
