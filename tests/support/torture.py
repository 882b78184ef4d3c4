"""How much is tried: `GITCOORD_TORTURE=2` and more runs the long variants of tests, which are left out by default.

And programs that are killed at a chosen call.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

T = TypeVar("T")

TIMES = max(1, int(os.environ.get("GITCOORD_TORTURE", "1")))


def every(step: int, cases: Iterable[T]) -> list[T]:
    """Return every so many of these cases, the first among them, and all of them in the long variant."""
    return list(itertools.islice(cases, 0, None, 1 if TIMES > 1 else step))


def repeated(number: int) -> int:
    """Return how often something is done: half of this number, and in the long variant `TIMES` times it."""
    return number * TIMES if TIMES > 1 else (number + 1) // 2


def chosen(short: Container[T], cases: Iterable[T]) -> list[T]:
    """Return those of these cases that the ordinary suite runs, and all of them in the long variant."""
    return [case for case in cases if TIMES > 1 or case in short]


def drawn(examples: int) -> int:
    """Return how many examples Hypothesis draws: a third of these, and all of them in the long variant."""
    return examples if TIMES > 1 else examples // 3


def killed(calls: str, when: int, *files: Path, trace: str = os.devnull) -> list[str]:
    """The words before a command that kill it, or a program of its, at its `when`-th call of these.

    With `files`, only calls on these count. `trace` is the file that says at the end who was killed. (strace's option
    `--seccomp-bpf` would be four times as fast, but kills nothing.)
    """
    return _injected(f"{calls}:signal=KILL:when={when}", files, trace)


def failing(calls: str, error: str, *files: Path, when: int | None = None, trace: str = os.devnull) -> list[str]:
    """The words before a command for which the system refuses the `when`-th of these calls, or each, with `error`."""
    return _injected(f"{calls}:error={error}" + (f":when={when}" if when else ""), files, trace)


def _injected(what: str, files: Iterable[Path], trace: str) -> list[str]:
    only = [word for file in files for word in ("-P", str(file))]
    quiet = ["-qq"] if trace == os.devnull else []
    return ["strace", "-f", *quiet, "-o", trace, *only, "-e", f"inject={what}"]


def skip_unless_killed(base: Path) -> None:
    """Skip the test where strace is missing or may not inject signals."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = base / "probe"
    probe.write_text("x")
    argv = [*killed("rename,renameat,renameat2", 1), "mv", str(probe), str(base / "moved")]
    if subprocess.run(argv, check=False, capture_output=True).returncode not in (-9, 137):
        pytest.skip("strace may not inject signals here")
