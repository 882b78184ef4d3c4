"""Add tasks: one, many from a file, or a request to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout, fields, noted, reaction
from gitcoord.domain.command import Argument, option
from gitcoord.domain.message import record as message
from gitcoord.domain.message import send, waking
from gitcoord.domain.role import limits as role_limits
from gitcoord.domain.task import record, recording
from gitcoord.domain.task.apply.payload import REQUESTS
from gitcoord.domain.task.facts import Requested
from gitcoord.domain.task.takers import is_for_nobody
from gitcoord.domain.task.view import Shown, shown
from gitcoord.errors.task import RequestToAll, TaskForAll
from gitcoord.errors.usage import AtMost, NoCommit, NotOneLine, NotOneOf, NotWritten, UnpairedSurrogate
from gitcoord.kernel import revision
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, limits, times
from gitcoord.policy.ids import EventId, Oid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State

URGENCIES = {"normal": "normal", "high": "high", "urgent": "critical"}
"""The urgency of a request, and the priority of its task."""


@dataclass(frozen=True, slots=True)
class Add:
    """Add a task, for whichever session is able to do it."""

    title: Annotated[str, Argument("TITLE", "What is to be done, in one line.")]
    body: Annotated[str, option("-m", "--message", metavar="TEXT", help="More about it.")] = ""
    type: Annotated[str, option("--type", metavar="T", help="A word that `next --type` asks for.")] = ""
    priority: Annotated[str, option("--priority", metavar="P", help="low, normal, high or critical.")] = "normal"
    to: Annotated[str, option("--for", metavar="TO", help="Only for a session, role:R, can:CAP or team:T.")] = ""
    needs: Annotated[list[str], option("--needs", metavar="CAP", help="Only for sessions started with --can CAP.")] = (
        field(default_factory=list)
    )
    after: Annotated[list[str], option("--after", metavar="ID", help="Only when that task is completed.")] = field(
        default_factory=list
    )
    after_any: Annotated[
        list[str], option("--after-any", metavar="ID", help="Only when that task has ended in any way.")
    ] = field(default_factory=list)
    claim: Annotated[
        list[str], option("--claim", metavar="SCOPE", help="A scope to claim for the session that takes it.")
    ] = field(default_factory=list)
    timeout: Annotated[str, option("--timeout", metavar="D", help="The longest time for one attempt.")] = ""
    deadline: Annotated[str, option("--deadline", metavar="D", help="The longest time for all attempts together.")] = ""
    attempts: Annotated[
        int, option("--attempts", metavar="N", least=1, help="How many attempts, the first included.")
    ] = 3
    backoff: Annotated[str, option("--backoff", metavar="D", help="The first pause after a failure; it doubles.")] = ""
    not_before: Annotated[str, option("--not-before", metavar="TIME", help="A time, or how long from now.")] = ""
    parent: Annotated[str, option("--parent", metavar="ID", help="The task that groups this one.")] = ""
    payload: Annotated[str, option("--payload", metavar="JSON", help="Kept as it is written.")] = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask somebody for a review, for help, or to implement something: a task for them, and a message about it."""

    to: Annotated[str, Argument("TO", "A session, a name, role:R, can:CAP or team:T.")]
    subject: Annotated[str, Argument("SUBJECT", "What is asked for, in one line.")]
    body: Annotated[str, option("-m", "--message", metavar="BODY", help="More about it.")] = ""
    type: Annotated[str, option("--type", metavar="T", help="review, help or implement.")] = "help"
    urgency: Annotated[str, option("--urgency", metavar="U", help="normal, high or urgent.")] = "normal"
    commit: Annotated[str, option("--commit", metavar="COMMIT", help="What a review is about; HEAD otherwise.")] = ""


def add(call: Call, request: Add) -> Shown:
    """Add a task. Raises `Usage` for one that cannot be, `NotFound` for another task that is not there."""
    me = call.me()
    name = call.workspace.ids.hexadecimal(EventId.DIGITS)

    def make(state: State) -> list[Draft]:
        return [draft(call, state, me, request, name)]

    done = recording.record_all(call.workspace, me, make)
    task = record.read(done.state, name)
    assert task is not None
    return shown(call.workspace, done.state, task, texts=True)


def draft(call: Call, state: State, me: Session, request: Add, name: str, known: dict[str, str] | None = None) -> Draft:
    """Return the operation that adds a task under this id. `known` are tasks that come with it: what they are called.

    Raises `Usage`, `NotFound`.
    """
    _check(request)

    def one(text: str) -> str:
        return known[text] if known and text in known else recording.find(state, text).id

    data: dict[str, Any] = {
        "title": request.title,
        "type": request.type,
        "priority": request.priority if request.priority != "normal" else "",
        "to": address(call, state, me, request.to) if request.to else None,
        "needs": request.needs,
        "after": [one(text) for text in request.after],
        "after_any": [one(text) for text in request.after_any],
        "scopes": [scope.to_json() for scope in checkout.parse(call.workspace, request.claim)],
        "timeout": duration.parse(request.timeout) if request.timeout else 0,
        "deadline": times.later(request.deadline, call.now) if request.deadline else 0,
        "attempts": request.attempts if request.attempts != 3 else 0,
        "not_before": times.later(request.not_before, call.now) if request.not_before else 0,
        "parent": one(request.parent) if request.parent else "",
        "payload": request.payload,
    }
    data = {key: value for key, value in data.items() if value}
    if request.backoff:
        data["backoff"] = 0 if request.backoff in ("0", "0s") else duration.parse(request.backoff)
    return Draft("task-add", f"add task {printable(request.title)}", data, request.body, name)


def _check(request: Add) -> None:
    check_text(request.title, request.body)
    if request.priority not in record.PRIORITIES:
        raise NotOneOf(request.priority, "a priority", record.PRIORITIES)
    if len(request.type) > limits.WORD or any(char <= " " for char in request.type):
        raise NotWritten(printable(request.type), "a type", "one short word")


def address(call: Call, state: State, me: Session, text: str) -> dict[str, str]:
    """Return the address that a task is for. Raises `Usage`, `NotFound`."""
    if text == me.id or text == me.name:
        return {"session": me.id, "name": me.name}
    found = send.resolve(call.workspace, state, me, text)
    if found.kind == "all":
        raise TaskForAll()
    return found.to_json()


def check_text(title: str, body: str) -> None:
    """Raise `Usage` for words that no task can have."""
    if not title.strip() or len(title) > limits.TITLE or any(char < " " for char in title):
        raise NotOneLine("a title", limits.TITLE, example="task add TITLE -m TEXT")
    try:
        if len(body.encode("utf-8", "surrogateescape")) > limits.TASK_TEXT_BYTES:
            raise AtMost("a text of a task", limits.TASK_TEXT_BYTES >> 10, "KiB", hint="commit it, and name the file")
    except UnicodeEncodeError as error:
        raise UnpairedSurrogate() from error


def ask(call: Call, request: Ask) -> Shown:
    """Add a task for somebody, and send a message about it. Raises `Usage`, `NotFound`."""
    if request.type not in REQUESTS:
        raise NotOneOf(request.type, "a type of request", REQUESTS)
    if request.urgency not in URGENCIES:
        raise NotOneOf(request.urgency, "an urgency", URGENCIES)
    check_text(request.subject, request.body)
    workspace, me = call.workspace, call.me()
    role_limits.check(call.state, me, "send")
    about = _about(call, request)
    name = workspace.ids.hexadecimal(EventId.DIGITS)
    title = f"{request.type}: {request.subject}"[: message.LONGEST_SUBJECT]
    priority = "urgent" if request.urgency == "urgent" else request.urgency
    body = request.body.strip()
    message.check_words(title, body)

    asked: list[Requested] = []

    def make(state: State) -> list[Draft]:
        to = send.resolve(workspace, state, me, request.to)
        if to.kind == "all":
            raise RequestToAll()
        data: dict[str, Any] = {"title": request.subject, "to": to.to_json(), "asked": request.type}
        data |= {"type": request.type, **about}  # by its type a role allows to take it, or does not
        data |= {"priority": URGENCIES[request.urgency]} if request.urgency != "normal" else {}
        subject = f"ask {printable(to.shown)}: {printable(request.subject)}"
        added = Draft("task-add", subject, data, request.body, name)
        asked[:] = [Requested(to, name, title, body, priority)]
        return [added, *reaction.drafts(workspace, state, "task-add", asked[0])]

    done = recording.record_all(workspace, me, make)
    statements = [item.event for item in done.outcomes if item.verdict is None]
    reaction.follow(workspace, "task-add", asked[0], statements)
    call.hurry()
    if priority == "urgent":
        waking.wake(call, me.id, send.reached(workspace, done.state, me, asked[0].to))
    return _asked(call, done.state, name)


def _asked(call: Call, state: State, name: str) -> Shown:
    """Return a request as it stands; that no session lives for it is a warning."""
    task = record.read(state, name)
    assert task is not None
    if is_for_nobody(call.workspace, state, task):
        call.warnings.append("no session lives that may take it: it is kept for one that comes")
    return shown(call.workspace, state, task, texts=True)


def _about(call: Call, request: Ask) -> dict[str, Any]:
    """Return what the operation says of the commit that a request is about. Raises `Usage` where it is not here."""
    is_review = request.type == "review"
    about = _commit(call, request.commit) if is_review or request.commit else Oid("")
    makers = noted.makers(call.place, [about]).get(about, [])[: fields.MOST] if is_review else []
    return {key: value for key, value in {"about": about, "makers": makers}.items() if value}


def _commit(call: Call, text: str) -> Oid:
    """Return the commit that a request is about. Raises `Usage` where it is not here."""
    found = revision.commit(call.place.git, text or "HEAD")
    if not found:
        raise NoCommit(text or "HEAD")
    return found
