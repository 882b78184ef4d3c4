"""Show workflows, and templates to begin with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.records import Written
from gitcoord.domain.workflow import file, record, view
from gitcoord.domain.workflow.finding import find
from gitcoord.domain.workflow.view import Workflows, shown
from gitcoord.errors.usage import Exclusive, NotOneOf
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Show:
    """Show how far a workflow is, stage by stage; without an id all that are open."""

    id: Annotated[str, Argument("ID", "The workflow, by the first characters of its id.")] = ""
    markdown: Annotated[bool, option("--markdown", help="As a Markdown checklist.")] = False
    mermaid: Annotated[bool, option("--mermaid", help="As a Mermaid flow chart.")] = False


@dataclass(frozen=True, slots=True)
class Template:
    """Print a workflow to begin with: change it, and start it."""

    name: Annotated[str, Argument("NAME", f"{', '.join(file.TEMPLATES)}; the first by default.")] = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A template: a workflow as its file has it."""

    name: str
    template: Written


def show(call: Call, request: Show) -> Workflows:
    """Return the workflows that were asked for. Raises `Usage`, `NotFound`."""
    if request.markdown and request.mermaid:
        raise Exclusive("--markdown", "--mermaid")
    call.look()
    call.reader()
    state = call.state
    found = [find(state, request.id)] if request.id else record.standing(state)
    return Workflows([shown(call.workspace, state, flow) for flow in found])


def template(_: Call, request: Template) -> Printed:
    """Return a template. Raises `Usage` where there is none of this name."""
    name = request.name or next(iter(file.TEMPLATES))
    if name not in file.TEMPLATES:
        raise NotOneOf(printable(name), "a template", file.TEMPLATES)
    return Printed(name, Written(json.dumps(file.TEMPLATES[name], indent=2)))


def _lines(call: Call, answer: Workflows) -> Iterator[str]:
    if not answer.workflows:
        yield "no workflow is open"
    elif call.request.mermaid:
        yield from view.as_mermaid(answer.workflows)
    else:
        for number, item in enumerate(answer.workflows):
            if number and call.request.markdown:
                yield ""
            yield from view.as_markdown(item) if call.request.markdown else view.lines(item)


def _template(_: Call, answer: Printed) -> Iterator[str]:
    yield from answer.template.splitlines()


COMMANDS = (
    Command("workflow show", Show, show, _lines, does="reads"),
    Command("workflow template", Template, template, _template, quiet=_template, does="reads"),
)
