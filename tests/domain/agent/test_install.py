"""What installing for an agent writes, beside what is there, and that uninstalling leaves nothing of it."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.programs import in_process

from gitcoord.domain.agent import permissions, writing
from gitcoord.domain.agent.parts import is_hook, is_server
from gitcoord.domain.agent.programs import PROGRAMS, claude_code, codex
from gitcoord.interfaces import registry
from gitcoord.interfaces.mcp import tools

if TYPE_CHECKING:
    from conftest import Repo
    from support.programs import Ran

SETTINGS = {
    "claude-code": (".claude/settings.json", ".claude.json"),
    "codex": (".codex/hooks.json", ".codex/config.toml", ".codex/rules/gitcoord.rules"),
    "cursor": (".cursor/hooks.json", ".cursor/mcp.json"),
    "gemini": (".gemini/settings.json", ".gemini/policies/gitcoord.toml"),
    "copilot": (".copilot/hooks/gitcoord.json", ".copilot/mcp-config.json"),
    "opencode": (".config/opencode/opencode.json", ".config/opencode/plugins/gitcoord.js"),
}
"""The files that each agent gets below HOME."""

FOREIGN = {
    ".claude/settings.json": '{\n  "model": "x",\n  "hooks": {\n    "Stop": [\n      {"hooks": [{"type": "command",'
    ' "command": "say done"}]}\n    ]\n  },\n  "permissions": {"allow": ["Bash(ls:*)"], "deny": []}\n}\n',
    ".claude.json": '{"numStartups": 3, "mcpServers": {"other": {"command": "x"}}, "projects": {}}',
    ".codex/hooks.json": '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x"}]}]}}',
    ".codex/config.toml": '# mine\nmodel = "m"\n\n[mcp_servers.other]\ncommand = "x" # why\n',
    ".cursor/hooks.json": '{\n\t"version": 1,\n\t"hooks": {\n\t\t"stop": [{"command": "x"}]\n\t}\n}\n',
    ".cursor/mcp.json": "{\n}",
    ".cursor/permissions.json": '{\n  // what may run\n  "terminalAllowlist": ["ls"],\n}\n',
    ".gemini/settings.json": '// comments are allowed\n{\n    "security": {"auth": {}}, // here\n    "hooks": {}\n}\n',
    ".copilot/mcp-config.json": '{\r\n  "mcpServers": {}\r\n}\r\n',
    ".config/opencode/opencode.json": '{"$schema": "s", "permission": {"bash": {"*": "ask"}}}\n',
}
"""Settings that were there before, in many hands."""


@pytest.fixture
def home(env: dict[str, str]) -> Path:
    """The home directory of the sealed environment."""
    return Path(env["HOME"])


def agent(env: dict[str, str], *words: str, check: bool = True) -> Ran:
    """Run `git coord agent` outside of any repository."""
    return in_process(Path(env["HOME"]), env, "agent", *words, session="", check=check)


def below(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory, by their names."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def write(home: Path, files: dict[str, str]) -> None:
    """Write files below a directory."""
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(text.encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_an_agent_that_has_nothing_yet_gets_its_files_and_loses_them(
    name: str, env: dict[str, str], home: Path
) -> None:
    """A second time there is nothing to do; uninstalling leaves neither file nor directory."""
    told = agent(env, "install", name, "--json").json
    (changed,) = told["agents"]
    assert {(file["path"], file["change"]) for file in changed["files"]} == {
        (str(home / path), "created") for path in SETTINGS[name]
    }
    assert changed["restart"] and told["written"]
    first = below(home)
    assert f"{name}: nothing to do" in agent(env, "install", name).out
    assert below(home) == first
    agent(env, "uninstall", name)
    assert list(home.iterdir()) == []
    assert f"{name}: nothing to do" in agent(env, "uninstall", name).out


def test_what_others_have_there_is_as_it_was_byte_for_byte(env: dict[str, str], home: Path) -> None:
    """All agents at once, between hooks, servers, comments and empty objects of others."""
    write(home, FOREIGN)
    before = below(home)
    agent(env, "install", "--all")
    during = below(home)
    assert all(during[name] != text for name, text in before.items())
    agent(env, "uninstall", "--all")
    assert below(home) == before


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_as_none_and_empty_again_afterwards(text: str, env: dict[str, str], home: Path) -> None:
    """A second installation still knows what was there."""
    write(home, dict.fromkeys(FOREIGN, text))
    before = below(home)
    agent(env, "install", "--all")
    agent(env, "install", "--all")
    assert is_hook(json.loads((home / ".claude/settings.json").read_text())["hooks"]["Stop"][0])
    agent(env, "uninstall", "--all")
    assert below(home) == before


def test_what_was_edited_meanwhile_stays_and_ours_goes(env: dict[str, str], home: Path) -> None:
    """Also where the text of before is kept, because it cannot be made again from what is there."""
    write(home, FOREIGN)
    agent(env, "install", "--all")
    table = '\n# another\n[hooks.state."x"]\ntrusted_hash = "y"\n'

    def edited(name: str, text: str) -> str:
        if name.endswith(".toml"):
            return text.replace('"m"', '"n"') + table
        return text.replace("{", '{"edited": [1],', 1)

    for name in FOREIGN:
        write(home, {name: edited(name, (home / name).read_bytes().decode())})
    agent(env, "uninstall", "--all")
    for name, text in FOREIGN.items():
        left = (home / name).read_bytes().decode()
        if name == ".cursor/mcp.json":
            assert json.loads(left) == {"edited": [1]}
        else:
            assert left == edited(name, text), name


def test_a_dry_run_shows_the_change_and_writes_nothing(env: dict[str, str], home: Path) -> None:
    """As a diff that could be applied; nothing is remembered either."""
    write(home, FOREIGN)
    before = below(home)
    shown = agent(env, "install", "--all", "--dry-run").out
    assert below(home) == before
    assert f"+++ {home}/.claude/settings.json" in shown and '\n+        "matcher": "Edit|' in shown
    assert f"--- {home}/.codex/config.toml" in shown and "--- /dev/null" in shown
    assert shown.endswith("nothing was written: this was a dry run\n")
    agent(env, "install", "codex")
    kept = below(home)
    assert "-[mcp_servers.coord]" in agent(env, "uninstall", "codex", "--dry-run").out
    assert below(home) == kept


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (".claude/settings.json", '{\n  "a": 1\n  "b": 2\n}', "is not valid JSON (line 3)"),
        (".claude/settings.json", '{"hooks": []}', "hooks is not what the agent expects"),
        (".codex/config.toml", "a = 1\nb = \n", "is not valid TOML (line 2)"),
        (".codex/config.toml", "mcp_servers = {x = {command = 'y'}}\n", "says mcp_servers = ..., to which no table"),
        (".codex/rules/gitcoord.rules", "# mine\n", "is not a file of git-coord"),
        (".cursor/mcp.json", "\xff", "is not UTF-8"),
    ],
)
def test_a_file_that_is_not_what_it_has_to_be_is_left_alone(
    name: str, text: str, said: str, env: dict[str, str], home: Path
) -> None:
    """Nothing is written for any agent then, and the error names the file and the line."""
    write(home, {name: ""})
    (home / name).write_bytes(text.encode("latin-1"))
    before = below(home)
    refused = agent(env, "install", "--all", check=False)
    assert refused.status == 3
    assert name in refused.err and said in refused.err and "hint: " in refused.err
    assert below(home) == before


def test_a_link_is_written_through_and_permissions_stay(env: dict[str, str], home: Path) -> None:
    """As people who keep their settings in a repository of their own have it."""
    write(home, {"dotfiles/claude.json": '{"a": 1}\n'})
    (home / "dotfiles/claude.json").chmod(0o640)
    (home / ".claude").mkdir()
    (home / ".claude/settings.json").symlink_to("../dotfiles/claude.json")
    agent(env, "install", "claude-code")
    assert (home / ".claude/settings.json").is_symlink()
    assert "git coord claim" in (home / "dotfiles/claude.json").read_text()
    assert (home / "dotfiles/claude.json").stat().st_mode & 0o777 == 0o640
    assert (home / ".claude.json").stat().st_mode & 0o777 == 0o600
    agent(env, "uninstall", "claude-code")
    assert (home / ".claude/settings.json").is_symlink()
    assert (home / "dotfiles/claude.json").read_text() == '{"a": 1}\n'


def test_a_file_that_changes_meanwhile_is_read_again(home: Path) -> None:
    """Nothing that another program wrote in between is lost."""
    write(home, {"a.json": "{}"})
    assert not writing.replace(home / "a.json", "ours", expected="another")
    assert below(home) == {"a.json": b"{}"}


def hooks(value: Any) -> list[str]:
    """Return the shell lines of all hooks of ours in a configuration."""
    if isinstance(value, list):
        return [line for item in value for line in hooks(item)]
    if not isinstance(value, dict):
        return []
    if is_hook(value) and "hooks" not in value:
        return [value.get("command") or value["bash"]]
    return [line for item in value.values() for line in hooks(item)]


@pytest.mark.parametrize("name", ["claude-code", "codex", "cursor", "gemini", "copilot"])
def test_every_hook_ends_well_whatever_becomes_of_its_program(name: str, env: dict[str, str], home: Path) -> None:
    """The line itself says so, since several agents take a failing hook for a refusal."""
    agent(env, "install", name)
    lines = [
        line
        for path in SETTINGS[name]
        if path.endswith(".json")
        for line in hooks(json.loads((home / path).read_text()))
    ]
    assert len(lines) >= 6
    assert all(line.endswith(" || exit 0") and f" {name} " in line for line in lines)


def test_an_older_line_is_replaced_and_a_new_one_does_not_stand_beside_it(env: dict[str, str], home: Path) -> None:
    """As after an update, or where settings came from another machine."""
    old = "sh -c '/old/python /old/gitcoord/hook/agent/__main__.py claude-code Stop' || exit 0"
    group = {"hooks": [{"type": "command", "command": old}, {"type": "command", "command": "theirs"}]}
    write(home, {".claude/settings.json": json.dumps({"hooks": {"Stop": [group]}})})
    agent(env, "install", "claude-code")
    text = (home / ".claude/settings.json").read_text()
    assert "/old/" not in text and "theirs" in text
    agent(env, "uninstall", "claude-code")
    left = json.loads((home / ".claude/settings.json").read_text())
    assert left == {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "theirs"}]}]}}


def test_a_server_that_a_person_registered_stays(env: dict[str, str], home: Path) -> None:
    """One of ours typed by hand is enough; another one of that name is said."""
    write(home, {".cursor/mcp.json": '{"mcpServers": {"coord": {"command": "git", "args": ["coord", "mcp"]}}}'})
    write(home, {".gemini/settings.json": '{"mcpServers": {"coord": {"command": "other"}}}'})
    write(home, {".codex/config.toml": '[mcp_servers.coord]\ncommand = "other"\n'})
    before = below(home)
    said = agent(env, "install", "cursor", "gemini", "codex").out
    assert f"{home}/.gemini/settings.json has mcpServers.coord already: it was left as it is" in said
    assert f"{home}/.codex/config.toml has a table mcp_servers.coord already" in said
    agent(env, "uninstall", "cursor", "gemini", "codex")
    assert below(home) == before


def test_directories_are_those_that_the_environment_names(env: dict[str, str], home: Path) -> None:
    """Of Claude Code, Codex, Copilot and the desktop's rules."""
    env |= {"CLAUDE_CONFIG_DIR": f"{home}/c", "CODEX_HOME": f"{home}/x", "COPILOT_HOME": f"{home}/p"}
    env |= {"XDG_CONFIG_HOME": f"{home}/d", "XDG_STATE_HOME": f"{home}/s"}
    agent(env, "install", "--all")
    names = set(below(home))
    assert {
        "c/settings.json",
        "c/.claude.json",
        "x/config.toml",
        "p/mcp-config.json",
        "d/opencode/opencode.json",
    } < names
    assert not {name for name in names if name.startswith((".claude", ".codex", ".copilot", ".config", ".local"))}
    agent(env, "uninstall", "--all")
    assert list(home.iterdir()) == []


def test_copilot_is_said_what_its_options_allow(env: dict[str, str], home: Path) -> None:
    """Whoever allows it everything knows what other agents ask about."""
    said = agent(env, "install", "copilot").out
    assert "--allow-tool 'shell(git coord)'" in said
    assert "halt, retire, uninit, run, and the tools halt and team" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_for_a_project_nothing_names_this_machine(name: str, bare_repo: Repo) -> None:
    """The files are for everybody who has the repository, and stand in it; HOME is left alone but for what is kept."""
    bare_repo.here("agent", "install", name, "--scope", "project", check=True)
    made = bare_repo.git("status", "--porcelain", "-uall").splitlines()
    assert made and all(line.startswith("?? ") for line in made)
    text = "".join((bare_repo.top / line[3:]).read_text() for line in made)
    assert "git-coord agent hook " in text
    assert str(Path(os.path.__file__).parent) not in text and bare_repo.env["HOME"] not in text
    bare_repo.here("agent", "uninstall", name, "--scope", "project", check=True)
    assert bare_repo.git("status", "--porcelain") == ""


def test_whether_a_login_shell_finds_the_program_is_tried(env: dict[str, str], home: Path, tmp_path: Path) -> None:
    """Where it does not, that is said, and the server is started by its path."""
    missing = agent(env, "install", "cursor")
    assert "a login shell (bash -lc) does not find git coord" in missing.err
    said = json.loads((home / ".cursor/mcp.json").read_text())["mcpServers"]["coord"]
    assert is_server(said) and said["command"].startswith("/")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git-coord").write_text("#!/bin/sh\necho git-coord 1\n")
    (tmp_path / "bin/git-coord").chmod(0o755)
    (home / ".profile").write_text(f"PATH={tmp_path}/bin:$PATH\n")
    assert agent(env, "install", "cursor").err == ""
    said = json.loads((home / ".cursor/mcp.json").read_text())["mcpServers"]["coord"]
    assert said == {"command": "git", "args": ["coord", "mcp"]}


def test_what_stops_others_or_changes_the_rules_is_never_allowed_unasked() -> None:
    """What runs any program neither, and whoever adds a command decides first; what is allowed exists."""
    known = set(registry.commands()) | {"start", "commit", "watch", "sync", "doctor", "help", "inbox"}
    words = {name.partition(" ")[0] for name in known}
    assert {command.partition(" ")[0] for command in permissions.COMMANDS} <= words
    never = {"halt", "resume", "retire", "uninit", "init", "run", "rules", "agent", "gc", "mcp", "hook", "demo"}
    assert never.isdisjoint(permissions.COMMANDS)
    assert {"Bash(git coord claim --override*)", "Bash(git coord claim * --override*)"} <= set(claude_code.ASK)
    assert "Bash(git coord rules)" in claude_code.ALLOW


def test_the_tools_that_are_allowed_are_those_whose_commands_are() -> None:
    """A tool that may do more is asked about."""
    free = {command.partition(" ")[0] for command in permissions.COMMANDS if " " not in command} | {"rules"}
    known = {tool.name: {command.partition(" ")[0] for command in tool.commands} for tool in tools.TOOLS}
    assert all(known[name] <= free for name in permissions.TOOLS)
    asked = tomllib.loads("[mcp_servers.coord]\n" + _table())["mcp_servers"]["coord"]["tools"]
    assert set(asked) == set(known) - set(permissions.TOOLS)
    assert "override" in tools.HIDDEN["claim"]


def _table() -> str:
    from gitcoord.domain.agent.parts import Where

    return codex.table(Where({}, Path("/"), Path("/"), False, lambda event: event, ("git", "coord", "mcp")))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name the agents"),
        (("codex", "--all"), "name the agents"),
        (("aider",), "is not an agent that gitcoord knows"),
        (("codex", "--scope", "system"), "'system' is not a scope"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], said: str, env: dict[str, str], home: Path) -> None:
    """With what there is."""
    for command in ("install", "uninstall"):
        refused = agent(env, command, *words, check=False)
        assert (refused.status, said in refused.err, list(home.iterdir())) == (2, True, [])


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_agent_has_a_page(name: str) -> None:
    """It names the command and every file that this writes, and answers the same questions as the others."""
    docs = Path(__file__).parents[3] / "docs"
    page = (docs / f"agent-{name}.md").read_text()
    assert page.startswith(f"# {PROGRAMS[name].title}\n")
    assert f"$ git coord agent install {name}\n" in page
    assert not [path for path in SETTINGS[name] if f"~/{path}`" not in page]
    for question in ("What happens by itself", "Permissions", "In a project", "andbox", "Waking"):
        assert question in page, question
    assert f"](agent-{name}.md)" in (docs / "agents.md").read_text()


def test_the_documents_name_the_tools_that_are_asked_about() -> None:
    """Two pages say which tools of the server a person is asked about: all of them."""
    docs = Path(__file__).parents[3] / "docs"
    names = " and ".join(f"`{name}`" for name in permissions.ASKED_TOOLS)
    assert f"of the server's tools about {names}." in " ".join((docs / "agents.md").read_text().split())
    assert f"Of the server's tools it asks about {names}." in " ".join((docs / "agent-codex.md").read_text().split())
