"""A copy of the package without one rule, and the test that has to notice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .row import PACKAGE, TOP

if TYPE_CHECKING:
    from .row import Kept

COPIED = (PACKAGE, "tests", "hooks", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
"""What a test reads of the tree."""

LIMIT = 240
"""Seconds that a test may take; on a quiet machine each takes some."""

STACKS = 10
"""Seconds before the limit at which pytest says where a test is that does not end."""

FAILED = 1
"""The exit status with which pytest says that tests failed."""


class Found(Enum):
    """What the test said of the package without the rule."""

    NOTICED = "noticed"
    UNNOTICED = "not noticed"
    UNTOLD = "no answer: the test cannot be run"


def try_without(kept: Kept, top: Path = TOP) -> tuple[Found, str]:
    """Run the row's test in a copy of the tree that has the row's line replaced; also returns what pytest printed.

    A test that fails with the line, too, has not noticed anything.
    """
    if not _passes(kept.test, top):
        return Found.UNTOLD, "it fails with the line, too"
    with tempfile.TemporaryDirectory(prefix="gitcoord-rule-") as place:
        copy = Path(place)
        _copy_tree(top, copy)
        for file, text in kept.broken().items():
            (copy / PACKAGE / file).write_text(text)
        return _run(copy, kept.test)


@cache
def _passes(test: str, top: Path) -> bool:
    with tempfile.TemporaryDirectory(prefix="gitcoord-rule-") as place:
        _copy_tree(top, Path(place))
        return _run(Path(place), test)[0] is Found.UNNOTICED


def _copy_tree(top: Path, copy: Path) -> None:
    for name in COPIED:
        _copy(top / name, copy / name)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    else:
        shutil.copy2(source, target)


def _run(copy: Path, test: str) -> tuple[Found, str]:
    drop = ("PYTEST_", "GITCOORD_TORTURE")
    env = {key: value for key, value in os.environ.items() if not key.startswith(drop)}
    env |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=line", test]
    argv += ["-o", f"faulthandler_timeout={LIMIT - STACKS}", f"--basetemp={copy}/temporary"]
    status, said = _ended(argv, copy, env)
    if status is None:
        return Found.UNTOLD, f"it did not end within {LIMIT} seconds\n{said}"
    if status == 0:
        return Found.UNNOTICED, said
    return Found.NOTICED if status == FAILED else Found.UNTOLD, said


def _ended(argv: list[str], cwd: Path, env: dict[str, str]) -> tuple[int | None, str]:
    """Run a program, at most for the limit; return its exit status, None where it was cut off, and what it printed.

    That goes to a file: what the program left behind may keep a pipe open long after its end.
    """
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(argv, cwd=cwd, env=env, stdout=words, stderr=words, start_new_session=True)
        status: int | None = None
        try:
            status = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        words.seek(0)
        return status, words.read().decode("utf-8", "replace")
