"""Every command line that there is, parsed by typer: help, errors, and whatever `plain` leaves to it."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
from typer.core import TyperArgument, TyperCommand
from typer.utils import get_params_from_function

from gitcoord import errors
from gitcoord.domain.command import REQUIRED, Argument, Rest, fields
from gitcoord.errors import Usage
from gitcoord.interfaces.cli import runs
from gitcoord.interfaces.cli.commands import ALIASES, COMMON, FIRST, OWN, WORDS, listed, overview, version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitcoord.domain.command import Field, Option
    from gitcoord.interfaces.cli.invocation import Invocation

REST = "gitcoord.rest"
"""Under what click's context has the words behind `--`."""


def run(invocation: Invocation, argv: Sequence[str]) -> None:
    """Parse a command line and run the command. Raises `CoordError`, and `Usage` for what cannot be parsed."""
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
        group.main(list(argv), prog_name="git coord", standalone_mode=False, obj=invocation)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx else "", file=sys.stderr)
        invocation.status = Usage.status
    except click.ClickException as error:
        invocation.json = invocation.json or "--json" in argv
        path = next((word for word in argv if ALIASES.get(word, word) in WORDS), "")
        within = (
            error.ctx.command_path.partition(f"{path} ")[2] if isinstance(error, click.UsageError) and error.ctx else ""
        )
        path = f"{path} {within}".rstrip()
        raise errors.cli.BadLine(error.format_message().rstrip("."), path) from None
    except click.exceptions.Exit as error:
        invocation.status = error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        # Click makes this of a broken pipe, with status 1, which is a refusal; nothing else of ours exits.
        raise BrokenPipeError from None


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        print(version())
        context.exit(0)


def common_options() -> list[click.Parameter]:
    """The options that stand before or after every command."""

    def store(name: str) -> Any:
        def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
            if value:
                setattr(context.obj, name, value)

        return callback

    def option(field: Field) -> click.Option:
        about: Any = field.about
        return click.Option(
            [*about.names, f"common_{field.name}"],
            is_flag=field.kind is bool,
            metavar=about.metavar or None,
            help=about.help,
            expose_value=False,
            callback=store(field.name),
        )

    return [option(field) for field in COMMON]


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
            raise errors.cli.StopIsTwo()
        if ALIASES.get(name, name) not in WORDS:
            import difflib

            known = [*WORDS, *ALIASES]
            begun = [one for one in known if name and one.startswith(name)]
            near = begun or difflib.get_close_matches(name, known, n=1)
            raise errors.cli.NoCommand(name, near[0] if near else "")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(overview(FIRST))


class _Command(TyperCommand):
    """A command. Click 8.5 has a help of its own for arguments: it empties typer's, and lists them a second time."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before `--`, where the command takes what stands behind it as it is."""
        if self._rest:
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
            raise errors.cli.NoCommand(f"{word} {args[0]}", of=word)
        return super().resolve_command(ctx, args)


def load(word: str) -> click.Command:
    """The command of this name, or the group of those that begin with this word, with the common options."""
    found = runs.of(word)
    if not found:
        module = importlib.import_module(f"gitcoord.interfaces.cli.{OWN[word].module}")
        return _command(word, module.run, OWN[word].summary, module.SETTINGS)
    said = runs.summaries(word)
    if word in found:
        return _command(word, _callback(found[word]), said[word], {})
    inner = {name.partition(" ")[2]: _command(name, _callback(one), said[name], {}) for name, one in found.items()}
    return _Group(
        word,
        commands=inner,
        params=common_options(),
        help=said[word],
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


def _callback(run: runs.Run) -> Callable[..., None]:
    """The function that typer calls for a command: it takes what the request has, and runs the command."""
    known = fields(run.request)
    rest = next((field for field in known if isinstance(field.about, Rest)), None)

    def callback(context: typer.Context, **given: Any) -> None:
        if rest is not None:
            given[rest.name] = context.meta[REST]
        run.run(context.obj, run.request(**given))

    parameters = [inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    parameters += [_parameter(field) for field in known if field is not rest]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    callback.__doc__ = run.request.__doc__
    callback.rest = rest.about.metavar if rest is not None else ""  # type: ignore[attr-defined]
    return callback


def _parameter(field: Field) -> inspect.Parameter:
    """What typer is told of a field."""
    about = field.about
    said = typer.Argument(metavar=about.metavar, help=about.help) if isinstance(about, Argument) else _option(about)
    default = inspect.Parameter.empty if field.default is REQUIRED else field.default
    annotation: Any = Annotated[field.kind, said]
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _option(about: Option | Rest) -> Any:
    assert not isinstance(about, Rest)
    return typer.Option(*about.names, metavar=about.metavar or None, help=about.help, min=about.least, max=about.most)
