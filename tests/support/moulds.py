"""Repositories made once and copied for each test: as they were made, but that each knows where it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from gitcoord.kernel import whereabouts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HOUR = 3600


def press(mould: Path, into: Path, env: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
    """Copy repositories in the directory `mould` into another one, in place of what they find there.

    All are copied, or those that `names` gives a name. What named the mould's path names the new one, the clones stay
    themselves (a plain copy of a clone is a clone of its own), and what was written as the time is the time now.
    """
    names = names or {path.name: path.name for path in mould.iterdir()}
    moved = {str(mould / name): str(into / copy) for name, copy in names.items()}
    for name, new in names.items():
        path, copy = mould / name, into / new
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(path, copy, symlinks=True, copy_function=shutil.copy)
        git_dir = copy / ".git" if (copy / ".git").exists() else copy
        _move(git_dir, moved)
        if (git_dir / "index").exists():  # the copies of its files are not those that it has seen
            subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=copy, env=env, check=True)


def _move(git_dir: Path, paths: Mapping[str, str]) -> None:
    coord = git_dir / "coord"
    files = [path for path in coord.iterdir() if path.is_file()] if coord.exists() else []
    for path in (git_dir / "config", *files):
        content = path.read_bytes()
        moved = content
        for there, here in paths.items():
            moved = moved.replace(there.encode(), here.encode())
        if content.strip().isdigit() and abs(int(content) - time.time()) < _HOUR:
            moved = str(int(time.time())).encode()
        if moved != content:
            path.write_bytes(moved)
    if (coord / "clone").exists():
        known = json.loads((coord / "clone").read_text())
        (coord / "clone").write_text(json.dumps(known | whereabouts.of(str(coord))))
