"""A kind of event: all that is to be known of it. Frozen for a schema, as far as it says what an operation does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitcoord.ledger.event import Event
    from gitcoord.ledger.fold import Apply
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

Fields = dict[str, Any]


def _no_fields(_: Fields) -> Fields:
    return {}


def no_scopes(_: Event) -> tuple[Scope, ...]:
    """Return no scopes."""
    return ()


def _no_terms(_: Event) -> Iterable[str]:
    return ()


def _nothing_given(_: Fields, __: int | None) -> Fields:
    return {}


def _nothing_present(_: State, __: Fields) -> Fields:
    return {}


def _own_type(_: State, own: Fields) -> list[str]:
    found = own.get("type")
    return [found] if isinstance(found, str) and found else []


def own_term(prefix: str) -> Callable[[Event], Iterator[str]]:
    """Make the terms of an event that begins something, which is called by the event's id: the prefix with that id."""

    def terms(event: Event) -> Iterator[str]:
        yield prefix + event.id

    return terms


def id_term(prefix: str, field: str) -> Callable[[Event], Iterator[str]]:
    """Make the terms of an event whose payload has the id of what it is about in this field; none for anything else."""

    def terms(event: Event) -> Iterator[str]:
        name = event.data.get(field)
        if isinstance(name, str) and EventId.fits(name):
            yield prefix + name

    return terms


def name_term(prefix: str, field: str) -> Callable[[Event], Iterator[str]]:
    """Make the terms of an event whose payload has the name of what it is about in this field."""

    def terms(event: Event) -> Iterator[str]:
        name = event.data.get(field)
        if isinstance(name, str):
            yield prefix + name

    return terms


class Kind(NamedTuple):
    """A kind of event.

    `apply` is what an operation does to the state; a statement has none. `tell` reads the payload: the fields of the
    kind in the JSON of `log` and `watch` (it raises `Malformed`). `scopes` are those that an event is about, `terms`
    what else the chronicle finds it under. `given` makes fields of an accepted verdict: of its details, and of the
    operation's number where that is final. `gave` says in words what an accepted operation gave, from those fields.
    `types` are the types of what an event is about, by the present state and those fields; `present` are further fields
    found in the same way.
    """

    name: str
    apply: Apply | None = None
    tell: Callable[[Fields], Fields] = _no_fields
    scopes: Callable[[Event], tuple[Scope, ...]] = no_scopes
    terms: Callable[[Event], Iterable[str]] = _no_terms
    given: Callable[[Fields, int | None], Fields] = _nothing_given
    gave: Callable[[Fields], str] = lambda _: ""
    types: Callable[[State, Fields], list[str]] = _own_type
    present: Callable[[State, Fields], Fields] = _nothing_present

    @property
    def is_about_scopes(self) -> bool:
        """Whether its events are about scopes."""
        return self.scopes is not no_scopes
