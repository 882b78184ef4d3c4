"""What shows everything that happens knows every noun, and names none: it asks the registry."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gitcoord
from gitcoord.domain import NOUNS

TOP = Path(gitcoord.__file__).parent
GENERAL = {"session", "claim", "message", "history", "board", "bypass", "repair"}
"""What the board, the log and the clean-up are about themselves: who is here, what is claimed and said."""

WORK = sorted(noun for noun, has in NOUNS.items() if noun not in GENERAL and (has.kinds or has.stands or has.keeps))
KINDS = {kind for noun in WORK for kind in NOUNS[noun].kinds.split()} | {NOUNS[noun].stands for noun in WORK}
KINDS -= {"", "state"}  # which is also what the ledger as a whole has
SHOWING = [
    *sorted(TOP.glob("domain/board/**/*.py")),
    *sorted(TOP.glob("domain/history/**/*.py")),
    *(TOP / "setup" / name for name in ("gc.py", "doctor.py", "examining.py")),
    *(TOP / "interfaces/cli" / name for name in ("board.py", "markdown.py", "status.py", "watch.py")),
]


def named(text: str) -> set[str]:
    """The nouns that a module imports, and the kinds and entries of theirs that it spells."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [f"{module}.{one.name}" for module in modules for one in getattr(node, "names", ())]
        found |= {noun for noun in WORK for module in modules if f"{module}.".startswith(f"gitcoord.domain.{noun}.")}
        if isinstance(node, ast.Constant) and node.value in KINDS:
            found.add(node.value)
    return found


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: str(path.relative_to(TOP)))
def test_what_shows_everything_names_no_noun(path: Path) -> None:
    """Board, log, watch, metrics, doctor and gc get to know a new noun by its line in `NOUNS` alone."""
    assert named(path.read_text()) == set()


def test_a_name_is_noticed() -> None:
    """Whether it is imported, from wherever, or spelled."""
    assert {"task", "handoff", "state"} <= set(WORK)
    assert named("from gitcoord.domain.task import record") == {"task"}
    assert named("from gitcoord.domain import handoff") == {"handoff"}
    assert named("def f():\n    return 'task-done'") == {"task-done"}
