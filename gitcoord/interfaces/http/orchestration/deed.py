"""One request of the orchestration API: what it says, and the commands that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.usage import AmbiguousName, WrongField
from gitcoord.errors.web import CommandRefused, NoProject
from gitcoord.interfaces import registry
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.interfaces.http.gate import Visit
    from gitcoord.interfaces.stopping import Stop


class Deed:
    """One request: what it says, and the commands that it asks."""

    def __init__(
        self, visit: Visit, stop: Stop, path: Mapping[str, str], given: dict[str, Any], *, looks: bool
    ) -> None:
        self.visit = visit
        self.path = path
        self.given = given
        self.session = text(given, "session_id") or text(given, "agent_id") or visit.session
        self._stop = stop
        self._looks = looks

    def ask(self, asked: str, session: str = "", data: str = "", /, **fields: Any) -> dict[str, Any]:
        """Ask a command, by its name, for a session. Raises `CommandRefused`, `Usage`."""
        command = registry.commands()[asked]
        request = registry.request_of(command, {key: value for key, value in fields.items() if value not in ("", None)})
        asker = self.visit.project.asker
        said = asker.run(command, request, session or self.visit.session, self._stop, aside=self._looks, data=data)
        if said.status != 200:
            raise CommandRefused(said)
        return said.record

    def one(self, name: str, kind: str) -> dict[str, Any]:
        """Return a living session, by its id or by a name that it alone bears. Raises `NotFound`, `Usage`."""
        known = self.ask("sessions")["sessions"]
        found: list[dict[str, Any]] = [each for each in known if name == each["id"]]
        found = found or [each for each in known if name == each["name"]]
        if not found:
            raise NoSuch(kind, repr(name))
        if len(found) > 1:
            raise AmbiguousName(printable(name), [each["id"] for each in found])
        return found[0]


def text(given: Mapping[str, Any], name: str) -> str:
    """Return a text field; '' where it is left out. Raises `Usage`."""
    found = given.get(name, "")
    if not isinstance(found, str):
        raise WrongField(name, "a text")
    return found


def texts(given: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts. Raises `Usage`."""
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise WrongField(name, "a list of texts")
    return found


def number(given: Mapping[str, Any], name: str) -> int | None:
    """Return a number that is not negative; None where it is left out. Raises `Usage`."""
    found = given.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
        return int(found)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 10**9):
        raise WrongField(name, "a number")
    return found


def seconds(given: Mapping[str, Any], name: str) -> str:
    """Return a number of seconds as a duration; '' for none. Raises `Usage`."""
    found = number(given, name)
    return f"{found}s" if found else ""


def own_project(deed: Deed) -> None:
    """Raise `NotFound` for another project than the one whose token this is."""
    if deed.path["project"] != deed.visit.project.name:
        raise NoProject(deed.path["project"], deed.visit.project.name)
