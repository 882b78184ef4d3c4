"""The process trees that were observed, and whose command each one is: the table of docs/concepts.md."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from gitcoord.kernel import process
from gitcoord.policy import identity, origin

CONCEPTS = Path(__file__).parents[2] / "docs" / "concepts.md"

PERSON, NOBODY = "the person", "nobody: a session of its own for each command"
PROGRAM = "a session of its own, found by {}"
SANDBOXED = "the agent's, found by its variable alone"


class Tree(NamedTuple):
    """What stands above a command, nearest first, as `kernel name: argv|argv|...`, and what is decided.

    A line that begins with `>` is a shell that leads a terminal; one that ends with `*` has the terminal for its input
    and output. `whose` is the text of the table; `environ` what matters of the environment; `boxed` says that the pid
    namespace is not the machine's own.
    """

    what: str
    above: str
    whose: str
    environ: str = ""
    boxed: bool = False


def agents(name: str) -> str:
    """The decision for an agent whose process is seen."""
    return f"`{name}`, with its process"


CODE = "/usr/share/code/code"
NPM = "/opt/npm/node_modules"
TREES = [
    # as recorded from the real programs
    Tree("Claude Code", "bash: bash|-c|x; claude: /home/u/.local/bin/claude|-p|x; > bash: -bash", agents("claude")),
    Tree(
        "Claude Code, by its real path",
        f"bash: bash|-c|x; claude.exe: {NPM}/@anthropic-ai/claude-code/bin/claude.exe|-p",
        agents("claude"),
    ),
    Tree(
        "a background agent of Claude Code (npm)",
        "bash: bash|-c|x; claude.exe: claude bg-spare|--bg-spare|/tmp/cc-daemon-1000/x; "
        "2.1.332: claude bg-pty-host|--bg-pty-host|x; "
        "2.1.332: /home/u/.local/share/claude/versions/2.1.332|daemon|run|--origin|transient",
        agents("claude"),
    ),
    Tree(
        "a background agent of Claude Code (native)",
        "bash: bash|-c|x; 2.1.332: claude bg-spare|--bg-spare|/tmp/cc-daemon-1000/x; systemd: /sbin/init",
        agents("claude"),
    ),
    Tree(
        "`claude daemon run`, the host of a terminal",
        "bash: bash|-c|x; 2.1.332: claude bg-pty-host|--bg-pty-host|x; "
        "2.1.332: /home/u/.local/share/claude/versions/2.1.332|daemon|run|--origin|transient",
        NOBODY,
        environ="CLAUDECODE=1",
    ),
    Tree(
        "any program that `CLAUDE_PID` names",
        "bash: bash|-c|x; node: /usr/bin/node|x.js",
        agents("claude"),
        environ="CLAUDECODE=1 CLAUDE_PID=11",
    ),
    Tree(
        "Codex",
        f"bash: bash|-lc|x; codex: {NPM}/vendor/x86_64-unknown-linux-musl/bin/codex|exec; "
        f"node: node|{NPM}/.bin/codex|exec",
        agents("codex"),
    ),
    Tree(
        "Codex, in its sandbox",
        "bash: bash|-lc|x; codex: codex-linux-sandbox|--sandbox-policy-cwd|/r",
        SANDBOXED,
        environ="CODEX_THREAD_ID=t CODEX_SESSION_ID=t",
        boxed=True,
    ),
    Tree(
        "Claude Code, in its sandbox",
        "bash: bash|-c|x; bwrap: bwrap|--new-session|--die-with-parent",
        SANDBOXED,
        environ="CLAUDECODE=1 CLAUDE_CODE_SESSION_ID=c CLAUDE_PID=28963",
        boxed=True,
    ),
    Tree(
        "a sandbox that says nothing of an agent",
        "bash: bash|-c|x; bwrap: bwrap|--die-with-parent",
        NOBODY,
        boxed=True,
    ),
    Tree(
        "Gemini",
        f"bash: bash|-c|x; bash: bash|-c|x; node: /usr/bin/node|--max-old-space-size=4096|{NPM}/.bin/gemini; "
        f"node: node|{NPM}/.bin/gemini",
        agents("gemini"),
        environ="GEMINI_CLI=1",
    ),
    Tree(
        "Copilot",
        f"bash: bash|-c|x; MainThread: {NPM}/@github/copilot-linux-x64/copilot|-p; node: node|{NPM}/.bin/copilot|-p",
        agents("copilot"),
        environ="COPILOT_CLI=1 COPILOT_AGENT_SESSION_ID=p",
    ),
    Tree("OpenCode", f"bash: bash|-c|x; opencode: {NPM}/.bin/opencode|run", agents("opencode"), environ="OPENCODE=1"),
    Tree("an agent that another one started", "codex: codex|exec; bash: bash|-c|x; claude: claude", agents("codex")),
    Tree("a shell in a terminal that an agent runs", "> bash: bash|-i; claude: claude", agents("claude")),
    # programs that nobody knows
    Tree(
        "an unknown agent in a terminal",
        "bash: bash|-c|x; node: node|agent.js; > bash: -bash; kitty: kitty",
        PROGRAM.format("the unknown program"),
    ),
    Tree(
        "an unknown agent that runs a script",
        "bash: bash|/tmp/cmd.sh; node: node|agent.js; > bash: -bash",
        PROGRAM.format("the unknown program"),
    ),
    Tree(
        "an unknown agent that runs make",
        "bash: bash|-c|x; make: make|all; bash: bash|-c|make all; node: node|agent.js; > bash: -bash",
        PROGRAM.format("the unknown program"),
    ),
    Tree(
        "an unknown agent with a terminal for each command",
        "> bash: bash|-c|x; python3: python3|agent.py; > bash: -bash",
        PROGRAM.format("the unknown program"),
    ),
    Tree("a script without a terminal (cron, CI)", "bash: bash|-e|step.sh; cron: cron", PROGRAM.format("the script")),
    Tree("a job of cron", "sh: /bin/sh|-c|x; cron: /usr/sbin/CRON|-f; cron: cron", PROGRAM.format("the script")),
    Tree(
        "a command over ssh, without a terminal",
        "bash: bash|-c|x; sshd-session: sshd-session; sshd: sshd",
        PROGRAM.format("the connection"),
    ),
    Tree(
        "`AI_AGENT` or `AGENT` is set",
        "bash: bash|-c|x*; node: node|agent.js*; > bash: -bash",
        PROGRAM.format("the unknown program") + ", which is an agent",
        environ="AI_AGENT=goose",
    ),
    # people
    Tree("a shell in a terminal", "bash: bash|-c|x; > bash: -bash; sshd: sshd", PERSON),
    Tree("a shell in a window of tmux", "> bash: -bash; tmux: server: tmux", PERSON),
    Tree(
        "a program that shows its terminal to its commands",
        "git: git|commit*; python3: python3|go.py; > sh: sh",
        PERSON,
    ),
    Tree("a command over `ssh -t`", "> bash: bash|-c|x; sshd-session: sshd-session; sshd: sshd", PERSON),
    Tree("rake, typed in a terminal", "sh: sh|-c|x; ruby: ruby|/usr/bin/rake|release; > zsh: -zsh", PERSON),
    Tree("make, typed in a terminal", "sh: sh|-c|x; make: make|release; > zsh: -zsh", PERSON),
    Tree("lazygit", "git: git|commit; lazygit: lazygit; > bash: -bash", PERSON),
    Tree("tig", "git: git|commit; tig: tig|status; > bash: -bash", PERSON),
    Tree("git gui", "git: git|commit; wish: wish|/usr/lib/git-core/git-gui|--; > bash: -bash", PERSON),
    Tree("gitk", "git: git|tag; wish8.6: wish8.6|/usr/bin/gitk|--; systemd: systemd|--user", PERSON),
    Tree("vim", "sh: sh|-c|x; vim: vim|a.c; > bash: -bash", PERSON),
    Tree("VS Code, its Git panel", f"git: git|commit; code: {CODE}|--type=utility; code: {CODE}", PERSON),
    Tree("VS Code, its terminal", f"> bash: bash|--init-file|x.sh; code: {CODE}|--type=utility", PERSON),
    Tree(
        "VS Code over a network",
        "git: git|commit; node: /home/u/.vscode-server/bin/abc/node|out/bootstrap-fork; sh: sh|x/code-server",
        PERSON,
    ),
    Tree(
        "JetBrains",
        "git: git|commit; java: /opt/idea/jbr/bin/java|-Xmx2g|com.intellij.idea.Main; systemd: systemd|--user",
        PERSON,
    ),
    Tree(
        "JetBrains, by its own launcher", "git: git|commit; idea: /opt/idea/bin/idea; systemd: systemd|--user", PERSON
    ),
    Tree("a one-shot in tmux", "> bash: bash|-c|x; tmux: server: tmux", PERSON),
    Tree("`setsid sh -c`, a desktop's launcher", "sh: sh|-c|x; systemd: systemd|--user", PERSON),
    Tree(
        "a hook manager below any of these",
        "python3: python3|/usr/bin/mystery; pre-commit: /bin/sh|.git/hooks/pre-commit; git: git|commit; "
        "lazygit: lazygit; > bash: -bash",
        PERSON,
    ),
    # variables that were inherited
    Tree(
        "a one-shot in tmux whose server an agent started",
        "> bash: bash|-c|x; tmux: server: tmux",
        NOBODY,
        environ="CLAUDECODE=1 CLAUDE_CODE_SESSION_ID=c",
    ),
    Tree(
        "an agent that lives in its editor's own process",
        "bash: bash|-c|x; cursor: /opt/cursor/cursor|--type=utility",
        SANDBOXED,
        environ="CURSOR_CONVERSATION_ID=k",
    ),
]


def made(line: str, pid: int) -> process.Process:
    """The process that a line of a tree describes."""
    prompt = line.startswith("> ")
    name, argv = line.removeprefix("> ").rstrip("*").rsplit(": ", 1)
    found = process.Process(pid, 0, str(pid), name, leader=prompt, terminal=prompt)
    found._argv = argv.split("|")
    found._attended = line.endswith("*")
    return found


def decided(tree: Tree) -> str:
    """What the code decides for a tree, in the words of the table."""
    above = [made(line, 10 + place) for place, line in enumerate(tree.above.split("; "))]
    last = above[-1]
    if tree.boxed:
        last.pid = 1
    environ = dict(word.split("=") for word in tree.environ.split())
    found = origin.of(origin.Surroundings(above, environ, enclosed=tree.boxed))
    anchor = identity.anchor(found, named=False)
    if anchor.kind == "agent" and found.kind == "agent":
        return agents(found.agent)
    if anchor.kind in ("agent", "weak") and anchor.process is not None:
        known = ", which is an agent" if anchor.kind == "agent" else ""
        found_by = {"bash": "the script", "sh": "the script", "sshd-session": "the connection"}
        return PROGRAM.format(found_by.get(anchor.process.name, "the unknown program")) + known
    return {"person": PERSON, "sandboxed": SANDBOXED, "none": NOBODY}[anchor.kind]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.what)
def test_whose_command_it_is(tree: Tree) -> None:
    """Each tree that was observed is decided as docs/concepts.md says, and stands there."""
    assert decided(tree) == tree.whose
    assert f"| {tree.what} | {tree.whose} |" in CONCEPTS.read_text()


def test_the_table_has_no_other_rows() -> None:
    """What docs/concepts.md says of a tree is tested here."""
    text = CONCEPTS.read_text().partition("| above the command |")[2].partition("\n\n")[0]
    rows = [line for line in text.splitlines()[2:] if line.startswith("| ")]
    assert len(rows) == len(TREES)
