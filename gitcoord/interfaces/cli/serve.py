"""`git coord serve`."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import option
from gitcoord.errors import Stopped
from gitcoord.errors.usage import Exclusive, NotInstalled
from gitcoord.interfaces.surroundings import current_directory

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation
    from gitcoord.interfaces.http.project import Project

NEEDED = ("starlette", "uvicorn", "websockets", "h11", "anyio")


@dataclass(frozen=True, slots=True)
class Request:
    """Serve programs on this machine over HTTP, and people the board as a page, until interrupted."""

    port: Annotated[int, option(metavar="N", least=0, most=65535, help="The port; 0 for a free one.")] = 8765
    socket: Annotated[str, option(metavar="PATH", help="Serve at a socket in the file system instead.")] = ""
    repo: Annotated[list[str], option(metavar="DIR", help="A repository; may be repeated.")] = field(
        default_factory=list
    )
    opening: Annotated[bool, option("--open", help="Open the board in a browser.")] = False


def run(this: Invocation, request: Request) -> None:
    """Serve programs on this machine over HTTP, and people the board as a page, until interrupted."""
    port, socket, opening = request.port, request.socket, request.opening
    try:
        from gitcoord.interfaces.http import project, server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        raise NotInstalled(
            "the server", str(error.name), f"{sys.executable} -m pip install 'gitcoord[serve]'"
        ) from error
    if socket and opening:
        raise Exclusive("--open", "--socket")
    here = this.directory or current_directory()
    directories = [str(Path(here, name)) for name in request.repo or ["."]]
    projects = project.open_projects(directories, this.environ, this.session)
    if socket:
        path = Path(here, socket)
        listening, hosts, address = [server.listen_at(path)], server.hosts_of(0), f"unix:{path}"
        ours = path.stat()
    else:
        listening = server.listen(port)
        port = listening[0].getsockname()[1]
        hosts, address = server.hosts_of(port), f"http://127.0.0.1:{port}"

    def begun() -> None:
        _say(this, address, projects)
        if opening:
            _open(address, projects)

    signal.signal(signal.SIGTERM, _end)
    try:
        server.run(server.make(projects, hosts), listening, begun)
    except Stopped:
        pass
    finally:
        if socket:
            _remove(path, ours)


def _open(address: str, projects: dict[str, Project]) -> None:
    """Open the board of the first project in a browser."""
    import webbrowser

    first = next(iter(projects.values()))
    webbrowser.open(first.tokens.way_in(_at(address, first, projects)).as_uri())


def _remove(path: Path, ours: os.stat_result) -> None:
    """Remove our socket; by now another server may listen at its place."""
    with suppress(FileNotFoundError):
        if os.path.samestat(path.stat(), ours):
            path.unlink()


def _end(_: int, __: object) -> NoReturn:
    raise Stopped


def _at(address: str, project: Project, projects: dict[str, Project]) -> str:
    """Return where a project is served."""
    return f"{address}/projects/{project.name}" if len(projects) > 1 else address


def _say(this: Invocation, address: str, projects: dict[str, Project]) -> None:
    """Tell where the server is, and where its tokens are."""
    found = [
        {
            "project": name,
            "address": _at(address, one, projects),
            "token": str(one.tokens.path("all")),
            "token_read": str(one.tokens.path("read")),
            "is_read": one.is_read,
        }
        for name, one in projects.items()
    ]
    lines = [f"serving {one['project']} at {one['address']}" for one in found]
    if address.startswith("http"):
        lines += [
            f"  open the board:  {one['address']}/sign-in#{projects[str(one['project'])].tokens.read('all')}"
            for one in found
        ]
    lines += [f"  the token of {one['project']}: {one['token']}; to read only: {one['token_read']}" for one in found]
    lines += [
        f"  the history of {name} is being read for the first time: until then what needs it is answered with 503"
        for name, project in projects.items()
        if not project.is_read
    ]
    this.answer({"address": address, "projects": found}, [] if this.quiet else lines)
    sys.stdout.flush()
