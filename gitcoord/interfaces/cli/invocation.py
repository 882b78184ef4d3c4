"""One run of the command line: its common options, the workspace it is in, and how it answers.

What only some commands need is imported where it is needed: whoever asks for the version waits for none of it.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.errors import CoordError, Refused
from gitcoord.interfaces import envelope
from gitcoord.kernel.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace

NEW = 60
"""Seconds for which an answer is not said to be old."""


class Invocation:
    """What a command module is given. `status` is the exit status it leaves behind."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.json = False
        self.quiet = False
        self.session = ""
        self.directory = ""
        self.status = 0
        self.clock = SystemClock()
        self._call: Call | None = None

    @property
    def call(self) -> Call:
        """The call that the command line stands for."""
        if self._call is None:
            from gitcoord.domain.call import Call
            from gitcoord.interfaces import surroundings

            around = surroundings.around(
                self.environ,
                note=self.note,
                read_input=lambda most: sys.stdin.buffer.read(most),
                output=2 if self.json else 1,
                busy=self.busy,
            )
            self._call = Call(around, self.directory or surroundings.current_directory(), self.session)
        return self._call

    def busy(self, what: str) -> AbstractContextManager[None]:
        """Say in the block what is being done, where that takes long."""
        from gitcoord.interfaces.cli.progress import while_busy

        return while_busy(what, silent=self.quiet)

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
        """Tell the user something beside the answer."""
        if not self.quiet and not self.json:
            print(text, file=sys.stderr)

    @property
    def _workspace(self) -> Workspace | None:
        return self._call.opened if self._call is not None else None

    @property
    def _looks(self) -> bool:
        return self._call is not None and self._call.looks

    def answer(self, record: Any, lines: Iterable[str], outcome: Outcome = DONE, *, aged: bool = True) -> None:
        """Give the answer: the record to programs, the lines to people; with `aged` how old it is, if it is old."""
        self.status = outcome.status
        if self.json:
            self._print_json(envelope.answer(self._call, self.clock, record, outcome))
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

        seconds = self.clock.now() - envelope.as_of(self._call, self.clock)
        away = agreement.status == "offline"
        if seconds <= NEW and not away:
            return ""
        shown = f"{max(seconds, 0)} s" if seconds < 2 * NEW else duration.show(seconds)
        return f"as of {shown} ago" + (": the hub is away" if away else "")

    def fail(self, error: CoordError) -> None:
        """Answer with an error."""
        self.status = error.status
        if self.json:
            self._print_json(envelope.answer(self._call, self.clock, error.answer or {}, Outcome.of(error)))
            return
        known = self._as_last_known() if error.status == Refused.status else ""
        self._say_error(error.message + known, error.hint)

    def _say_error(self, message: str, hint: str) -> None:
        self._warn()
        print(f"error: {message}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)

    def _as_last_known(self) -> str:
        """What is added to a refusal while the hub is away: how old is what we know."""
        offline = self._workspace is not None and self._workspace.agreement.status == "offline"
        return (
            f"; as last known at {envelope.as_of(self._call, self.clock).clock()}, the hub is away" if offline else ""
        )

    def close(self) -> None:
        """Do what is due, and end what was started on the way."""
        if self._workspace is not None:
            from gitcoord.interfaces import surroundings

            if self._workspace.agreement.status == "ok":
                sys.stdout.flush()  # the answer does not wait for it
                with self.busy("talking to the hub"):
                    surroundings.sync(self.call)
            self._workspace.ledger.store.close()
            surroundings.remember(self._workspace)
            surroundings.pack(self._workspace)
            surroundings.show(self._workspace.place)

    def _print_json(self, body: dict[str, Any]) -> None:
        from gitcoord.domain.records import text_of

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as JSON is, whatever the locale
        text = text_of(body)
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
        sys.stdout.flush()
        self._note_told()

    def _warn(self) -> None:
        if not self.quiet:
            for text in envelope.warnings(self._call):
                print(f"warning: {text}", file=sys.stderr)
        self._note_told()

    def _note_told(self) -> None:
        if self._call is not None:
            self._call.note_told()
