"""A call: what a command is given. Who asks, where, and what should be said beside the answer."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass, field, replace
from gitcoord.errors import CoordError, Unreadable
from gitcoord.kernel.place import discover
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Literal

    from gitcoord.domain.agreement import Agreement
    from gitcoord.domain.command import Command
    from gitcoord.domain.housekeeping import Kept
    from gitcoord.domain.outcome import Outcome
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Caller, Workspace
    from gitcoord.kernel.clock import Clock, Ids
    from gitcoord.kernel.place import Place
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a call needs of the world around it; an interface makes it.

    `caller` tells who runs the process. `agreement` opens the hub of a workspace, None where it has none; `later`
    starts a process for which nobody waits: it ends a "look" at the hub, or looks for work that conflicts ("radar").
    `unguarded` tells why git runs no hooks of ours in a repository, ''
    where it runs them. In the block of `busy` the caller is told what is being done, where that takes long. `note`
    tells the caller something beside the answer. `read_input` reads at most so many bytes that the caller sends along.
    `output` is the file descriptor to which a program that
    runs for the caller may print. `hook_line` gives the shell line that an agent's configuration calls for an event, as
    (agent, event, portable): a portable one names no path of this machine. `python` is the interpreter that runs us.
    `wake` tries to wake sessions of this clone, by their ids and whether each has been quiet for long, with a text, and
    tells for which it tried. `jailed`: no file outside of the working tree is read for the caller. `aside`: a command
    that reads does nothing else for the session that reads: no lease is renewed, and nothing counts as told. `single`:
    the caller cannot name a session with each call, so a second one would take the place of the first. `stop` is
    a file descriptor that can be read once whoever asked has gone, -1 for none. `patient` as in `Workspace`.
    """

    environ: Mapping[str, str]
    clock: Clock
    ids: Ids
    caller: Callable[[], Caller]
    agreement: Callable[[Workspace], Agreement | None]
    later: Callable[[Place, Literal["look", "radar"]], None]
    unguarded: Callable[[Place], str]
    busy: Callable[[str], AbstractContextManager[None]]
    note: Callable[[str], None]
    read_input: Callable[[int], bytes]
    output: int
    hook_line: Callable[[str, str, bool], str]
    python: str
    wake: Callable[[Place, Mapping[str, bool], str], Collection[str]]
    jailed: bool = False
    aside: bool = False
    single: bool = False
    stop: int = -1
    patient: bool = True


@dataclass(slots=True)
class Call:
    """One call of a command, in `directory`, by `session` where the caller named one.

    `warnings` are told beside the answer. `looks`: the command only reads, and looked at the hub first. `hurried`: what
    it said cannot wait for the next sync. `request` is what was asked, `asker` the session that asks, once it was
    looked for. `hub` is how the hub answered a call that opens no workspace. `until_shown` is left when an interface
    has shown the answer, or failed to: then what was entered in it ends, and learns of the failure.
    """

    around: Surroundings
    directory: str = ""
    session: str = ""
    warnings: list[str] = field(default_factory=list)
    looks: bool = False
    hurried: bool = False
    request: Any = None
    asker: Session | None = None
    until_shown: ExitStack = field(default_factory=ExitStack)
    opened: Workspace | None = None
    hub: str = "none"
    _place: Place | None = None
    _untold: tuple[SessionId, Kept] | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of the caller."""
        return self.around.environ

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.around.clock

    @property
    def now(self) -> int:
        """The time, in seconds."""
        return self.around.clock.now()

    @property
    def place(self) -> Place:
        """The repository around the directory of the call. Raises `NoRepository`."""
        if self._place is None:
            from gitcoord.kernel import sharing

            self._place = discover(self.directory, dict(self.environ))
            sharing.adopt(str(self._place.coord_dir))
        return self._place

    @property
    def workspace(self) -> Workspace:
        """The repository, set up for gitcoord. Raises `Unreadable` where it is not."""
        if self.opened is None:
            from gitcoord.domain.workspace import open_workspace

            workspace = open_workspace(self.place, self.clock, self.around.ids, self.around.caller())
            if workspace.copied:
                self.warnings.append(
                    "this clone was copied from another one: it has an id of its own now, and the sessions that run"
                    " there are not its own"
                )
            if self.place.setting("coord.hub"):
                agreement = self.around.agreement(workspace)
                workspace = replace(workspace, agreement=agreement) if agreement is not None else workspace
            self.opened = replace(workspace, stop=self.around.stop, patient=self.around.patient)
        return self.opened

    @property
    def state(self) -> State:
        """The state of the ledger as of now."""
        return self.workspace.ledger.state()

    def forget_workspace(self) -> None:
        """Forget the repository, which is no longer set up: nothing is left to be done at the end."""
        self.opened = None

    def me(self, *, mail: bool = True) -> Session:
        """The session of this call; one is started where there is none. With `mail` it is told of new messages."""
        workspace = self.workspace
        found = self.find(for_reading=False)
        if found is None:
            from gitcoord.domain.session import start

            found, is_new = start.ensure(workspace)
            self.asker = found
            if is_new:
                self.note(f"started session {found.name} ({found.id})")
        if found.clone != workspace.clone:
            from gitcoord.domain.session import moving

            found = moving.bring(workspace, found)
        self._keep_house(found, mail=mail)
        return found

    def reader(self, *, mail: bool = True) -> Session | None:
        """The session of a command that only reads, or None."""
        found = self.find(for_reading=True)
        if not self.around.aside:
            self._keep_house(found, mail=mail)
        return found

    def find(self, *, for_reading: bool) -> Session | None:
        """Find the session of this call, for which nothing is done; None where there is none.

        What is missing here of what came from the hub is fetched again first. A server goes on when the session that
        started it is over, or is of another repository: whoever only looks there is nobody.
        """
        try:
            self.asker = self._find(for_reading)
        except Unreadable:
            if not self.workspace.agreement.bring_back():
                raise
            self.asker = self._find(for_reading)
        except errors.session.NamedByVariable:
            if not (for_reading and self.around.aside):
                raise
            self.asker = None
        return self.asker

    def _find(self, for_reading: bool) -> Session | None:
        from gitcoord.domain.session import identity

        return identity.find(self.workspace, self.state, self.session, for_reading=for_reading)

    def is_own(self, holder: SessionId) -> bool:
        """Whether a person makes this call in their own name, and `holder` is another session of theirs."""
        from gitcoord.domain.session import identity
        from gitcoord.domain.session import record as session

        if self.session or self.environ.get(identity.VARIABLE):
            return False
        other = session.read(self.state, holder)
        return other is not None and identity.is_own(self.workspace, other, identity.asker(self.workspace))

    def _keep_house(self, session: Session | None, *, mail: bool) -> None:
        from gitcoord.domain import housekeeping

        try:
            kept = housekeeping.keep(
                self.workspace, session, mail=mail, later=lambda: self.around.later(self.place, "radar")
            )
            self.warnings += kept.told
            self._untold = (session.id, kept) if session is not None else None
            unguarded = self.around.unguarded(self.place)
            self.warnings += [f"commits here are not guarded: {unguarded}"] if unguarded else []
        except CoordError as error:
            self.warnings.append(error.message)

    def note_told(self) -> None:
        """Note that the caller was shown the warnings. Whatever happened to the session is told again until then."""
        if self._untold is not None and self.opened is not None:
            from gitcoord.domain import housekeeping

            housekeeping.note_told(self.opened, *self._untold)
        self._untold = None

    def look(self) -> None:
        """Look at the hub before an answer that only reads, where the last look is too old."""
        self.looks = True
        agreement = self.workspace.agreement
        if agreement.status != "none" and agreement.look(lambda: self.around.later(self.place, "look")):
            self.hear()

    def hear(self) -> None:
        """Take in what was fetched from the hub."""
        from gitcoord.domain.history import feed

        try:
            feed.hear(self.workspace)
        except CoordError as error:
            self.warnings.append(error.message)

    def note(self, text: str) -> None:
        """Tell the caller something beside the answer."""
        self.around.note(text)

    def hurry(self) -> None:
        """Let what this call said not wait for the next sync."""
        self.hurried = True

    def warn_if_unheard(self) -> None:
        """Warn where what this call said is for others too, and no other clone hears of it."""
        if self.place.setting("coord.hub") and self.place.flag("coord.hubreadonly", False):
            self.warnings.append("this clone is read-only at the hub (coord.hubReadOnly): no other clone will see this")

    @contextmanager
    def asked(self, command: Command, request: Any) -> Iterator[tuple[Any, Outcome]]:
        """Run a command; yields its answer and its outcome, to be shown in the block.

        Raises `CoordError` where the command refuses. Of what the hub has not confirmed it is said here, once for all
        commands, where no other clone will hear of it.
        """
        self.request = request
        with self.until_shown:
            try:
                answer = command.run(self, request)
            except CoordError as error:
                if error.reason == "halted" and self.asker is not None:
                    self._answer_halts(self.asker.id)
                raise
            if command.does != "reads" and not getattr(answer, "confirmed", True):
                self.warn_if_unheard()
            yield answer, command.outcome(self, answer)

    def _answer_halts(self, session: SessionId) -> None:
        """Record that a session heard of the halts that stand: of one that the hub knew first, only by its refusal."""
        from gitcoord.domain import housekeeping

        try:
            housekeeping.answer_halts(self.workspace, session)
        except CoordError as error:
            self.warnings.append(error.message)

    def file(self, name: str) -> Path:
        """Return a path as it was typed, from the directory of the call. Raises `Usage` for one outside of the jail."""
        path = Path(self.directory or ".") / name
        if self.around.jailed:
            root = Path(self.place.top or self.directory).resolve()
            if not path.resolve().is_relative_to(root):
                raise errors.scope.Outside(printable(name), root)
        return path

    def read(self, name: str, most: int) -> str:
        """Read at most so many bytes of a file; `-` is what the caller sends along. Raises `Usage`."""
        try:
            if name == "-":
                content = self.around.read_input(most)
            else:
                with self.file(name).open("rb") as file:
                    content = file.read(most)
        except OSError as error:
            raise errors.usage.CannotUse("read", name, error.strerror) from error
        return content.decode("utf-8", "surrogateescape")
