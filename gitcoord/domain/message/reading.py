"""Read messages and acknowledge them, as somebody asks for it who stands in a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.history import feed, when
from gitcoord.domain.message import inbox, view
from gitcoord.domain.message import record as message
from gitcoord.domain.message.mailbox import Filter
from gitcoord.domain.session import record as session
from gitcoord.errors.session import NoSession
from gitcoord.policy import duration
from gitcoord.policy import topic as topics
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.domain.call import Call

NOBODY = "nothing unread: this is not a session yet"


@dataclass(frozen=True, slots=True)
class Read:
    """Read messages."""

    everything: Annotated[bool, option("--all", help="Also messages that were read before.")] = False
    peek: Annotated[bool, option("--peek", help="Leave it unread.")] = False
    thread: Annotated[str, option(metavar="ID", help="One conversation, both sides of it.")] = ""
    topic: Annotated[str, option(metavar="PATTERN", help="Only of topics like project.*.tasks.#, a pattern.")] = ""
    priority: Annotated[str, option(metavar="P", help="Only of this priority or a higher one.")] = ""
    since: Annotated[str, option(metavar="T", help="Only messages sent since then: 2h, or a time.")] = ""
    limit: Annotated[int, option(metavar="N", least=0, help="At most so many; 0 for all.")] = inbox.LIMIT
    wait: Annotated[str, option(metavar="D", help="Wait up to this long for something unread.")] = ""


def read(call: Call, request: Read) -> inbox.Inbox:
    """Return the messages that are wanted; those that were shown are read then. Raises `NotFound`, `Usage`."""
    if request.priority:
        message.check_priority(request.priority)
    if request.topic:
        topics.check_pattern(request.topic)
    seconds = duration.parse(request.wait) if request.wait else 0
    if not seconds:  # who waits asks the hub in any case
        call.look()
    workspace, me = call.workspace, call.reader(mail=False)
    if me is None:
        if seconds:
            raise NoSession()
        return inbox.Inbox([], 0)
    thread = request.thread
    if thread:
        with feed.opened(workspace) as chronicle:
            thread = feed.message_of(workspace, chronicle, thread).thread
    since = when.parse(request.since, call.now) if request.since else 0
    wanted = Filter(thread, request.topic, request.priority, since)
    if seconds:
        inbox.wait(workspace, me, wanted, seconds)
    asked = inbox.Request(wanted, _history(request), request.peek, request.limit)
    return call.until_shown.enter_context(inbox.reading(workspace, me, asked))


def _history(request: Read) -> bool:
    """Whether also what was read before is wanted."""
    return request.everything or bool(request.thread)


def _messages(call: Call, answer: inbox.Inbox) -> Iterable[str]:
    if call.asker is None:
        return [NOBODY]
    return view.messages(answer, call.asker.id, call.now, session.live_ids(call.state), history=_history(call.request))


def _any_messages(call: Call, answer: inbox.Inbox) -> Iterable[str]:
    return _messages(call, answer) if answer.messages else ()


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledge a message."""

    message: Annotated[str, Argument("ID", "The message, or the beginning of its id.")]
    words: Annotated[str, option("-m", "--message", metavar="TEXT", help="What to say to it.")] = ""


def acknowledge(call: Call, request: Acknowledge) -> inbox.Acknowledged:
    """Acknowledge the message. Raises `NotFound`, and `NotMine` for one that was sent to others."""
    answer = inbox.acknowledge(call.workspace, call.me(), request.message, request.words)
    call.warn_if_unheard()
    return answer


def _acknowledged(_: Call, answer: inbox.Acknowledged) -> Iterator[str]:
    yield f"acknowledged {answer.acknowledged[:8]} to {printable(answer.to)}"


COMMANDS = (
    Command("inbox", Read, read, _messages, quiet=_any_messages),
    Command("ack", Acknowledge, acknowledge, _acknowledged),
)
