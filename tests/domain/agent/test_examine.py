"""What `doctor` says of agents that will not run their hooks, and `init` of agents that have none."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.agent import examine

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def home(repo: Repo) -> Path:
    """The home directory, in which Claude Code and Codex have hooks."""
    repo.here("agent", "install", "claude-code", "codex", "gemini", "opencode", check=True)
    return Path(repo.env["HOME"])


def found(repo: Repo, agent: str) -> list[dict[str, Any]]:
    """Return what doctor says of an agent."""
    told = repo.here("doctor", "--json").json["findings"]
    return [one for one in told if one["name"].startswith(f"agent {agent}")]


def change(path: Path, **values: Any) -> None:
    """Set members of a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(said | values))


def trust(home: Path) -> None:
    """Trust the hooks of Codex, as it writes that down."""
    hooks = home / ".codex/hooks.json"
    with (home / ".codex/config.toml").open("a") as file:
        for key, digest in examine._identities(hooks):
            file.write(f'\n[hooks.state."{hooks}:{key}"]\ntrusted_hash = "{digest}"\n')


@pytest.mark.slow
def test_hooks_that_will_run_are_said_to_be_there(repo: Repo, home: Path) -> None:
    """And nothing else is wrong; an agent that has none is not named."""
    trust(home)
    for agent in ("claude-code", "codex", "gemini", "opencode"):
        assert [(one["ok"], one["message"]) for one in found(repo, agent)] == [(True, "its hooks are installed")]
    assert found(repo, "cursor") == []
    assert repo.here("doctor").status == 0


def test_codex_skips_hooks_that_nobody_trusts_or_that_were_changed(repo: Repo, home: Path) -> None:
    """Silently; the way to trust them is named."""
    (one,) = found(repo, "codex")
    assert not one["ok"] and "nobody has trusted 9 of the hooks" in one["message"] and "/hooks" in one["mend"]
    assert repo.here("doctor").status == 3
    trust(home)
    text = (home / ".codex/hooks.json").read_text()
    (home / ".codex/hooks.json").write_text(text.replace('"timeout": 3\n', '"timeout": 2\n'))
    assert "1 of the hooks" in found(repo, "codex")[-1]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["features = 1\nhooks = 2\n", "hooks.state = 3\n", "features = [{hooks = false}]\n"])
def test_a_configuration_that_no_agent_would_read_stops_nothing(text: str, repo: Repo, home: Path) -> None:
    """What stands there counts as nothing, also between the hooks."""
    (home / ".codex/config.toml").write_text(text)
    hooks = json.loads((home / ".codex/hooks.json").read_text())["hooks"]
    del hooks["Stop"][0]["hooks"][0]["timeout"]
    (home / ".codex/hooks.json").write_text(json.dumps({"hooks": {**hooks, "One": 1, "Two": [2, {"hooks": {}}]}}))
    assert "nobody has trusted 8 of the hooks" in found(repo, "codex")[-1]["message"]


def test_the_hash_that_codex_keeps_is_known(tmp_path: Path) -> None:
    """As it was seen with the real program: of the event, the matcher and the hook, in one order."""
    hook = {"type": "command", "command": "git-coord agent hook codex PreToolUse", "timeout": 10}
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "^(Bash|apply_patch)$", "hooks": [hook]}]}}))
    ((key, digest),) = examine._identities(path)
    assert key == "pre_tool_use:0:0"
    assert digest == "sha256:6a6d5a84b4656a0e6e156e3e41087f154d1813f435d1fb5dfd7824b9a38a77d1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agent", "file", "values", "said"),
    [
        ("claude-code", ".claude/settings.json", {"disableAllHooks": True}, "switches all hooks off"),
        ("gemini", ".gemini/settings.json", {"hooksConfig": {"enabled": False}}, "switches all hooks off"),
        ("gemini", ".gemini/settings.json", {"hooksConfig": {"disabled": ["git-coord"]}}, "hooks of git-coord off"),
        ("claude-code", ".claude/settings.json", {"hooks": {}}, "something took the hooks out of"),
    ],
)
def test_hooks_that_are_switched_off_or_replaced_are_named(
    agent: str, file: str, values: dict[str, Any], said: str, repo: Repo, home: Path
) -> None:
    """With the file that says so."""
    change(home / file, **values)
    (one,) = found(repo, agent)
    assert not one["ok"] and said in one["message"] and str(home / file) in one["message"] and one["mend"]


def test_a_switch_of_the_project_counts_too(repo: Repo, home: Path) -> None:
    """Claude Code obeys the settings of the worktree that only one person has."""
    change(repo.top / ".claude/settings.local.json", disableAllHooks=True)
    (one,) = found(repo, "claude-code")
    assert "settings.local.json switches all hooks off" in one["message"]


@pytest.mark.slow
def test_a_program_that_is_gone_and_a_line_of_another_version_are_named(repo: Repo, home: Path) -> None:
    """What mends it does so."""
    path = home / ".claude/settings.json"
    text = path.read_text()
    path.write_text(text.replace("/gitcoord/hook/agent/", "-gone/gitcoord/hook/agent/"))
    gone = found(repo, "claude-code")
    assert any("-gone/gitcoord/hook/agent/__main__.py, which is gone" in one["message"] for one in gone)
    assert {one["mend"] for one in gone} == {"git coord agent install claude-code"}
    repo.here("agent", "install", "claude-code", check=True)
    assert path.read_text() == text
    path.write_text(text.replace("exec 2>/dev/null", "exec 2> /dev/null"))
    assert any("are not those of this gitcoord" in one["message"] for one in found(repo, "claude-code"))


def test_files_of_a_project_that_git_does_not_track_are_named(repo: Repo) -> None:
    """Claude Code does not read them in another worktree."""
    repo.here("agent", "install", "claude-code", "--scope", "project", check=True)
    (one,) = found(repo, "claude-code (project)")
    assert "Git does not track" in one["message"]
    repo.git("add", ".claude")
    assert [one["ok"] for one in found(repo, "claude-code (project)")] == [True]


def test_init_names_agents_that_have_no_hooks_yet(bare_repo: Repo) -> None:
    """Those that were used here, until something is installed for them, the plugin too."""
    home = Path(bare_repo.env["HOME"])
    assert "agent install" not in bare_repo.here("init").out
    for name in (".claude", ".codex", ".config/opencode"):
        (home / name).mkdir(parents=True)
    said = bare_repo.here("init").out
    assert "(Claude Code, Codex, OpenCode): git coord agent install claude-code codex opencode\n" in said
    bare_repo.here("agent", "install", "codex", check=True)
    change(home / ".claude/settings.json", enabledPlugins={"gitcoord@gitcoord": True})
    assert "(OpenCode): git coord agent install opencode\n" in bare_repo.here("init").out
    assert tomllib.loads((home / ".codex/config.toml").read_text())


def test_a_sandbox_that_settings_switch_on_is_named(repo: Repo, home: Path) -> None:
    """It is no fault; but one that may write the hooks of git is told."""
    trust(home)
    change(home / ".claude/settings.json", sandbox={"enabled": True})
    config = home / ".codex/config.toml"
    config.write_text('sandbox_mode = "workspace-write"\n' + config.read_text())
    said = found(repo, "claude-code")
    assert [one["ok"] for one in said] == [True, True] and "settings.json switches its sandbox on" in said[1]["message"]
    assert (
        "config.toml says workspace-write: hooks and the MCP server run outside" in found(repo, "codex")[-1]["message"]
    )
    with config.open("a") as file:
        file.write(f'\n[sandbox_workspace_write]\nwritable_roots = ["{repo.top}/.git"]\n')
    assert "the hooks and the configuration of git" in found(repo, "codex")[-1]["message"]
    assert repo.here("doctor").status == 0


def test_the_sandbox_in_which_doctor_runs_is_named(repo: Repo) -> None:
    """Codex says of it by a variable."""
    repo.env["CODEX_SANDBOX_NETWORK_DISABLED"] = "1"
    (one,) = [one for one in repo.here("doctor", "--json").json["findings"] if one["name"] == "sandbox"]
    assert one["ok"] and one["message"].startswith("this command runs in the sandbox of codex")


def test_a_window_in_which_no_hook_has_run_is_named(repo: Repo, home: Path) -> None:
    """It was opened before the hooks were installed; whoever starts it anew is told nothing."""
    program = repo.top.parent / "claude"
    program.symlink_to("/bin/bash")
    argv = [str(program), "-c", "git coord doctor --json; exit"]

    def said() -> list[dict[str, Any]]:
        findings = json.loads(repo.run(*argv, check=False, CLAUDE_CODE_SESSION_ID="w1").out)["findings"]
        return [one for one in findings if one["name"] == "agent claude-code"]

    (one,) = said()
    assert not one["ok"] and "no hook has run in this window" in one["message"] and "anew" in one["mend"]
    memory = repo.top / ".git/coord/agents/claude-code-w1"
    memory.parent.mkdir(exist_ok=True)
    memory.touch()
    assert [one["ok"] for one in said()] == [True]
