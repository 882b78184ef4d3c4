"""`git coord`: finds the command, runs it, and turns errors into exit statuses in one place."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from gitcoord import errors
from gitcoord.errors import CoordError
from gitcoord.interfaces.cli import plain
from gitcoord.interfaces.cli.commands import version
from gitcoord.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

BUG = 70
INTERRUPTED = 130


def run(argv: Sequence[str], environ: dict[str, str]) -> int:
    """Run the command line; returns the exit status."""
    invocation = Invocation(environ)
    try:
        _run(invocation, argv)
    except CoordError as error:
        invocation.fail(error)
    except OSError as error:
        case = errors.storage.of_system(error)
        if case is None or not (error.filename or invocation.json):  # the output itself, perhaps
            raise
        invocation.fail(case)
    finally:
        invocation.close()
    return invocation.status


def _run(invocation: Invocation, argv: Sequence[str]) -> None:
    """Run a command line that is read at once; any other is typer's, which takes longer to load than most commands."""
    if list(argv) == ["--version"]:
        print(version())
        return
    asked = plain.read(argv)
    if asked is None:
        from gitcoord.interfaces.cli import parser

        parser.run(invocation, argv)
        return
    for name, value in asked.common.items():
        setattr(invocation, name, value)
    asked.run(invocation, asked.request)


def _interrupt(_: int, __: object) -> NoReturn:
    # Git passes ^C on to us although the terminal sent it to us, too: the second would end the cleaning up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _write_no_more() -> None:
    """What could not be written would be tried once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _failed(error: Exception) -> int:
    """Say what nobody foresaw; returns the exit status."""
    case = errors.storage.of_system(error) if isinstance(error, OSError) else None
    if case is not None:
        _write_no_more()
        print(f"error: {case.message}\nhint: {case.hint}", file=sys.stderr)
        return case.status
    import traceback

    traceback.print_exception(error)
    print("error: this is a bug in gitcoord; nothing is known to be lost", file=sys.stderr)
    return BUG


def main() -> NoReturn:
    """The program `git-coord`."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name may have characters for which the locale has no bytes: better escaped than not shown at all.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = run(sys.argv[1:], dict(os.environ))
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # Who reads us has read enough.
        _write_no_more()
        status = 0
    except Exception as error:
        status = _failed(error)
    sys.stdout.flush()
    # Nothing is left to do that interpreter shutdown would be good for.
    os._exit(status)
