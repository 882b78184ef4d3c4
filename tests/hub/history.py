"""A checker of histories: what sessions were told, against the hub's ledger as it is in the end.

    python -m tests.hub.history --seconds 300 --seed 7

A history is a list of answers, each with when it was asked for and given by one clock, and which ledger the hub had
then. A book is the hub's ledger: operations in order, grouped by commit. The checker folds the claims of the book with
a few lines of its own and then looks for what must not be; it returns every violation as a sentence. It knows nothing
of the program but the words of the answers (docs/reference.md), and finds what test_history.py makes up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Answer:
    """One command: who asked for what and when, and what was said. `status` is None where the command was killed.

    `before` and `after` are the numbers of the commit that the hub's ledger stood at; times are seconds.
    """

    session: str
    verb: str
    scope: str
    begun: float
    ended: float
    status: int | None
    said: dict[str, Any] = field(default_factory=dict)
    before: int = 0
    after: int = 10**9

    @property
    def result(self) -> str:
        """In a word: won, provisional, refused, unknown, done or killed."""
        if self.status is None:
            return "killed"
        if self.status == 0 and self.verb == "claim":
            return "won" if self.said.get("confirmed") else "provisional"
        return {0: "done", 1: "refused", 3: "unknown"}.get(self.status, f"status {self.status}")

    def __str__(self) -> str:
        return f"{self.verb} {self.scope} of {self.session} at {self.begun:.3f}: {self.result}"


@dataclass(frozen=True)
class Operation:
    """An operation of the ledger. `names` are (claim, scopes) that it gives up, or the claims that it takes, or the
    sessions that it retires; `ends` own claims, or parts of them, that a wider one replaces."""

    commit: int
    number: int
    id: str
    session: str
    kind: str
    reason: str = ""
    scopes: tuple[str, ...] = ()
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ends: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Held:
    """A claim that stands."""

    id: str
    session: str
    scopes: tuple[str, ...]
    token: int


def overlap(one: str, other: str) -> bool:
    """Whether two paths are the same, or one contains the other."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


class Book:
    """The hub's ledger: its operations in order. `states[n]` is what is held after commit number n."""

    def __init__(self, operations: list[Operation], commits: int = 0) -> None:
        self.operations = operations
        self.commits = max([commits, *(item.commit + 1 for item in operations)])
        self.states: list[dict[str, Held]] = []
        held: dict[str, Held] = {}
        at = 0
        for commit in range(self.commits):
            while at < len(operations) and operations[at].commit == commit:
                held = self._after(held, operations[at])
                at += 1
            self.states.append(held)

    @staticmethod
    def _after(before: dict[str, Held], item: Operation) -> dict[str, Held]:
        if item.reason:
            return before
        held = dict(before)
        if item.kind in ("end", "retire"):
            over = {item.session} if item.kind == "end" else {name for name, _ in item.names}
            return {claim: one for claim, one in held.items() if one.session not in over}
        given = item.names if item.kind == "release" else item.ends
        for claim, scopes in given:
            one = held.pop(claim, None)
            left = tuple(scope for scope in one.scopes if scope not in scopes) if one else ()
            if one is not None and left:
                held[claim] = Held(one.id, one.session, left, one.token)
        for claim, _ in item.names if item.kind == "take" else ():
            one = held.pop(claim, None)
            left = tuple(scope for scope in one.scopes if not _conflict((scope,), item.scopes)) if one else ()
            if one is not None and left:
                held[claim] = Held(one.id, one.session, left, one.token)
        if item.kind in ("claim", "take"):
            held[item.id] = Held(item.id, item.session, item.scopes, item.number)
        return held

    @cached_property
    def by_number(self) -> dict[int, Operation]:
        """Operations by the number that the ledger gave them."""
        return {item.number: item for item in self.operations}

    def held(self, before: int, after: int) -> Iterator[Held]:
        """Everything that was held at some time between two commits."""
        for state in self.states[max(0, before) : after + 1]:
            yield from state.values()

    def of(self, session: str, *kinds: str) -> list[Operation]:
        """The operations of a session of these kinds."""
        return [item for item in self.operations if item.session == session and item.kind in kinds]


def check(answers: list[Answer], book: Book) -> list[str]:
    """Everything that is wrong with a history, as sentences."""
    finders = (ledger_is_sound, won_is_there, refused_is_true, released_is_there, unknown_is_unknown)
    wrong = [sentence for finder in finders for sentence in finder(answers, book)]
    return [*wrong, *never_two_holders(answers, book), *tokens_rise(answers, book), *told_or_kept(answers, book)]


def ledger_is_sound(answers: list[Answer], book: Book) -> Iterator[str]:
    """Nobody holds what conflicts, nothing is counted twice, and numbers rise."""
    for event_id, count in Counter(item.id for item in book.operations).items():
        if count > 1:
            yield f"counted twice: operation {event_id}"
    for before, after in zip(book.operations, book.operations[1:], strict=False):
        if after.number <= before.number:
            yield f"numbers fall: {after.number} after {before.number}"
    seen = set()
    for commit, state in enumerate(book.states):
        items = list(state.values())
        for at, one in enumerate(items):
            for other in items[at + 1 :]:
                pair = (one.id, other.id)
                if pair not in seen and one.session != other.session and _conflict(one.scopes, other.scopes):
                    seen.add(pair)
                    yield f"two holders: {one.session} and {other.session} at commit {commit}"


def _conflict(scopes: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return any(overlap(one, other) for one in scopes for other in others)


def _token(answer: Answer) -> int:
    """The token of the claim that answers for the scope that was asked for."""
    tokens = [item["token"] for item in answer.said.get("claims", ()) if item["scope"] == answer.scope]
    return int((tokens[0] if tokens else answer.said.get("token")) or 0)


def _since(answer: Answer) -> int:
    """The first commit that an answer may speak of: offline it speaks of what was known at any time before."""
    return answer.before if answer.said.get("hub") == "ok" else 0


def won_is_there(answers: list[Answer], book: Book) -> Iterator[str]:
    """What was said to be won and confirmed is an accepted operation of that number, and was held at that time."""
    for answer in answers:
        if answer.result != "won":
            continue
        item = book.by_number.get(_token(answer))
        if item is None or item.reason or item.kind not in ("claim", "take") or item.session != answer.session:
            yield f"won, and not in the ledger: {answer}, token {_token(answer)}"
        elif not _conflict(item.scopes, (answer.scope,)):
            yield f"won something else: {answer}, token {item.number} is {item.scopes}"
        elif not any(one.id == item.id for one in book.held(_since(answer), answer.after)):
            yield f"won, and not held meanwhile: {answer}"


def refused_is_true(answers: list[Answer], book: Book) -> Iterator[str]:
    """Who is named by a refusal held something that conflicts: at that time, or as far as was known without the hub."""
    for answer in answers:
        if answer.result != "refused" or answer.verb != "claim":
            continue
        if not answer.said.get("conflicts"):
            if answer.said.get("reason") == "held" and answer.said.get("hub") == "ok":
                yield from _lost_a_race(answer, book)
            continue
        for conflict in answer.said["conflicts"]:
            holder, scope, confirmed = (conflict["held"][key] for key in ("session", "scope", "confirmed"))
            if holder == answer.session or not overlap(scope, answer.scope):
                yield f"refused for nothing: {answer} names {holder} on {scope}"
            asked = any(_conflict(item.scopes, (answer.scope,)) for item in book.of(holder, "claim", "take"))
            stood = any(
                one.session == holder and _conflict(one.scopes, (answer.scope,))
                for one in book.held(_since(answer), answer.after)
            )
            if not (stood if confirmed else asked):
                yield f"refused by nobody: {answer} names {holder}, who did not hold it"


def _lost_a_race(answer: Answer, book: Book) -> Iterator[str]:
    """A refusal that names nobody is a race that was lost: the ledger has it, refused; or has it taken meanwhile."""
    mine = {item.id for item in book.of(answer.session, "claim", "take")}
    if not any(
        (item.session == answer.session and item.reason)
        or (item.kind == "take" and not item.reason and any(name in mine for name, _ in item.names))
        for item in book.operations
        if answer.before < item.commit <= answer.after
    ):
        yield f"refused by nobody: {answer} names nobody, and no race was lost"


def released_is_there(answers: list[Answer], book: Book) -> Iterator[str]:
    """For each release that was acknowledged the ledger has one of that session on that scope; for an end its end."""
    given = Counter(
        (answer.session, answer.scope)
        for answer in answers
        if answer.verb == "release" and answer.result == "done" and answer.said.get("released")
    )
    for (session, scope), count in given.items():
        found = [
            item
            for item in book.of(session, "release")
            if any(overlap(scope, one) for _, scopes in item.names for one in scopes)
        ]
        if len(found) < count:
            yield f"lost: {session} released {scope} {count} times, the ledger has {len(found)}"
    for answer in answers:
        if answer.verb == "end" and answer.result == "done" and not book.of(answer.session, "end", "retire"):
            yield f"lost: {answer}, and the ledger has no end of it"


def unknown_is_unknown(answers: list[Answer], book: Book) -> Iterator[str]:
    """An exit status of 3 says neither won nor refused, and an error of ours never looks like a refusal."""
    for answer in answers:
        if answer.status == 3 and answer.said.get("result") in ("won", "refused"):
            yield f"unknown, and yet {answer.said['result']}: {answer}"
        if answer.status not in (None, 0, 1, 3):
            yield f"a bug: {answer}"
        if answer.status == 1 and answer.said.get("result") == "won":
            yield f"refused, and yet won: {answer}"


@dataclass(frozen=True)
class Tenure:
    """A claim as its session believes in it: from the answer that it is won to the first step to give it up."""

    session: str
    scope: str
    token: int
    begun: float
    ended: float


def tenures(answers: list[Answer]) -> list[Tenure]:
    """What each session took for its own, and when."""
    found = []
    for answer in answers:
        if answer.result == "won":
            over = [
                one.begun
                for one in answers
                if one.session == answer.session and one.begun >= answer.ended and _gives_up(one, answer.scope)
            ]
            until = min(over, default=float("inf"))
            found.append(Tenure(answer.session, answer.scope, _token(answer), answer.ended, until))
    return found


def _gives_up(answer: Answer, scope: str) -> bool:
    return answer.verb == "end" or (answer.verb == "release" and overlap(answer.scope, scope))


def never_two_holders(answers: list[Answer], book: Book) -> Iterator[str]:
    """No two sessions were told at once that they hold what conflicts, but for a takeover that the ledger shows."""
    found = tenures(answers)
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            if one.session == other.session or not overlap(one.scope, other.scope):
                continue
            if max(one.begun, other.begun) < min(one.ended, other.ended) and not _taken(book, one, other):
                yield f"two winners: {one} and {other}"


def _taken(book: Book, one: Tenure, other: Tenure) -> bool:
    """Whether the elder's claim was taken over before the younger made its own, or the elder's session retired."""
    first, second = sorted((one, other), key=lambda tenure: tenure.token)
    lost = {item.id for item in book.of(first.session, "claim", "take") if _conflict(item.scopes, (first.scope,))}
    lost.add(first.session)
    return any(
        not item.reason and item.kind in ("take", "retire") and any(name in lost for name, _ in item.names)
        for item in book.operations
        if first.token < item.number <= second.token
    )


def tokens_rise(answers: list[Answer], book: Book) -> Iterator[str]:
    """Who won after another's answer has the higher token, where the scopes conflict."""
    wins = [answer for answer in answers if answer.result == "won"]
    for one in wins:
        for other in wins:
            later = other.begun > one.ended and overlap(one.scope, other.scope) and one.session != other.session
            later = later and other.said.get("hub") == "ok"  # offline the token is as old as what is known
            taken_back = any(other.begun > again.begun > one.ended and again.session == other.session for again in wins)
            if later and _token(other) <= _token(one) and not taken_back and not _still_held(answers, one, other):
                yield f"tokens fall: {_token(other)} for {other} after {_token(one)} for {one}"


def _still_held(answers: list[Answer], one: Answer, other: Answer) -> bool:
    """Whether the later winner had that token before: it renewed what it held all the time."""
    return any(
        again.session == other.session and again.ended < one.ended and _token(again) == _token(other)
        for again in answers
        if again.result in ("won", "provisional")
    )


def told_or_kept(answers: list[Answer], book: Book) -> Iterator[str]:
    """What was won (provisionally, too) and not given up is held in the end, or its session was told; and nobody
    holds what it gave up, was refused, or does not know of."""
    last = book.states[-1] if book.states else {}
    sessions = {answer.session for answer in answers}
    for session in sorted(sessions):
        mine = [answer for answer in answers if answer.session == session]
        holds = [scope for one in last.values() if one.session == session for scope in one.scopes]
        yield from _kept(session, mine, holds, book)
        yield from _unawares(session, mine, holds)


def _kept(session: str, mine: list[Answer], holds: list[str], book: Book) -> Iterator[str]:
    if book.of(session, "end") or any(name == session for item in book.operations for name, _ in item.names):
        return
    for at, answer in enumerate(mine):
        if answer.result not in ("won", "provisional"):
            continue
        later = mine[at + 1 :]
        gone = any(_gives_up(one, answer.scope) or _gives_back(one, answer.scope) for one in later)
        warned = any(_speaks_of(text, answer.scope) for one in later for text in one.said.get("warnings", ()))
        refused = any(one.verb == "claim" and one.result == "refused" and one.scope == answer.scope for one in later)
        if not gone and not warned and not refused and not any(overlap(answer.scope, scope) for scope in holds):
            yield f"lost unawares: {answer}, and it is not held in the end, nor was {session} told"


def _speaks_of(text: str, scope: str) -> bool:
    return any(overlap(word.strip(",:;()"), scope) for word in text.split())


def _gives_back(answer: Answer, scope: str) -> bool:
    return answer.verb == "claim" and answer.result in ("unknown", "killed") and answer.scope == scope


def _unawares(session: str, mine: list[Answer], holds: list[str]) -> Iterator[str]:
    for scope in holds:
        about = [one for one in mine if one.verb in ("claim", "release") and overlap(one.scope, scope)]
        asked = [one for one in about if one.verb == "claim"]
        if not asked:
            yield f"held unawares: {scope} by {session}, who never asked for it"
            continue
        decisive = [one for one in about if one.result != "killed" and (one.result, one.verb) != ("unknown", "release")]
        if not decisive or any(one.result == "killed" for one in about[about.index(decisive[-1]) :]):
            continue
        one = decisive[-1]
        if one.verb == "release" and one.result == "done" and one.scope == scope:
            yield f"held unawares: {scope} by {session}, who released it: {one}"
        if one.verb == "claim" and one.result == "unknown" and one.scope == scope:
            won = [earlier for earlier in about[: about.index(one)] if earlier.result in ("won", "provisional")]
            if not won:
                yield f"held unawares: {scope} by {session}, who was told that it is unknown: {one}"


if __name__ == "__main__":
    from .storm import main

    main()
