"""Command lines of the plain form, read without typer, which takes longer to load than most commands take to run.

A line is of the plain form where every option is spelled out, a value stands behind its option and begins with no dash,
and nothing is missing, unknown or given twice. It is read from the same requests that typer is told of, and means the
same to both. Any other line, every request for help and every mistake is left to typer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord import errors
from gitcoord.domain.command import REQUIRED, Argument, Rest, fields
from gitcoord.interfaces.cli import runs
from gitcoord.interfaces.cli.commands import ALIASES, COMMON, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.domain.command import Field
    from gitcoord.interfaces.cli.invocation import Invocation

_DIGITS = 9
"""Most digits of a number that cannot be meant otherwise."""

_Values = dict[str, Any]
_Known = dict[str, tuple["Field", _Values]]
"""Options by their spellings, each with where its value goes."""


class Asked(NamedTuple):
    """What a command line asks for: the common options that it has, by field, and what is run with which request."""

    common: _Values
    run: Callable[[Invocation, Any], None]
    request: Any


def read(argv: Iterable[str]) -> Asked | None:
    """Return what a command line asks for; None where it is not of the plain form."""
    words = list(argv)
    common: _Values = {}
    before = _options(COMMON, common)
    try:
        while words and words[0].startswith("-"):
            _take(words, before)
        run = _command(words)
        given = _request(words, fields(run.request), common)
    except errors.cli.NotPlain:
        return None
    return Asked(common, run.run, run.request(**given))


def _command(words: list[str]) -> runs.Run:
    """Take the one or two words of a command from the line."""
    word = ALIASES.get(words[0], words[0]) if words else ""
    if word not in WORDS:
        raise errors.cli.NotPlain
    found = runs.of(word)
    name = word if word in found else " ".join((word, *words[1:2]))
    if name not in found:
        raise errors.cli.NotPlain
    del words[: name.count(" ") + 1]
    return found[name]


def _request(words: list[str], known: list[Field], common: _Values) -> _Values:
    """Return the fields of the request that the words behind the command make; takes common options too."""
    given: _Values = {}
    own = _options((field for field in known if not isinstance(field.about, Argument)), given)
    of_all = (field for field in COMMON if own.keys().isdisjoint(_spellings(field)))
    options = own | _options(of_all, common)
    places = [field for field in known if isinstance(field.about, Argument)]
    standing = []
    while words:
        if words[0].startswith("-"):
            _take(words, options)
        else:
            standing.append(words.pop(0))
    for field in places:
        if standing:
            takes_all = field.kind == list[str]
            given[field.name] = standing if takes_all else standing.pop(0)
            standing = [] if takes_all else standing
    if standing or any(field.default is REQUIRED and field.name not in given for field in known):
        raise errors.cli.NotPlain
    return given


def _options(known: Iterable[Field], values: _Values) -> _Known:
    """Return these options by their spellings, with the place for their values."""
    return {name: (field, values) for field in known for name in _spellings(field)}


def _spellings(field: Field) -> tuple[str, ...]:
    """Return how an option is spelled. What a command takes as it stands is not plain."""
    if isinstance(field.about, Rest):
        raise errors.cli.NotPlain
    assert not isinstance(field.about, Argument)
    return field.about.names or ("--" + field.name.replace("_", "-"),)


def _take(words: list[str], known: _Known) -> None:
    """Take an option and its value from the line."""
    name, equals, value = words[0].partition("=") if words[0].startswith("--") else (words[0], "", "")
    if name not in known:
        raise errors.cli.NotPlain
    field, values = known[name]
    several = field.kind == list[str]
    if field.name in values and not several:
        raise errors.cli.NotPlain
    del words[0]
    if field.kind is bool:
        if equals:
            raise errors.cli.NotPlain
        values[field.name] = True
        return
    if not equals:
        value = words.pop(0) if words else "-"
    if value.startswith("-"):
        raise errors.cli.NotPlain
    if several:
        values.setdefault(field.name, []).append(value)
    else:
        values[field.name] = _value(field, value)


def _value(field: Field, text: str) -> str | int:
    """Return the value that a text is to an option, a number within its bounds."""
    if field.kind in (str, str | None):
        return text
    if field.kind not in (int, int | None) or not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise errors.cli.NotPlain
    assert not isinstance(field.about, (Argument, Rest))
    number, least, most = int(text), field.about.least, field.about.most
    if (least is not None and number < least) or (most is not None and number > most):
        raise errors.cli.NotPlain
    return number
