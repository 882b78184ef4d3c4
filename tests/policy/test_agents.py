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
        "opencode": (),
        "aider": (),
    }


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("-bash", ""),
        ("bash -i -l", ""),
        ("/bin/bash --init-file /usr/share/code/shellIntegration-bash.sh", ""),
        ("bash --rcfile /x/jediterm-bash.in -i", ""),
        ("bash -o vi +O extglob", ""),
        ("/usr/bin/zsh-5.9 -il", ""),
        ("fish -C prompt", ""),
        ("bash -c", agents.TEXT),
        ("bash -euxc true", agents.TEXT),
        ("bash -o pipefail -ec true", agents.TEXT),
        ("sh -s -- argument", agents.TEXT),
        ("fish --command=ls", agents.TEXT),
        ("bash -C script", "script"),
        ("bash -e -- script", "script"),
        ("bash --norc script -c", "script"),
        ("python3 -m gitcoord.interfaces", "gitcoord.interfaces"),
        ("python3 -c pass", agents.TEXT),
        ("python3 -", agents.TEXT),
        ("node -- script.js", "script.js"),
        ("make all", ""),
    ],
)
def test_script(line: str, script: str) -> None:
    """What an interpreter runs is found however its options are written: nothing, text, or a script."""
    assert agents.script(line.split()) == script
