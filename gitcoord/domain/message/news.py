"""News: what the clone learned behind a session's back, kept until the session's next command says it.

One file for each session, a record a line, of bounded size. It is a convenience: what has to reach a session is a
message or a notice, and whoever reads the inbox misses nothing. So what cannot be written or read here stops nobody.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.dataclass import dataclass
from gitcoord.errors import CoordError
from gitcoord.errors.remedy import Remedy, join
from gitcoord.kernel import atomic, coordfile, lock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from gitcoord.policy.ids import SessionId

DIRECTORY = coordfile.NEWS
LOCK = coordfile.NEWS_LOCK
"""The lock of all news files, beside their directory: it is held for a moment."""

PATIENCE = 2.0
"""Seconds for which another process that changes news is waited for."""

ONE_BY_ONE = 3
"""Of more new messages than these the number is said, and the newest."""

LONGEST = 64 * 1024
"""Bytes of a file; of what is beyond that the messages become a number, and the eldest sentences go."""

SENTENCES = 50
"""Sentences that a file keeps when it becomes too long."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message as it is announced: its id, `message from alice: lunch`, and whether it is urgent."""

    id: str
    text: str
    urgent: bool = False


def leave(directory: Path, session: SessionId, text: str, *, about: str = "") -> None:
    """Leave one sentence for a session of this clone; `about` is the id of a message that says the same."""
    _append(directory, session, [{"text": text, "about": about}])


def announce(directory: Path, session: SessionId, messages: Iterable[Announcement]) -> None:
    """Leave word of new messages for a session of this clone."""
    _append(directory, session, [{"mail": one.id, "text": one.text, "urgent": one.urgent} for one in messages])


def was_read(directory: Path, session: SessionId, messages: Collection[str], left: int | None = None) -> None:
    """Take back what announces these messages: they were read before. `left` is how many are unread still, if known."""
    path = directory / DIRECTORY / session
    if not path.exists():
        return
    with _changing(directory) as may_change:
        if may_change:
            kept = [one for one in _read(path) if not {one.get("mail"), one.get("about")} & {*messages}]
            if left is not None and (left == 0 or any("more" in one for one in kept)):
                kept = [one for one in kept if not _is_mail(one)] + ([{"more": left}] if left else [])
            _write(path, kept)


class Waiting(NamedTuple):
    """The sentences for a session, and the records that they were made of."""

    told: list[str]
    records: list[dict[str, Any]]


def waiting(directory: Path, session: SessionId, *, mail: bool = True) -> Waiting:
    """Return all sentences for a session; without `mail` none that announce messages. They wait until `drop`."""
    path = directory / DIRECTORY / session
    try:
        if not path.stat().st_size:
            return Waiting([], [])
    except OSError:
        return Waiting([], [])
    now = [one for one in _read(path) if mail or not (_is_mail(one) or one.get("about"))]
    announced = [one for one in now if _is_mail(one)]
    return Waiting([one["text"] for one in now if not _is_mail(one)] + (_summary(announced) if announced else []), now)


def drop(directory: Path, session: SessionId, records: list[dict[str, Any]]) -> None:
    """Drop what the session was told. Read-only it is told once more next time, which is better than not at all."""
    path = directory / DIRECTORY / session
    with _changing(directory) as may_change:
        if may_change:
            kept = _read(path)
            for record in records:
                with suppress(ValueError):
                    kept.remove(record)
            _write(path, kept)


def _is_mail(record: dict[str, Any]) -> bool:
    return "mail" in record or "more" in record


_TO_READ = Remedy(" ({})", "inbox")


def _summary(announced: list[dict[str, Any]]) -> list[str]:
    """Few messages one by one, of many the number and the newest."""
    named = [one for one in announced if "mail" in one]
    count = len(named) + sum(one["more"] for one in announced if "more" in one)
    if count == len(named) and count <= ONE_BY_ONE:
        return [join("", one["text"], _TO_READ) for one in named]
    urgent = sum(bool(one.get("urgent")) for one in named)
    first = f"{count} new messages" + (f", {urgent} of them urgent" if urgent else "")
    last = f"; the newest: {named[-1]['text']}" if named else ""
    return [join("", first, last, _TO_READ)]


def _append(directory: Path, session: SessionId, records: list[dict[str, Any]]) -> None:
    path = directory / DIRECTORY / session
    with suppress(OSError), _changing(directory) as may_change:
        if may_change and records:
            with path.open("ab") as file:
                file.write(b"".join(map(_line, records)))
            if path.stat().st_size > LONGEST:
                _write(path, _shortened(_read(path)))


def _shortened(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sentences = [one for one in records if not _is_mail(one)]
    announced = [one for one in records if _is_mail(one)]
    last = [one for one in announced if "mail" in one][-1:]
    more = sum(one.get("more", 1) for one in announced) - len(last)
    return [*sentences[-SENTENCES:], *([{"more": more}] if more else []), *last]


@contextmanager
def _changing(directory: Path) -> Iterator[bool]:
    """Hold the lock for the block; false where there can be none, and nothing can be changed then."""
    with suppress(OSError):
        (directory / DIRECTORY).mkdir(exist_ok=True)
    held = lock.held(directory / LOCK, PATIENCE)
    try:
        held.__enter__()
    except CoordError:
        yield False
        return
    try:
        yield True
    finally:
        held.__exit__(None, None, None)


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    """Replace the content; an empty file goes."""
    with suppress(OSError):
        if not records:
            path.unlink(missing_ok=True)
            return
        atomic.put(path, b"".join(map(_line, records)))


def _read(path: Path) -> list[dict[str, Any]]:
    """The records; what a crash or a power cut left of a line is skipped."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and (isinstance(record.get("text"), str) or type(record.get("more")) is int):
            found.append(record)
    return found
