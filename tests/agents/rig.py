"""The real programs of coding agents, run against a model that answers from a script, without any network.

Each run has a network namespace of its own, with nothing but loopback in it: what an agent's program wants to tell
anybody stays here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import install

if TYPE_CHECKING:
    from conftest import Repo

PATIENCE = 180
"""Seconds that an agent gets for its whole run."""

_RUN = """\
ip link set lo up
"$PYTHON" "$MODEL" "$STEPS" "$STEPS.port" &
model=$!
trap 'kill $model' EXIT
while [ ! -e "$STEPS.port" ]; do sleep 0.05; done
read -r PORT <"$STEPS.port" || [ "$PORT" ]
export PORT
. "$STEPS.sh"
"""

_CLAUDE = """\
export ANTHROPIC_BASE_URL=http://127.0.0.1:$PORT ANTHROPIC_API_KEY=test DISABLE_TELEMETRY=1 DISABLE_AUTOUPDATER=1
export DISABLE_ERROR_REPORTING=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 TERM=xterm
export ENABLE_TOOL_SEARCH=false
"""

_SCRIPTS = {
    "claude": f"""{_CLAUDE}\
"$AGENT" -p "$PROMPT" --output-format json --allowedTools "$TOOLS" $MORE </dev/null
""",
    "codex": """\
export FAKE_KEY=test
provider="model_providers.fake.base_url=\\"http://127.0.0.1:$PORT/v1\\""
"$AGENT" exec --dangerously-bypass-hook-trust -s "$SANDBOX" -c "$provider" $MORE "$PROMPT" </dev/null
""",
    "copilot": """\
export COPILOT_OFFLINE=true COPILOT_AUTO_UPDATE=false COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:$PORT/v1
export COPILOT_PROVIDER_API_KEY=test COPILOT_MODEL=fake
"$AGENT" -p "$PROMPT" --allow-all-tools --allow-all-paths $MORE </dev/null
""",
    "opencode": """\
export OPENCODE_DISABLE_AUTOUPDATE=true OPENCODE_DISABLE_MODELS_FETCH=true OPENCODE_DISABLE_LSP_DOWNLOAD=true
"$AGENT" run "$PROMPT" $MORE </dev/null
""",
    "gemini": """\
export GEMINI_API_KEY=test GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$PORT GEMINI_TELEMETRY_ENABLED=false
export GEMINI_CLI_TRUST_WORKSPACE=true
"$AGENT" -m gemini-2.5-pro --approval-mode yolo $MORE -p "$PROMPT" </dev/null
""",
}

BACKGROUND = f"""{_CLAUDE}\
"$AGENT" --bg --permission-mode default --allowedTools "$TOOLS" -- "$PROMPT" </dev/null
n=0
while [ ! -e over ] && [ "$n" -lt 1500 ]; do sleep 0.1; n=$((n+1)); done
"$AGENT" agents --json </dev/null
grep -h tool_result "$HOME"/.claude/projects/*/*.jsonl | cut -c1-900
"$AGENT" daemon stop --any </dev/null
"""
"""Claude Code, in the background: the run ends when there is a file `over`, which a step of it makes."""

WOKEN = f"""{_CLAUDE}\
"$PYTHON" -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$AGENT" --permission-mode default "$PROMPT" </dev/null &
n=0
until GIT_COORD_SESSION= git coord send claude:main 'the build is broken' --priority urgent --json |
  grep '"woken": *true' || [ "$n" -gt 60 ]
do sleep 1; n=$((n+1)); done
n=0
until grep -h '"text":"read"' "$HOME"/.claude/projects/*/*.jsonl || [ "$n" -gt 60 ]
do sleep 1; n=$((n+1)); done
"""
"""Claude Code in a terminal, sent urgent mail by a person when its turn is over: the run ends when it has read that."""

WOKEN_CODEX = """\
export FAKE_KEY=test TERM=xterm-256color
mkdir programs
ln -s "$AGENT" programs/codex
export PATH="$PWD/programs:$PATH"
cat >window.sh <<X
exec codex --dangerously-bypass-hook-trust -a never -s danger-full-access \\
  -c 'model_providers.fake.base_url="http://127.0.0.1:$PORT/v1"' "$PROMPT"
X
window="tmux -f /dev/null -S $STEPS.tmux"
$window new-session -d -x 120 -y 40 sh window.sh
n=0
until GIT_COORD_SESSION= git coord send codex:main 'the build is broken' --priority urgent --json |
  grep '"woken": *true' || [ "$n" -gt 60 ]
do
  ! $window capture-pane -p | grep -q 'Use existing model' || $window send-keys 2
  sleep 1; n=$((n+1))
done
n=0
until $window capture-pane -p | grep '^• read' || [ "$n" -gt 60 ]
do sleep 1; n=$((n+1)); done
$window capture-pane -p
$window kill-server
"""
"""Codex in a terminal, sent urgent mail by a person when its turn is over: the run ends when it has read that."""

_CODEX = """\
model = "gpt-5.5"
model_provider = "fake"

[model_providers.fake]
name = "fake"
wire_api = "responses"
env_key = "FAKE_KEY"
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0
"""


_OPENCODE = {
    "autoupdate": False,
    "share": "disabled",
    "model": "fake/fake",
    "small_model": "fake/fake",
    "provider": {
        "fake": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": "http://127.0.0.1:{env:PORT}/v1", "apiKey": "x"},
            "models": {"fake": {"tool_call": True, "limit": {"context": 100_000, "output": 4_000}}},
        }
    },
}


def programs() -> Path:
    """Return the directory of the programs; skips the test where there is none, and says how to get one."""
    named = os.environ.get("GITCOORD_AGENTS", "")
    if not named:
        pytest.skip("GITCOORD_AGENTS names no directory with the agents' programs: python -m tests.agents.install DIR")
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("a network namespace of its own needs root, unshare and ip")
    apart = subprocess.run(
        ["unshare", "-n", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False
    )
    if apart.returncode:
        pytest.skip("this machine allows no network namespace: unshare failed")
    return Path(named).absolute()


def settle(repo: Repo) -> None:
    """Give each program the settings without which it asks a person something at its first start."""
    home = Path(repo.env["HOME"])
    (home / ".codex").mkdir(exist_ok=True)
    (home / ".codex/config.toml").write_text(_CODEX)
    (home / ".gemini").mkdir(exist_ok=True)
    auth = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"enableAutoUpdate": False}}
    (home / ".gemini/settings.json").write_text(json.dumps(auth, indent=2))
    (home / ".config/opencode").mkdir(parents=True, exist_ok=True)
    (home / ".config/opencode/opencode.json").write_text(json.dumps(_OPENCODE, indent=2))
    (home / ".npmrc").write_text("fetch-retries=0\n")  # OpenCode fetches something, and waits a minute for it
    (home / ".profile").write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')


_LOADING = {
    "claude": ("plugin marketplace add {0}", "plugin install gitcoord@gitcoord"),
    "codex": ("plugin marketplace add {0}", "plugin add gitcoord@gitcoord"),
    "copilot": ("plugin marketplace add {0}", "plugin install gitcoord@gitcoord"),
    "gemini": ("extensions install {0}/gemini --consent",),
}
"""What each program is told to load a plugin."""


def load_plugin(repo: Repo, name: str, directory: Path) -> None:
    """Let the program of this name load a plugin directory."""
    agent = install.program(programs(), name)
    env = repo.env | {"COPILOT_OFFLINE": "true", "COPILOT_AUTO_UPDATE": "false", "GEMINI_CLI_TRUST_WORKSPACE": "true"}
    for line in _LOADING[name]:
        argv = ["unshare", "-n", str(agent), *line.format(directory).split()]
        subprocess.run(argv, cwd=repo.top, env=env, input="y\n", text=True, check=True, timeout=PATIENCE)


def run(
    repo: Repo,
    name: str,
    steps: list[dict[str, Any]],
    child: list[dict[str, Any]] | None = None,
    *,
    more: str = "",
    tools: str = "Edit,Write",
    sandbox: str = "danger-full-access",
    script: str = "",
) -> str:
    """Let the program of this name take these steps in a worktree; returns all that it printed.

    `child` are the steps of a subagent whose prompt says `script:child`. `more` are further words of the command line,
    `tools` those that Claude Code may use, `sandbox` is Codex's. `script` runs the program another way.
    """
    agent = install.program(programs(), name)
    if not agent.exists():
        pytest.skip(f"{agent} is not there: python -m tests.agents.install {programs()}")
    home = Path(repo.env["HOME"])
    place = home.parent / f"{name}-{os.urandom(3).hex()}.json"
    place.write_text(json.dumps({"": steps, "child": child or []}))
    Path(f"{place}.sh").write_text(script or _SCRIPTS[name])
    said = {"PYTHON": sys.executable, "MODEL": str(Path(__file__).with_name("model.py")), "STEPS": str(place)}
    said |= {"AGENT": str(agent), "PROMPT": "do it", "MORE": more, "TOOLS": tools, "SANDBOX": sandbox}
    said["TMPDIR"] = str(home.parent / "tmp")  # Codex has no sandbox where its home is below that
    Path(said["TMPDIR"]).mkdir(exist_ok=True)
    argv = ["unshare", "-n", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", _RUN]
    try:
        ended = subprocess.run(
            argv, cwd=repo.top, env=repo.env | said, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"{name} did not end: {error.output!r} {error.stderr!r}")
    return ended.stdout + ended.stderr
