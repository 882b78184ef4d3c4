"""The git program, run the one way that is safe: scrubbed environment, no hooks of the user, nothing that prompts.

Light: the guard uses it.
"""

from __future__ import annotations

import os

from gitcoord.errors import GitFailed
from gitcoord.kernel import spawn

# Where git was told which repository it is in; a command of ours names its repository itself
# (`git rev-parse --local-env-vars`).
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")


def scrubbed(environ: dict[str, str], *, keep_local: bool = False) -> dict[str, str]:
    """The environment for a git of ours.

    Takes out what points at another repository (unless `keep_local`: a hook wants the index that git gave it), and
    replacement refs, prompts, traces and translated messages.
    """
    env = dict(environ)
    if not keep_local:
        for name in _LOCAL:
            env.pop(name, None)
    for name in list(env):
        if name.startswith("GIT_TRACE"):
            del env[name]
    env["GIT_TERMINAL_PROMPT"] = "0"
    env["GIT_NO_REPLACE_OBJECTS"] = "1"
    env["GIT_OPTIONAL_LOCKS"] = "0"
    env["LC_ALL"] = "C.UTF-8"
    return env


class Git:
    """The git program bound to a place: a directory to stand in, or a git directory."""

    __slots__ = ("env", "prefix")

    def __init__(
        self,
        environ: dict[str, str],
        *,
        cwd: str = "",
        git_dir: str = "",
        work_tree: str = "",
        keep_local: bool = False,
    ) -> None:
        self.env = scrubbed(environ, keep_local=keep_local)
        self.prefix = ["git", *_QUIET]
        if cwd:
            self.prefix += ["-C", cwd]
        if git_dir:
            self.prefix += ["--git-dir=" + git_dir]
        if work_tree:
            self.prefix += ["--work-tree=" + work_tree]

    def start(self, *args: str, keep_stderr: bool = False) -> spawn.Process:
        """Start a git that stays; the caller talks to it and ends it."""
        try:
            return spawn.Process([*self.prefix, *args], self.env, keep_stderr=keep_stderr)
        except OSError as error:
            raise GitFailed(list(args), spawn.NOT_FOUND, str(error)) from error

    def ask(
        self,
        *args: str,
        data: bytes = b"",
        timeout: float | None = None,
        silence: float | None = None,
        stall: float | None = None,
    ) -> tuple[int, bytes, bytes]:
        """Run git; returns exit status, output and errors, whatever they are.

        The limits are in seconds: for all of it, for the first word that it says, and between two of them.
        """
        return spawn.run([*self.prefix, *args], self.env, data, timeout, silence, stall)

    def run(self, *args: str, data: bytes = b"", timeout: float | None = None) -> bytes:
        """Run git and return its output. Raises `GitFailed` on any exit status but 0."""
        status, out, err = self.ask(*args, data=data, timeout=timeout)
        if status != 0:
            raise GitFailed(list(args), status, err.decode(errors="replace"))
        return out

    def text(self, *args: str) -> str:
        """Run git and return its output as text without the last line end (bytes that are not UTF-8 escaped)."""
        return os.fsdecode(self.run(*args)).removesuffix("\n")
