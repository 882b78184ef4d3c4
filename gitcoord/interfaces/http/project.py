"""The repositories that one server serves, each apart: its tokens, its log, its events."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.history import feed
from gitcoord.errors.web import NamedTwice
from gitcoord.interfaces.http.access import AccessLog
from gitcoord.interfaces.http.asking import Asker
from gitcoord.interfaces.http.events import Feed
from gitcoord.interfaces.http.moments import Moments
from gitcoord.interfaces.http.tokens import Tokens
from gitcoord.interfaces.stopping import Stop
from gitcoord.kernel import clone
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitcoord.kernel.place import Place


class Project:
    """A repository as the server knows it. `name` is what it is called in paths."""

    def __init__(self, name: str, directory: str, environ: Mapping[str, str], session: str = "") -> None:
        self.name = name
        self.directory = directory
        self.environ = dict(environ)
        self.asker = Asker(environ, directory, session)
        self.place: Place = discover(directory, self.environ)
        self.tokens = Tokens(self.place.coord_dir)
        self.log = AccessLog(self.place.coord_dir)
        self.is_read = True
        self.feed = Feed(self.asker)
        self.moments = Moments()

    def prepare(self) -> None:
        """See that gitcoord is set up here, make the tokens, and let the history be read. Raises `Unreadable`.

        `is_read` says whether it has been already.
        """
        clone.read(self.place.coord_dir)
        stop = Stop()
        try:
            call = self.asker.call("", stop, aside=True)
            _ = call.state
            self.is_read = feed.is_read(call.workspace)
            call.workspace.ledger.store.close()
        finally:
            stop.close()
        if not self.is_read:
            self.asker.read_history(self.place)
        self.tokens.make()


def open_projects(directories: Sequence[str], environ: Mapping[str, str], session: str = "") -> dict[str, Project]:
    """Return the repositories by name, the first one first. Raises `NoRepository`, `Unreadable`, `Usage`."""
    found: dict[str, Project] = {}
    known: set[str] = set()
    for named in directories:
        directory = str(Path(named).absolute())
        place = discover(directory, dict(environ))
        if place.common_dir in known:
            raise NamedTwice(named)
        known.add(place.common_dir)
        name = _free(_slug(place.top or place.common_dir), found)
        found[name] = Project(name, directory, environ, session)
    for project in found.values():
        project.prepare()
    return found


def _slug(path: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", Path(path).name.lower().removesuffix(".git")).strip("-") or "project"


def _free(name: str, taken: Mapping[str, Project]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found
