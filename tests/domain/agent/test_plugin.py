"""The plugin directory, and the text for any other agent."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.agent import instructions
from gitcoord.domain.agent.programs import claude_code, codex, copilot, cursor, gemini, opencode
from gitcoord.hook.agent.event import Event

if TYPE_CHECKING:
    from conftest import Repo


@pytest.mark.parametrize("agent", [claude_code, codex, cursor, gemini, copilot, opencode])
def test_every_event_that_is_installed_means_something_to_the_hook(agent: type) -> None:
    """A name that the hook does not know would cost time and do nothing."""
    name = agent.PROGRAM.name  # type: ignore[attr-defined]
    events = list(agent.EVENTS)  # type: ignore[attr-defined]
    assert [event for event in events if not Event(name, event, {}).kind] == []
    kinds = {Event(name, event, {}).kind for event in events}
    assert {"start", "prompt", "before", "after", "stop", "end"} <= kinds


def test_a_plugin_says_to_each_agent_what_is_its_own(bare_repo: Repo) -> None:
    """Each manifest leads to hooks that name its agent, and to files that are there."""
    made = bare_repo.here("agent", "plugin", "plug", "--json", check=True).json
    top = bare_repo.top / "plug"
    assert sorted(str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()) == made["files"]
    for manifest, agent in ((".claude-plugin", "claude-code"), (".codex-plugin", "codex"), (".plugin", "copilot")):
        said = json.loads((top / "gitcoord" / manifest / "plugin.json").read_text())
        hooks = (top / "gitcoord" / said["hooks"]).read_text()
        assert set(re.findall(r"git-coord agent hook (\S+) ", hooks)) == {agent}
        assert all((top / "gitcoord" / said[key]).exists() for key in ("skills", "mcpServers") if key in said)
    extension = (top / "gemini" / "hooks" / "hooks.json").read_text()
    assert set(re.findall(r"git-coord agent hook (\S+) ", extension)) == {"gemini"}
    assert not list(top.glob("gitcoord/hooks/hooks.json")), "which several agents would load besides"
    for market in (".claude-plugin", ".agents/plugins"):
        (listed,) = json.loads((top / market / "marketplace.json").read_text())["plugins"]
        source = listed["source"]
        assert (top / (source if isinstance(source, str) else source["path"])).is_dir()


def test_a_plugin_is_brought_up_to_date_and_replaces_nothing_of_others(bare_repo: Repo) -> None:
    """What it made it knows again; another directory it leaves alone."""
    bare_repo.here("agent", "plugin", "plug", check=True)
    skill = bare_repo.top / "plug/gitcoord/skills/coordinate/SKILL.md"
    skill.write_text("old")
    bare_repo.here("agent", "plugin", "plug", check=True)
    assert skill.read_text().startswith("---\nname: coordinate\ndescription: ")
    theirs = bare_repo.top / "src/market/.claude-plugin/marketplace.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text('{"name": "theirs"}')
    before = bare_repo.git("status", "--porcelain", "src")
    for name in ("src", "src/a.py", "src/market"):
        refused = bare_repo.here("agent", "plugin", name)
        assert (refused.status, bare_repo.git("status", "--porcelain", "src")) == (2, before)
    assert theirs.read_text() == '{"name": "theirs"}'
    load = bare_repo.here("agent", "plugin", "two words", "--json").json["load"]
    assert all(shlex.split(line)[-1].startswith((f"{bare_repo.top}/two words", "gitcoord@")) for line in load.values())


_OPENCODE = """\
import { GitCoord } from "./gitcoord.mjs"
const plugin = await GitCoord({ directory: process.cwd() })
for (const name of ["src/a.py", "README"]) {
  const args = { filePath: process.cwd() + "/" + name, content: "new" }
  try {
    await plugin["tool.execute.before"]({ tool: "write", sessionID: "ses_1", callID: name }, { args })
    console.log(name, "goes on")
  } catch (error) {
    console.log(error.message)
  }
}
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_plugin_of_opencode_throws_what_the_hook_denies(repo: Repo) -> None:
    """Another's file is refused in the hook's words, a free one goes on; a hook that is gone says nothing."""
    bob = repo.here("start", "bob", "--json", check=True).json["session"]
    repo.here("claim", "src/a.py", "-m", "mine", session=bob, check=True)
    repo.here("agent", "install", "opencode", check=True)
    plugin = (Path(repo.env["HOME"]) / ".config/opencode/plugins/gitcoord.js").read_text()
    repo.write("try.mjs", _OPENCODE)
    repo.write("gitcoord.mjs", plugin)
    Path(repo.top.parent / "opencode").symlink_to("/bin/bash")
    argv = (str(repo.top.parent / "opencode"), "-c", "node try.mjs; true")
    said = repo.run(*argv, OPENCODE="1").out.splitlines()
    assert said[0].startswith("src/a.py is claimed by bob") and said[1] == "README goes on"
    repo.write("gitcoord.mjs", plugin.replace("/hook/agent/", "/gone/"))
    assert repo.run(*argv, OPENCODE="1").out == "src/a.py goes on\nREADME goes on\n"


def test_every_command_of_the_instructions_does_what_is_said(repo: Repo) -> None:
    """From top to bottom, as an agent would type them."""
    bob, alice = (repo.here("start", name, "--json", check=True).json["session"] for name in ("bob", "alice"))
    repo.write("src/login.py")
    block = re.search(r"```sh\n(.*?)```", instructions.TEXT, re.S)
    assert block is not None
    lines = [shlex.split(line, comments=True) for line in block[1].splitlines()]
    for words in lines:
        if words[:2] == ["git", "coord"]:
            repo.here(*words[2:], session=alice, check=True)
        else:
            repo.run(*words)
    assert len(lines) == 12
    assert repo.git("log", "-1", "--format=%s") == "login: new form"
    assert "src/login.py is free again" in repo.here("inbox", session=bob).out
    assert repo.here("agent", "instructions").out == instructions.TEXT
    assert len(instructions.TEXT) < 3000
