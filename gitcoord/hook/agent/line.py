"""The shell line that an agent's configuration calls for an event.

It is POSIX sh without a single quote inside, wrapped in `sh -c '...'`, since some agents use the user's own shell. By
builtins alone it looks for a coordinated repository around the working directory, then around the agent's project
directory; where there is none it ends without Python. It names an interpreter and a package by absolute paths: a
program that runs outside of an agent's sandbox must not be chosen by a file that the sandbox can write. Whatever
fails, it is silent and exits with 0, for a failing hook would lock the agent's tools.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Agent = Literal["claude-code", "codex", "cursor", "gemini", "copilot", "opencode"]

AGENTS = ("claude-code", "codex", "cursor", "gemini", "copilot", "opencode")
"""The agents whose hooks are known."""

MAIN = "gitcoord/hook/agent/__main__.py"
"""The program, below the directory that holds the package."""

NOTHING = {"cursor": "{}"}
"""What an agent has to be answered where there is nothing to say: Cursor takes silence for a refusal."""

_PROJECT = {"cursor": '"$CURSOR_PROJECT_DIR" "$CLAUDE_PROJECT_DIR"', "codex": ""}
_PROJECT_OF_OTHERS = '"$CLAUDE_PROJECT_DIR"'

_FIND = (
    "for d in %s; do "
    'while case $d in /*) [ ! -e "$d/.git" ];; *) false;; esac; do d=${d%%/*}; done; '
    "case $d in /*) ;; *) continue;; esac; "
    "c=$d/.git; "
    '[ -d "$c" ] || { read -r _ c <"$c"; case $c in /*) ;; *) c=$d/$c;; esac; }; '
    '[ ! -f "$c/commondir" ] || { read -r l <"$c/commondir"; case $l in /*) c=$l;; *) c=$c/$l;; esac; }; '
    '[ ! -s "$c/coord/clone" ] || { %s; exit; }; '
    "done"
)


def shell_line(agent: Agent, event: str, *, python: str = "", package: str = "") -> str:
    """Return the shell line for an event of an agent.

    `python` is a real interpreter (not a version manager's shim), `package` the directory that holds `gitcoord/`. Where
    they cannot be known, as in a plugin that is the same for everybody, both are empty: then `git-coord` on the PATH is
    called. Raises `ValueError` for a path that holds a character which no quoting makes safe in this line.
    """
    if python:
        program = f'"{_quoted(python)}" -I -S "{_quoted(package)}/{MAIN}" {agent} {event} "$c"'
    else:
        program = f'git-coord agent hook {agent} {event} "$c"'
    where = " ".join(filter(None, ('"$PWD"', _PROJECT.get(agent, _PROJECT_OF_OTHERS))))
    nothing = f'; echo "{NOTHING[agent]}"' if agent in NOTHING else ""
    # The program prints its answer whole or not at all, so silence is what a failed one leaves.
    ended = f"{program} ||{nothing.removeprefix(';')}" if nothing else program
    return f"sh -c 'exec 2>/dev/null; {_FIND % (where, ended)}{nothing}' || exit 0"


def _quoted(path: str) -> str:
    """Return a path as it stands between double quotes inside of single ones."""
    if "'" in path or not path.isprintable():
        raise ValueError(f"{path!r} cannot stand in a hook's line")
    return "".join("\\" + char if char in '\\"$`' else char for char in path)
