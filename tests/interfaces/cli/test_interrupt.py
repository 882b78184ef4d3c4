"""^C, before the program is loaded and after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repo

ROOT = Path(__file__).parents[3]


def test_interrupt_while_the_program_is_loaded(tmp_path: Path) -> None:
    """^C that comes before there is a program ends it like any other, without a word."""
    ready, loaded = os.pipe()
    slow = f"    if name == 'gitcoord.interfaces.cli.main':\n        os.write({loaded}, b'x')\n        time.sleep(60)\n"
    finder = (
        f"import os, sys, time\n\ndef find_spec(name, *_):\n{slow}\nsys.meta_path.insert(0, sys.modules[__name__])\n"
    )
    (tmp_path / "sitecustomize.py").write_text(finder)
    began = subprocess.Popen(
        [sys.executable, "-m", "gitcoord", "status"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stderr=subprocess.PIPE,
        pass_fds=[loaded],
    )
    assert os.read(ready, 1) == b"x"
    began.send_signal(signal.SIGINT)
    assert (began.communicate(timeout=30)[1], began.returncode) == (b"", -signal.SIGINT)


def test_installed_program_begins_there_too() -> None:
    """`git-coord` is what `python -m gitcoord` is."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert declared["project"]["scripts"]["git-coord"] == "gitcoord.__main__:main"


def test_program_can_be_interrupted_afterwards(repo: Repo) -> None:
    """What was put aside for the loading is back: who is interrupted while it waits cleans up."""
    alice = repo.start("alice")
    words = [sys.executable, "-m", "gitcoord", "watch", "--json", "--since", "1d"]
    env = repo.env | {"GIT_COORD_SESSION": alice}
    began = subprocess.Popen(words, cwd=repo.top, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert began.stdout is not None
    assert json.loads(began.stdout.readline())["kind"] == "register"
    began.send_signal(signal.SIGINT)
    assert (began.communicate(timeout=30)[1].strip(), began.returncode) == (b"", 130)
