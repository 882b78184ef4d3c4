"""The commands of the nouns, as typer runs them: parsed by what their requests say, shown as they say themselves."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from gitcoord.domain.command import Argument, Rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.command import Command, Option
    from gitcoord.interfaces.cli.invocation import Invocation


REST = "gitcoord.rest"
"""Under what click's context has the words behind `--`."""


def runner(command: Command) -> Callable[..., None]:
    """The function that typer calls for a command: it takes what the request has, asks, and answers."""

    rest = rest_of(command.request)

    def run(context: typer.Context, **given: Any) -> None:
        this: Invocation = context.obj
        call = this.call
        if rest:
            given[rest[0]] = context.meta[REST]
        with call.asked(command, command.request(**given)) as (answer, outcome):
            shown = command.quiet if this.quiet else command.lines
            this.answer(answer, shown(call, answer), outcome)
            sys.stdout.flush()

    parameters = [inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    parameters += _parameters(command.request)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = command.request.__doc__
    run.rest = rest[1].metavar if rest else ""  # type: ignore[attr-defined]
    return run


def rest_of(request: type[Any]) -> tuple[str, Rest] | None:
    """Return the field that takes the words behind `--`, None where there is none."""
    hints = get_type_hints(request, include_extras=True)
    found = ((field.name, hints[field.name].__metadata__[0]) for field in dataclasses.fields(request))
    return next(((name, about) for name, about in found if isinstance(about, Rest)), None)


def _parameters(request: type[Any]) -> list[inspect.Parameter]:
    """What typer is told of each field."""
    hints = get_type_hints(request, include_extras=True)
    found = []
    for field in dataclasses.fields(request):
        kind, about = hints[field.name].__origin__, hints[field.name].__metadata__[0]
        if isinstance(about, Rest):
            continue
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        elif default is dataclasses.MISSING:
            default = inspect.Parameter.empty
        said = typer.Argument(metavar=about.metavar, help=about.help) if isinstance(about, Argument) else _option(about)
        annotation: Any = Annotated[kind, said]
        found.append(
            inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        )
    return found


def _option(about: Option) -> Any:
    return typer.Option(*about.names, metavar=about.metavar or None, help=about.help, min=about.least, max=about.most)
