"""What shells complete, asked of the shells themselves: bash with and without git's completion, zsh, fish."""

from __future__ import annotations

import functools
import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.interfaces.cli.commands import ALIASES, WORDS
from gitcoord.interfaces.cli.completion import commands, common

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Repo

GITS = (Path("/usr/share/bash-completion/completions/git"), Path("/etc/bash_completion.d/git"))

TYPED = [
    (["met"], {"metrics"}),
    (["cla"], {"claim", "claims"}),
    (["unl"], {"unlock"}),
    (["claim", "--wi"], {"--wide"}),
    (["lock", "--an"], {"--any"}),
    (["claim", "--wait", "1m", "src", "--sh"], {"--shared"}),
    (["--session", "x", "who"], {"whoami"}),
    (["-C", "claim", "rel"], {"release"}),
    (["--ses"], {"--session"}),
    (["help", "met"], {"metrics"}),
    (["completion", "f"], {"fish"}),
    (["claim", "--wait", "--wi"], set()),
    (["end", "--wide"], set()),
    (["task", "ad"], {"add"}),
    (["task", "add", "--aft"], {"--after", "--after-any"}),
    (["--session", "x", "state", "set", "plan", "--if"], {"--if-version"}),
    (["task", "show", "--aft"], set()),
]
"""Words behind the program's name, the last of them begun, and what it can become."""


def shell(name: str) -> str:
    """The path of a shell, or a skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def script(shared_repo: Repo, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes the completion for a shell to a file, once."""

    def write(name: str) -> Path:
        path = tmp_path_factory.mktemp(name) / "script"
        path.write_text(shared_repo.here("completion", name, check=True).out)
        return path

    return functools.cache(write)


def bash(text: str, cwd: Path) -> list[str]:
    """Run a bash script; returns the words that it prints."""
    done = subprocess.run([shell("bash"), "-c", text], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(("words", "wanted"), TYPED)
def test_bash_itself(script: Callable[[str], Path], tmp_path: Path, words: list[str], wanted: set[str]) -> None:
    """For `git-coord` bash completes commands, aliases and options, and no option as the value of another."""
    line = " ".join(["git-coord", *words])
    text = f"source {script('bash')}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; __git_coord_itself"
    assert set(bash(f'{text}; echo "${{COMPREPLY[@]}}"', tmp_path)) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("words", "wanted"), [pair for pair in TYPED if pair[1]])
def test_bash_for_git(script: Callable[[str], Path], tmp_path: Path, words: list[str], wanted: set[str]) -> None:
    """For `git coord` git's own completion asks ours, whatever options of git stand before."""
    gits = [path for path in GITS if path.exists()]
    if not gits:
        pytest.skip("git's completion for bash is not installed")
    for before in (["git"], ["git", "-C", "/tmp", "--no-pager"]):
        line = [*before, "coord", *words]
        text = (
            f"source {script('bash')}; source {gits[0]}; COMP_WORDS=({' '.join(line)}); COMP_CWORD={len(line) - 1}; "
            "COMP_LINE=${COMP_WORDS[*]}; COMP_POINT=${#COMP_LINE}; __git_wrap__git_main"
        )
        assert set(bash(f'{text}; echo "${{COMPREPLY[@]}}"', tmp_path)) == wanted


def test_a_path_is_left_to_the_shell(script: Callable[[str], Path], tmp_path: Path) -> None:
    """Where a path stands nothing of ours is offered, so that the shell completes files."""
    text = f"source {script('bash')}; COMP_WORDS=(git-coord claim sr); COMP_CWORD=2; __git_coord_itself"
    assert bash(f'{text}; echo "${{COMPREPLY[@]}}"', tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("program", ["git-coord", "git coord", "git -C /tmp coord"])
def test_fish(script: Callable[[str], Path], tmp_path: Path, program: str) -> None:
    """Fish completes the same for both spellings of the program."""
    lines = [(" ".join([program, *words]), wanted) for words, wanted in TYPED if wanted]
    asked = "; ".join(f"complete -C '{line}'; echo ==" for line, _ in lines)
    env = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    argv = [shell("fish"), "--no-config", "-c", f"source {script('fish')}; {asked}"]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert not done.stderr
    answers = [{line.split("\t")[0] for line in part.splitlines() if line} for part in done.stdout.split("==\n")[:-1]]
    assert answers == [wanted for _, wanted in lines]


def test_fish_leaves_other_commands_of_git_alone(script: Callable[[str], Path], tmp_path: Path) -> None:
    """`git clai` is nothing of ours."""
    env = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    argv = [shell("fish"), "--no-config", "-c", f"source {script('fish')}; complete -C 'git clai'"]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert "claim" not in done.stdout


class Terminal:
    """An interactive zsh."""

    def __init__(self, home: Path, script: Path) -> None:
        zsh = shell("zsh")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            os.execve(zsh, [zsh, "-f", "-i"], {"TERM": "dumb", "HOME": str(home), "PATH": os.environ["PATH"]})
        self.type(f"PS1='> '; autoload -Uz compinit; compinit -u -D; source {script}; print rea''dy\n")
        self.until("ready")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.fd, keys.encode())

    def until(self, wanted: str, seconds: float = 60.0) -> str:
        """What the terminal shows until `wanted` is among it. Fails where that takes too long."""
        shown, deadline = b"", time.monotonic() + seconds
        while wanted.encode() not in shown:
            ready, _, _ = select.select([self.fd], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{wanted!r} is not shown: {shown!r}"
            shown += os.read(self.fd, 65536)
        return shown.decode(errors="replace")

    def close(self) -> None:
        """End it."""
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def test_zsh(script: Callable[[str], Path], tmp_path: Path) -> None:
    """Zsh completes commands and options for both spellings of the program."""
    terminal = Terminal(tmp_path, script("zsh"))
    try:
        for program in ("git-coord", "git coord"):
            for words, whole in (
                (["met"], "metrics "),
                (["claim", "--wi"], "--wide "),
                (["claim", "--wait", "1m", "--sh"], "--shared "),
                (["--session", "x", "who"], "whoami "),
                (["help", "met"], "metrics "),
                (["task", "impo"], "import "),
                (["task", "add", "--not"], "--not-before "),
            ):
                line = " ".join([program, *words[:-1]])
                terminal.type(f"{line} {words[-1]}\t")
                terminal.until(f"{line} {whole}")
                terminal.type("\x15")
    finally:
        terminal.close()


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_there(shared_repo: Repo, name: str) -> None:
    """The script names each command, alias and option that there is; no table is kept by hand."""
    text = shared_repo.here("completion", name, check=True).out
    for known in (*WORDS, *ALIASES):
        assert known in text
    options = {spelled for command in commands() for option in command.options for spelled in option.names}
    options |= {spelled for option in common() for spelled in option.names}
    assert {"--wide", "--attach", "--version", "-C"} <= options
    for option in options:
        assert (option.lstrip("-") if name == "fish" else option) in text


def test_an_unknown_shell(shared_repo: Repo) -> None:
    """A shell that there is no completion for is a usage error that names those that there are."""
    ran = shared_repo.here("completion", "tcsh")
    assert ran.status == 2
    assert "bash, zsh, fish" in ran.err
