"""A copy of the package without one rule, and the test that has to notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .row import PACKAGE, TOP

if TYPE_CHECKING:
    from .row import Kept

COPIED = (PACKAGE, "tests", "hooks", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
"""What a test reads of the tree."""

LIMIT = 600
"""Seconds that a test may take."""

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
    try:
        ended = subprocess.run(argv, cwd=copy, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return Found.UNTOLD, "it did not end"
    if ended.returncode == 0:
        return Found.UNNOTICED, ended.stdout
    return Found.NOTICED if ended.returncode == FAILED else Found.UNTOLD, ended.stdout + ended.stderr
