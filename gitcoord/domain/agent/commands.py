"""Install what an agent needs to coordinate by itself, and take it out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.agent import changing
from gitcoord.domain.agent.parts import Where
from gitcoord.domain.agent.programs import PROGRAMS
from gitcoord.domain.command import Argument, Command, option
from gitcoord.errors.agent import NoAgentNamed, NoHome
from gitcoord.errors.place import NoProject
from gitcoord.errors.usage import NotOneOf
from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.agent.changing import Change
    from gitcoord.domain.agent.parts import Part, Program
    from gitcoord.domain.call import Call

SCOPES = ("user", "project")

_SHELL_PATIENCE = 5.0
"""Seconds that a login shell gets to find the program."""

_AGENTS = f"{', '.join(PROGRAMS)}."


@dataclass(frozen=True, slots=True)
class Install:
    """Write hooks, the MCP server and permissions into the configuration of coding agents.

    What is there stays as it is. A second time nothing is to be done. Without --scope it is for you, in every
    repository; where a repository is not set up for gitcoord, the hooks end at once.
    """

    agents: Annotated[list[str], Argument("[AGENT]...", _AGENTS)] = field(default_factory=list)
    every: Annotated[bool, option("--all", help="All agents that are known.")] = False
    scope: Annotated[
        str, option("--scope", metavar="user|project", help="For you, or for all who work in this repository.")
    ] = "user"
    dry_run: Annotated[bool, option("--dry-run", help="Show the change, and write nothing.")] = False


@dataclass(frozen=True, slots=True)
class Uninstall(Install):
    """Take out what `agent install` wrote. The rest of the configuration is left exactly as it is."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file, what happened to it (created, changed, deleted, unchanged), and the change as a unified diff."""

    path: str
    change: str
    diff: list[str]


@dataclass(frozen=True, slots=True)
class AgentChange:
    """What happened for an agent. `restart` says which windows learn of it, and how; `notes` what else to know."""

    agent: str
    files: list[FileChange]
    restart: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Installed:
    """What happened, an agent after the other; `written` is false where it was only shown."""

    agents: list[AgentChange]
    scope: str
    written: bool


def install(call: Call, request: Install) -> Installed:
    """Install for the agents that were named. Raises `Usage`, `Unreadable`, `Busy`."""
    programs, found = _named(request), _login_shell_finds(call)
    where = {program.name: _where(call, request, program, found) for program in programs}
    answer = _change(programs, where, changing.installing, request)
    if not found:
        call.warnings.append(
            "a login shell (bash -lc) does not find git coord: agents that use one, as Codex does, cannot type it; add"
            f" {Path(call.around.python).parent} to the PATH in ~/.profile"
        )
    return answer


def uninstall(call: Call, request: Uninstall) -> Installed:
    """Take out what was installed for the agents that were named. Raises `Usage`, `Unreadable`, `Busy`."""
    programs = _named(request)
    where = {program.name: _where(call, request, program, found=True) for program in programs}
    return _change(programs, where, changing.uninstalling, request)


def _named(request: Install) -> list[Program]:
    if request.scope not in SCOPES:
        raise NotOneOf(request.scope, "a scope", SCOPES)
    if request.every == bool(request.agents):
        raise NoAgentNamed(PROGRAMS)
    unknown = [name for name in request.agents if name not in PROGRAMS]
    if unknown:
        raise NotOneOf(unknown[0], "an agent that gitcoord knows", PROGRAMS)
    return [PROGRAMS[name] for name in dict.fromkeys(request.agents or PROGRAMS)]


def _where(call: Call, request: Install, program: Program, found: bool) -> Where:
    """Say for whom it is, and how hooks and server are started there."""
    home, project = call.environ.get("HOME", ""), request.scope == "project"
    if not home.startswith("/"):
        raise NoHome()
    if project and not call.place.top:
        raise NoProject()
    top = Path(call.place.top) if project else Path(home)
    line = call.around.hook_line
    return Where(
        call.environ,
        Path(home),
        top,
        project,
        lambda event: line(program.name, event, project),
        ("git", "coord", "mcp") if project or found else (*_program(call.around.python), "mcp"),
    )


def _program(python: str) -> tuple[str, ...]:
    beside = Path(python).parent / "git-coord"
    return (str(beside),) if beside.is_file() else (python, "-m", "gitcoord")


def _login_shell_finds(call: Call) -> bool:
    """Whether `git coord` is on the path of a login shell, which is what several agents run commands in."""
    ran = spawn.run(["bash", "-lc", "git coord --version"], dict(call.environ), timeout=_SHELL_PATIENCE)
    return ran[0] == 0 and ran[1].startswith(b"git-coord")


def _change(
    programs: list[Program],
    where: dict[str, Where],
    plan: Callable[[Part, Where], Change],
    request: Install,
) -> Installed:
    """Plan all changes, so that nothing is written where one file cannot be, then make them."""
    planned = [
        (program, [(part, plan(part, where[program.name])) for part in program.files(where[program.name])])
        for program in programs
    ]
    answers = []
    for program, changes in planned:
        here = where[program.name]
        done = [change if request.dry_run else changing.carry_out(part, here, plan) for part, change in changes]
        told = [FileChange(str(one.path), one.word, list(one.diff())) for one in done if one.then or one.now]
        notes = [text for one in done for text in one.kept]
        notes += program.notes(here) if plan is changing.installing else ()
        restart = program.restart if any(one.change != "unchanged" for one in told) else ""
        answers.append(AgentChange(program.name, told, restart, notes))
    return Installed(answers, request.scope, not request.dry_run)


def _lines(call: Call, answer: Installed) -> Iterator[str]:
    for agent in answer.agents:
        for file in agent.files:
            if not answer.written:
                yield from file.diff
            elif file.change != "unchanged":
                yield f"{agent.agent}: {file.change} {file.path}"
        if all(file.change == "unchanged" for file in agent.files):
            yield f"{agent.agent}: nothing to do"
        elif answer.written:
            yield f"{agent.agent}: {agent.restart}"
        yield from (f"{agent.agent}: {note}" for note in agent.notes)
    if not answer.written:
        yield "nothing was written: this was a dry run"


COMMANDS = (
    Command("agent install", Install, install, _lines),
    Command("agent uninstall", Uninstall, uninstall, _lines, does="destroys"),
)
