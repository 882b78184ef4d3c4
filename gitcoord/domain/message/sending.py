"""Send a message, as somebody asks for it who stands in a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.message import record as message
from gitcoord.domain.message import send, view, waking
from gitcoord.errors.usage import Exclusive
from gitcoord.policy import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.call import Call

LONG = 32 << 10
"""Characters of a body with which a message does not wait for the next sync."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message."""

    to: Annotated[str, Argument("TO", "An id, a name, all, role:R, can:CAP or team:T.")]
    subject: Annotated[str, Argument("SUBJECT", "What it is about, on one line.")]
    body: Annotated[str, option("-m", "--message", metavar="BODY", help="The text.")] = ""
    file: Annotated[str, option("-F", "--file", metavar="FILE", help="Read the text from there; - is stdin.")] = ""
    attach: Annotated[list[str], option(metavar="FILE", help="A file to go with it; may be repeated.")] = field(
        default_factory=list
    )
    kind: Annotated[str, option("--type", metavar="T", help="What sort of message it is, a word.")] = "note"
    topic: Annotated[str, option(metavar="T", help="Words separated by dots: project.web.tasks.")] = ""
    priority: Annotated[str, option(metavar="P", help="low, normal, high or urgent.")] = "normal"
    reply_to: Annotated[str, option(metavar="ID", help="The message that this one answers.")] = ""
    ttl: Annotated[str, option(metavar="D", help="Expires after this time: 90s, 30m, 2h, 1d.")] = ""
    ack: Annotated[bool, option("--ack", help="Ask for an acknowledgement.")] = False


def run(call: Call, request: Send) -> send.Sent:
    """Send the message. Raises `NotFound` where there never was anybody of that name, `Usage`."""
    message.check_priority(request.priority)
    if request.body and request.file:
        raise Exclusive("-m", "-F")
    lasting = duration.parse(request.ttl) if request.ttl else 0
    # One byte more than there may be shows that it is too long.
    body = call.read(request.file, message.LONGEST_BODY + 1) if request.file else request.body
    letter = message.Letter(request.subject, body, request.kind, request.topic, request.priority, lasting, request.ack)
    files = tuple(call.file(name) for name in request.attach)
    me = call.me()
    answer = send.send(call.workspace, me, request.to, letter, reply_to=request.reply_to, paths=files)
    if len(body) > LONG:
        call.hurry()  # or the session's next claim would have to wait for it
    if request.priority == "urgent":
        call.hurry()
        woken = waking.wake(call, me.id, answer.recipients)
        readers = [replace(reader, woken=reader.session in woken) for reader in answer.recipients]
        answer = replace(answer, recipients=readers)
    call.warn_if_unheard()
    return answer


def _lines(call: Call, answer: send.Sent) -> Iterable[str]:
    return view.sent(answer, call.now)


COMMANDS = (Command("send", Send, run, _lines),)
