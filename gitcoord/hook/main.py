"""One door for all hooks: which program a hook's name means, and its exit status.

A guard that cannot tell refuses; what only writes down what happened never stops anybody.
"""

from __future__ import annotations

import os
import sys

from gitcoord.errors import CoordError
from gitcoord.hook.context import Context
from gitcoord.kernel import sharing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RECORDERS = ("post-commit", "post-merge", "post-rewrite")
"""Hooks that come when all is done: they write down what happened and stop nobody."""

_DOCTOR = "git coord doctor"
_USAGE = 2


def main(argv: list[str]) -> int:
    """Run from a shim: `[--store=DIR] [--git=PID] NAME COMMON_DIR [ARGS...]`; returns the exit status."""
    store, asker = _option(argv, "--store="), _option(argv, "--git=")
    if len(argv) < 2:
        sys.stderr.write("usage: hook [--store=DIR] [--git=PID] NAME COMMON_DIR [ARGS...]\n")
        return _USAGE
    return run(argv[0], argv[1], argv[2:], dict(os.environ), _read_stdin, store=store, asker=asker)


def _option(argv: list[str], name: str) -> str:
    """Take an option off the front; '' where it is not there."""
    return argv.pop(0).removeprefix(name) if argv[:1] and argv[0].startswith(name) else ""


def run(
    name: str,
    common_dir: str,
    args: list[str],
    environ: dict[str, str],
    stdin: Callable[[], bytes],
    *,
    store: str = "",
    asker: str = "",
) -> int:
    """Do what the hook `name` is for; returns its exit status.

    `common_dir` is the common git directory, `args` what git gave the hook, `stdin` reads what git tells it there.
    `store` is the repository with the ledger where that is another, relative to the common directory. `asker` is the
    process id of the git that runs the hook, '' where it is not known.
    """
    context = Context(common_dir, store, environ, asker)
    sharing.adopt(context.coord_dir)
    try:
        if name in ("pre-commit", "prepare-commit-msg"):
            from gitcoord.hook import commit

            return commit.guard(context, name)
        if name == "pre-push":
            from gitcoord.hook import push

            return push.guard(context, args, stdin())
        if name in ("post-commit", "post-merge"):
            from gitcoord.hook import note

            return note.after(context, name)
        if name == "post-rewrite":
            from gitcoord.hook import push

            return push.after_rewrite(context, args, stdin())
    except Exception as error:
        return _failed(context, name, error)
    sys.stderr.write(f"error: gitcoord has no hook {name}\n")
    return _USAGE


def _failed(context: Context, name: str, error: Exception) -> int:
    """Something went wrong that nobody handled. Fails closed, except after the fact and on the owner's way out."""
    from gitcoord.policy.printable import printable

    if isinstance(error, CoordError):
        said, hint = printable(error.message), printable(error.hint) or _DOCTOR
    else:
        said, hint = printable(f"{type(error).__name__}: {error}"), _DOCTOR
    if name in RECORDERS:
        context.say([f"warning: git-coord's {name} hook failed; nothing was recorded: {said}"])
        return 0
    told = f"{name} of git-coord cannot read the claims: {said}"
    if context.strictness() != "refuse":
        context.say([f"warning: {told}"])
        return 0
    context.say([f"error: {told}", f"hint: {hint}"])
    return 1


def _read_stdin() -> bytes:
    parts = []
    while chunk := os.read(0, 65536):
        parts.append(chunk)
    return b"".join(parts)
