"""What happens in a repository, for those who listen over HTTP.

One thread for each repository follows what happens, for as long as somebody listens, and sleeps on the doorbell. Each
listener has a queue of its own; one that falls behind is cut off, and the others do not notice.
"""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.history import feed, timeline, watch
from gitcoord.domain.history.watch import Since, Wanted
from gitcoord.domain.message import record as message
from gitcoord.errors import CoordError, Stopped
from gitcoord.errors.storage import CannotAccess
from gitcoord.errors.web import Bug, CutOff, TooManyListeners
from gitcoord.interfaces import asking
from gitcoord.interfaces.envelope import VERSION
from gitcoord.interfaces.stopping import Stop
from gitcoord.policy import topic as topics

if TYPE_CHECKING:
    from gitcoord.domain.history.timeline import TimelineEntry
    from gitcoord.interfaces.http.asking import Asker

BEHIND = 2000
"""Events by which a listener may be behind."""

LISTENERS = 300
"""Listeners of a repository at the same time."""

PAGE = 500
"""Events that are read at once of what happened before."""


class Told:
    """An event as it is told. `seq` orders events; what no event says (a session is gone) has none, and no id."""

    def __init__(self, about: TimelineEntry) -> None:
        self.about = about

    @property
    def seq(self) -> int:
        """Where it stands in the order in which events arrived here; 0 for no place."""
        return self.about.seq or 0

    @cached_property
    def topic(self) -> str:
        """Its kind as words, `task.add`; of a message also its own topic, `message.shop.ci`."""
        own = self.about.own.get("topic", "") if self.about.kind in ("message", message.ACK) else ""
        return ".".join(word for word in (self.about.kind.replace("-", "."), own) if word)

    @cached_property
    def record(self) -> dict[str, Any]:
        """Its object, as `git coord watch --json` has it."""
        return {"v": VERSION, **self.about.as_json()}

    @cached_property
    def text(self) -> str:
        """Its object as one line of JSON, made once for all who are told."""
        return json.dumps(self.record)


@dataclass(frozen=True, slots=True)
class Interest:
    """What a listener wants to hear of: any of these topics (all, without any) of what is `wanted`."""

    topics: tuple[str, ...] = ()
    wanted: Wanted = field(default_factory=Wanted)

    def takes(self, told: Told) -> bool:
        """Whether it is about this event."""
        meant = not self.topics or any(topics.matches(pattern, told.topic) for pattern in self.topics)
        return meant and self.wanted.wants(told.about)


def interest(said: dict[str, Any]) -> Interest:
    """Return the interest that these fields describe. Raises `Usage`."""
    patterns = tuple(topics.check_pattern(pattern) for pattern in said.get("topics", ()))
    priority = said.get("priority", "")
    if priority:
        message.check_priority(priority)
    kinds = timeline.check_kinds(said.get("kinds", ()))
    types = tuple(said.get("types", ()))
    return Interest(patterns, Wanted(kinds, said.get("session", ""), said.get("role", ""), "", priority, types=types))


class Listener:
    """A queue of what was not told yet. `cut` says why no more comes; '' while more may come."""

    def __init__(self) -> None:
        self.cut = ""
        self.ended = asyncio.Event()
        self._queue: deque[Told] = deque()
        self._rung = asyncio.Event()

    def put(self, found: list[Told]) -> None:
        """Add events, unless they are too many: then this listener hears nothing more."""
        if self.cut:
            return
        if len(self._queue) + len(found) > BEHIND:
            self.end(f"you are {BEHIND} events behind: resume with the last id that you have")
            return
        self._queue.extend(found)
        self._rung.set()

    def end(self, why: str) -> None:
        """Let nothing more come."""
        self.cut = why
        self._queue.clear()
        self._rung.set()
        self.ended.set()

    async def take(self) -> list[Told]:
        """Return what is new, as soon as there is something; nothing once it is cut off."""
        await self._rung.wait()
        if not self.cut:
            self._rung.clear()
        found = list(self._queue)
        self._queue.clear()
        return found


class Feed:
    """What happens in one repository. Its methods are called in the event loop."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._listeners: set[Listener] = set()
        self._stop: Stop | None = None
        self._ready = asyncio.Event()

    async def join(self, listener: Listener) -> None:
        """Let a listener hear of everything that happens after this returns. Raises `Busy`, `CannotTell`."""
        if len(self._listeners) >= LISTENERS:
            raise TooManyListeners(LISTENERS)
        self._listeners.add(listener)
        if self._stop is None:
            self._stop, self._ready = Stop(), asyncio.Event()
            work = (self._stop, self._ready, asyncio.get_running_loop())
            threading.Thread(target=self._follow, args=work, daemon=True, name="events").start()
        await self._ready.wait()
        if listener.cut:
            raise CutOff(listener.cut)

    def leave(self, listener: Listener) -> None:
        """Tell a listener nothing more; with the last one the thread ends."""
        self._listeners.discard(listener)
        if not self._listeners and self._stop is not None:
            self._stop.set()
            self._stop = None

    def _follow(self, stop: Stop, ready: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
        def tell(found: list[Told], why: str) -> None:
            if self._stop is stop:
                self._tell(found, why)
            ready.set()

        why = "the server could not keep up"
        call = self._asker.call("", stop, aside=True)
        try:
            for found in watch.follow(call.workspace, Wanted(), Since()):
                loop.call_soon_threadsafe(tell, [Told(one) for one in found], "")
        except Stopped:
            return
        except (CoordError, OSError) as error:
            why = getattr(error, "message", "") or str(error)
        except Exception as error:  # else whoever listens would wait for ever, and nobody would follow any more
            traceback.print_exception(error)
            why = Bug().message
        finally:
            asking.end(call)
            stop.close()
        loop.call_soon_threadsafe(tell, [], why)

    def _tell(self, found: list[Told], why: str) -> None:
        for listener in self._listeners:
            if why:
                listener.end(why)
            elif found:
                listener.put(found)
        if why:
            self._stop = None
            self._listeners.clear()


@dataclass(frozen=True, slots=True)
class Before:
    """Events that happened before: where they end, and whether there may be more."""

    found: list[Told]
    seq: int
    cursor: str
    more: bool


def before(asker: Asker, cursor: str, seq: int | None) -> Before:
    """Return what happened after an event, by its place or its id; '' for where it ends now.

    Raises `NotFound`, `Usage` for an event that there is not, and `CannotTell`.
    """
    stop = Stop()
    call = asker.call("", stop, aside=True)
    try:
        with timeline.reading(call.workspace) as reader:
            chronicle = reader.chronicle
            if seq is None:
                last = feed.find(chronicle, cursor) if cursor else chronicle.at(chronicle.end())
                seq, cursor = (last.seq, last.id) if last is not None else (0, "")
                if not cursor:
                    return Before([], seq, cursor, more=False)
            entries = chronicle.about(after=seq, oldest=PAGE)
            found = [Told(reader.read(entry)) for entry in entries]
            end = entries[-1] if entries else None
            here = (end.seq, end.id) if end is not None else (seq, cursor)
            return Before(found, *here, more=len(found) == PAGE)
    except OSError as error:
        raise CannotAccess("read", error.filename, error.strerror) from error
    finally:
        asking.end(call)
        stop.close()
