"""One run of the command line: its common options, the workspace it is in, and how it answers.

What only some commands need is imported where it is needed: whoever asks for the version waits for none of it.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitcoord.errors import CoordError, NoRepository, Refused
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.agreement import Agreement
    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Caller, Workspace
    from gitcoord.kernel.place import Place

VERSION = 1

NEW = 60
"""Seconds for which an answer is not said to be old."""


class Invocation:
    """What a command module is given. `status` is the exit status it leaves behind.

    `hub` is how the hub answered a command that opens no workspace.
    """

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.json = False
        self.quiet = False
        self.session = ""
        self.directory = ""
        self.status = 0
        self.hub = "none"
        self.clock = SystemClock()
        self._call: Call | None = None

    @property
    def call(self) -> Call:
        """The call that the command line stands for."""
        if self._call is None:
            from gitcoord.domain.call import Call, Surroundings

            around = Surroundings(
                environ=self.environ,
                clock=self.clock,
                ids=RandomIds(),
                caller=lambda: caller(self.environ),
                agreement=_agreement,
                later=_look_later,
                note=self.note,
                read_input=lambda most: sys.stdin.buffer.read(most),
                output=2 if self.json else 1,
            )
            self._call = Call(around, self.directory or _current_directory(), self.session)
        return self._call

    def finish_look(self) -> None:
        """Make the look for which another command had no time."""
        from gitcoord.sync import looking
        from gitcoord.sync.agree import Agreement

        agreement = self.call.workspace.agreement
        if isinstance(agreement, Agreement):
            looking.finish(agreement)
            self.call.hear()
            self.call.workspace.ledger.store.close()

    def note(self, text: str) -> None:
        """Say something that is no part of the answer."""
        if not self.quiet and not self.json:
            print(text, file=sys.stderr)

    @property
    def _workspace(self) -> Workspace | None:
        return self._call.opened if self._call is not None else None

    @property
    def _looks(self) -> bool:
        return self._call is not None and self._call.looks

    def answer(
        self, record: Any, lines: Iterable[str], *, status: int = 0, reason: str = "", aged: bool = True
    ) -> None:
        """Give the answer: the record to programs, the lines to people; with `aged` how old it is, if it is old."""
        self.status = status
        if self.json:
            self._print_record(record, reason)
            return
        self._warn()
        for line in lines:
            print(line)
        if aged and not self.quiet and (age := self.age()):
            print(age)

    def age(self) -> str:
        """How old an answer is that only reads: `as of 74 s ago`; '' where that is less than a minute."""
        agreement = self._workspace.agreement if self._workspace is not None and self._looks else None
        if agreement is None or agreement.status == "none":
            return ""
        from gitcoord.policy import duration

        seconds = self.clock.now() - self._as_of()
        away = agreement.status == "offline"
        if seconds <= NEW and not away:
            return ""
        shown = f"{max(seconds, 0)} s" if seconds < 2 * NEW else duration.show(seconds)
        return f"as of {shown} ago" + (": the hub is away" if away else "")

    def fail(self, error: CoordError) -> None:
        """Answer with an error."""
        self.status = error.status
        if self.json:
            self._print_record(error.answer or {}, error.reason, **_said(error.message, error.hint))
            return
        known = self._as_last_known() if isinstance(error, Refused) else ""
        self._say_error(error.message + known, error.hint)

    def refuse(self, record: Any, message: str, hint: str, reason: str, *, status: int = Refused.status) -> None:
        """Answer with a refusal, or with what could not be told, that has a record of its own."""
        self.status = status
        if self.json:
            self._print_record(record, reason, **_said(message, hint))
            return
        self._say_error(message + (self._as_last_known() if status == Refused.status else ""), hint)

    def _print_record(self, record: Any, reason: str, **more: str) -> None:
        from gitcoord.domain.records import to_json

        body = {**self._head(), **to_json(record), **more}
        if reason:
            body["reason"] = reason
        elif body.get("reason") == "":
            del body["reason"]
        self._print_json(body)

    def _say_error(self, message: str, hint: str) -> None:
        self._warn()
        print(f"error: {message}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)

    def _as_last_known(self) -> str:
        """What is added to a refusal while the hub is away: how old is what we know."""
        offline = self._workspace is not None and self._workspace.agreement.status == "offline"
        return f"; as last known at {self._as_of().clock()}, the hub is away" if offline else ""

    def _as_of(self) -> Moment:
        """When what is told was true: with a hub, when it was looked at last."""
        agreement = self._workspace.agreement if self._workspace is not None else None
        if agreement is None or agreement.status == "none":
            return Moment(self.clock.now())
        # An exchange of operations alone has brought no messages; so what only reads is as old as the last whole look.
        return Moment((agreement.looked if self._looks else 0) or agreement.met or self.clock.now())

    def close(self) -> None:
        """Do what is due, and end what was started on the way."""
        if self._workspace is not None:
            if self._workspace.agreement.status == "ok":
                from gitcoord.interfaces.cli.progress import while_busy
                from gitcoord.sync.due import sync_if_due

                sys.stdout.flush()  # the answer does not wait for it
                with while_busy("talking to the hub", silent=self.quiet):
                    sync_if_due(self._workspace, at_once=self.call.hurried)
            self._workspace.ledger.store.close()
            self._pack_if_due(self._workspace)

    def _pack_if_due(self, workspace: Workspace) -> None:
        """Let a process of its own pack what was written lately: nobody waits for it."""
        from gitcoord.kernel import packing

        place = workspace.place
        if packing.is_due(place.coord_dir, place.store_dir) and place.flag("coord.pack", True):
            packing.in_background(workspace.ledger.store, place.store_git)

    def _head(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "as_of": self._as_of().rfc3339(),
            "hub": self._workspace.agreement.status if self._workspace is not None else self.hub,
            "warnings": self._told(),
        }

    def _told(self) -> list[str]:
        """What the session should know, and what of the hub."""
        hub = self._workspace.agreement.warnings if self._workspace is not None else []
        own = self._call.warnings if self._call is not None else []
        return list(dict.fromkeys([*own, *hub]))

    def _print_json(self, body: dict[str, Any]) -> None:
        import json

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as JSON is, whatever the locale
        text = json.dumps(body, ensure_ascii=False)
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")

    def _warn(self) -> None:
        if not self.quiet:
            for text in self._told():
                print(f"warning: {text}", file=sys.stderr)


def _said(message: str, remedy: str) -> dict[str, str]:
    """What went wrong as JSON has it, and what helps, where something does."""
    return {"message": message} | ({"remedy": remedy} if remedy else {})


def _agreement(workspace: Workspace) -> Agreement | None:
    from gitcoord.sync.open import open_agreement

    return open_agreement(workspace)


def _look_later(place: Place) -> None:
    from gitcoord.interfaces import background

    background.start(place)


def _current_directory() -> str:
    """Return the directory we were called in. Raises `NoRepository` where it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        raise NoRepository(
            "the current directory does not exist any longer", "go to a directory that exists: cd DIR"
        ) from None


def caller(environ: dict[str, str]) -> Caller:
    """Who runs this process."""
    from gitcoord.domain.workspace import Caller
    from gitcoord.kernel import machine

    terminal = ""
    for fd in (0, 1, 2):
        try:
            terminal = os.ttyname(fd)
        except OSError:
            continue
        break
    user = environ.get("USER") or environ.get("LOGNAME") or _account()
    return Caller(os.getpid(), terminal, user, os.uname().nodename, machine.name(), os.getuid())


def _account() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
