"""`git coord`: finds the command, runs it, and turns errors into exit statuses in one place."""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click
import typer
from typer.core import TyperArgument, TyperCommand
from typer.utils import get_params_from_function

from gitcoord import __version__
from gitcoord.errors import CannotTell, CoordError, Unreadable, Usage
from gitcoord.interfaces.cli.commands import ALIASES, FIRST, OWN, WORDS, listed, noun_of
from gitcoord.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BUG = 70
INTERRUPTED = 130
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ESTALE, errno.ENOLCK)
"""What a disk says that is full or fails: not a bug of ours."""


_OUT_OF_PLACE = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP)


def _option(*names: str, **settings: Any) -> click.Option:
    return click.Option(list(names), expose_value=False, **settings)


def common_options() -> list[click.Parameter]:
    """The options that stand before or after every command."""

    def store(name: str) -> Any:
        def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
            if value:
                setattr(context.obj, name, value)

        return callback

    return [
        _option("--json", is_flag=True, callback=store("json"), help="Print one JSON object."),
        _option("--session", metavar="ID", callback=store("session"), help="Act as this session."),
        _option("-C", "run_in", metavar="DIR", callback=store("directory"), help="Run as if started there."),
        _option("-q", "--quiet", is_flag=True, callback=store("quiet"), help="Print only the result."),
    ]


class _Commands(click.Group):
    """All commands, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        return load(name) if name in WORDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        # What stands behind a command that there is not is never parsed, and still says how to answer.
        ctx.obj.json = ctx.obj.json or "--json" in args
        if name == "stop":
            raise Usage("there is no command 'stop'", "did you mean `end`? to stop everybody: `halt`")
        if ALIASES.get(name, name) not in WORDS:
            import difflib

            known = [*WORDS, *ALIASES]
            begun = [one for one in known if name and one.startswith(name)]
            near = begun or difflib.get_close_matches(name, known, n=1)
            raise Usage(
                f"there is no command {name!r}",
                f"did you mean `{near[0]}`?" if near else "see them all with: git coord help -a",
            )
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(overview(FIRST))


class _Command(TyperCommand):
    """A command. Click 8.5 has a help of its own for arguments: it empties typer's, and lists them a second time."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before `--`, where the command takes what stands behind it as it is."""
        if self._rest:
            from gitcoord.interfaces.cli.noun import REST

            at = args.index("--") if "--" in args else len(args)
            ctx.meta[REST] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Options and arguments, and what stands behind `--`."""
        return super().collect_usage_pieces(ctx) + (["--", self._rest] if self._rest else [])

    @property
    def _rest(self) -> str:
        """What the words behind `--` are called; '' where they are nothing of their own."""
        return getattr(self.callback, "rest", "")

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: typer lists them together with the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments and options, each with its help."""
        assert self.callback is not None
        said = get_params_from_function(self.callback)
        for param in self.params:
            if isinstance(param, TyperArgument) and not param.help:
                param.help = getattr(said[param.name or ""].default, "help", None)
        super().format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, each on a line of its own."""
        with formatter.section("Examples"):
            for example in listed()[self.name or ""].examples:
                formatter.write(f"{'':>{formatter.current_indent}}git coord {example}\n")


class _Group(click.Group):
    """The commands of a noun that begin with one word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            word = self.name or ""
            raise Usage(f"there is no command '{word} {args[0]}'", f"see them all with: git coord help {word}")
        return super().resolve_command(ctx, args)


def load(word: str) -> click.Command:
    """The command of this name, or the group of those that begin with this word, with the common options."""
    noun = noun_of(word)
    if not noun:
        module = importlib.import_module(f"gitcoord.interfaces.cli.{OWN[word].module}")
        return _command(word, module.run, OWN[word].summary, getattr(module, "SETTINGS", {}))
    from gitcoord.domain import registry
    from gitcoord.interfaces.cli.noun import runner

    found, said = registry.commands(noun, word), registry.summaries(noun)
    if word in found:
        return _command(word, runner(found[word]), said[word].text, {})
    inner = {
        name.partition(" ")[2]: _command(name, runner(command), said[name].text, {}) for name, command in found.items()
    }
    return _Group(
        word,
        commands=inner,
        params=common_options(),
        help=said[word].text,
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
    )


def find(words: Sequence[str]) -> click.Command | None:
    """The command, or the group of commands, that these words name; None where there is none."""
    word = ALIASES.get(words[0], words[0])
    found = load(word) if word in WORDS else None
    for inner in words[1:]:
        found = found.commands.get(inner) if isinstance(found, click.Group) else None
    return found


def _command(name: str, run: Callable[..., None], summary: str, settings: dict[str, Any]) -> click.Command:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(
        name,
        cls=_Command,
        help=summary,
        context_settings={"help_option_names": ["-h", "--help"], **settings},
    )(run)
    command = typer.main.get_command(app)
    own = {option for param in command.params for option in param.opts}
    command.params += [param for param in common_options() if not own.intersection(param.opts)]
    return command


def overview(names: tuple[str, ...]) -> str:
    """The commands of these names, a line each."""
    known = listed()
    width = max(len(name) for name in names)
    lines = ["usage: git coord COMMAND [--json] [--session ID] [-C DIR] [-q] ...", ""]
    lines += [f"  {name:<{width}}  {known[name].summary}" for name in names]
    lines += ["", "git coord help COMMAND explains a command, git coord help -a lists all of them.", ""]
    return "\n".join(lines)


def run(argv: list[str], environ: dict[str, str]) -> int:
    """Run the command line; returns the exit status."""
    invocation = Invocation(environ)
    group = _Commands(
        "coord",
        params=[
            *common_options(),
            click.Option(["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version),
        ],
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
    )
    try:
        group.main(argv, prog_name="git coord", standalone_mode=False, obj=invocation)
    except CoordError as error:
        invocation.fail(error)
    except OSError as error:
        if error.errno not in _OUT_OF_PLACE or "/coord/" not in str(error.filename):
            raise
        said = f"cannot read or write {error.filename}: {error.strerror}"
        invocation.fail(Unreadable(said, "git coord doctor names what is damaged, git coord init mends it"))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx else "", file=sys.stderr)
        invocation.status = Usage.status
    except click.ClickException as error:
        invocation.json = invocation.json or "--json" in argv
        path = next((word for word in argv if ALIASES.get(word, word) in WORDS), "")
        invocation.fail(Usage(error.format_message().rstrip("."), f"see: git coord help {path}".rstrip()))
    except click.exceptions.Exit as error:
        invocation.status = error.exit_code
    except SystemExit:
        # Click makes this of a broken pipe, with status 1, which is a refusal; nothing else of ours exits.
        raise BrokenPipeError from None
    finally:
        invocation.close()
    return invocation.status


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        print(f"git-coord {__version__}")
        context.exit(0)


def _interrupt(_: int, __: object) -> NoReturn:
    # Git passes ^C on to us although the terminal sent it to us, too: the second would end the cleaning up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _write_no_more() -> None:
    """What could not be written would be tried once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _failed(error: Exception) -> int:
    """Say what nobody foresaw; returns the exit status."""
    if isinstance(error, OSError) and error.errno in DISK:
        _write_no_more()
        where = f" {error.filename}" if error.filename else ""
        print(f"error: cannot read or write{where}: {error.strerror}", file=sys.stderr)
        print("hint: the command may have taken effect: see git coord log", file=sys.stderr)
        return CannotTell.status
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
    except (KeyboardInterrupt, click.Abort):
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
