"""Command lines that are read without typer: what they mean to both is the same."""

from __future__ import annotations

import functools
import shlex
import warnings
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitcoord.domain.command import Argument, Rest, fields
from gitcoord.interfaces.cli import plain, runs
from gitcoord.interfaces.cli.commands import ALIASES, COMMON, WORDS, listed
from gitcoord.interfaces.cli.invocation import Invocation

with warnings.catch_warnings():
    # typer 0.25 imports from click what click 9 will not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from gitcoord.interfaces.cli import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.command import Field

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

Meaning = tuple[Any, dict[str, Any]]
"""A request, and the common options that stand beside it."""


class Asking:
    """The program, which remembers what it was asked instead of doing it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = runs.of
        self._asked: list[Any] = []

        @functools.cache
        def of(word: str) -> dict[str, runs.Run]:
            return {name: runs.Run(run.request, self._remember) for name, run in real(word).items()}

        monkeypatch.setattr(runs, "of", of)
        monkeypatch.setattr(parser, "load", functools.cache(parser.load))
        self.requests = {name: run.request for word in WORDS for name, run in of(word).items()}

    def _remember(self, _: Invocation, request: Any) -> None:
        self._asked.append(request)

    def typer(self, words: list[str]) -> Meaning:
        """What typer makes of a line. Raises `Usage` where it can make nothing of it."""
        invocation = Invocation({})
        parser.run(invocation, words)
        return self._asked.pop(), _common(invocation)

    @staticmethod
    def plain(words: list[str]) -> Meaning | None:
        """What it is without typer; None where it is left to it."""
        asked = plain.read(words)
        if asked is None:
            return None
        invocation = Invocation({})
        for name, value in asked.common.items():
            setattr(invocation, name, value)
        return asked.request, _common(invocation)


def _common(invocation: Invocation) -> dict[str, Any]:
    return {field.name: getattr(invocation, field.name) for field in COMMON}


@pytest.fixture(scope="module")
def asking() -> Iterator[Asking]:
    """The program that remembers."""
    with pytest.MonkeyPatch.context() as patch:
        yield Asking(patch)


@pytest.mark.parametrize("name", sorted(listed()))
def test_the_examples_of_the_help_mean_the_same_to_both(asking: Asking, name: str) -> None:
    """Every example is read, and without typer too, unless it passes words on to another program."""
    for example in listed()[name].examples:
        words = shlex.split(example)
        if words[0] in ("commit", "hook"):
            assert asking.plain(words) is None
            continue
        meant = asking.typer(words)
        assert asking.plain(words) == (None if words[0] == "run" else meant)


VALUES = st.sampled_from(
    ["a", "src/**", "slot:x", "", "-", "--", "-1", "-x", "7", "0", "07", "10000000000", "é", "a=b"]
)


def _option(draw: st.DrawFn, field: Field) -> list[str]:
    """A way to give an option: mostly as it is meant."""
    about: Any = field.about
    name = draw(st.sampled_from(about.names or ("--" + field.name.replace("_", "-"),)))
    if field.kind is bool:
        return [name] if draw(st.integers(0, 9)) else [f"{name}=a"]
    value = draw(st.integers(0, 60).map(str) if field.kind in (int, int | None) else VALUES)
    return draw(st.sampled_from([[name, value], [name, value], [f"{name}={value}"], [name + value], [name]]))


@st.composite
def lines(draw: st.DrawFn, asking: Asking) -> list[str]:
    """A line that a command may be called with, or nearly."""
    name = draw(st.sampled_from(sorted(asking.requests)))
    known = [field for field in fields(asking.requests[name]) if not isinstance(field.about, Rest)]
    options = [field for field in (*known, *COMMON) if not isinstance(field.about, Argument)]
    parts = [_option(draw, field) for field in draw(st.lists(st.sampled_from(options), max_size=3))]
    places = sum(isinstance(field.about, Argument) for field in known)
    parts += [[draw(VALUES)] for _ in range(draw(st.integers(max(places - 1, 0), places + 1)))]
    before = [_option(draw, field) for field in draw(st.lists(st.sampled_from(COMMON), max_size=1))]
    words = draw(st.sampled_from([name, *(alias for alias, meant in ALIASES.items() if meant == name)]))
    return [*chain(*before), *words.split(), *chain(*draw(st.permutations(parts)))]


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_line_means_the_same_to_both(asking: Asking, data: st.DataObject) -> None:
    """Whatever is read without typer, typer reads too, and as the same request with the same common options."""
    words = data.draw(lines(asking))
    found = asking.plain(words)
    if found is not None:
        assert asking.typer(words) == found


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--version",),
        ("claim", "--help"),
        ("claims", "-h"),
        ("nothing",),
        ("task",),
        ("task", "nothing"),
        ("claims", "--mi"),
        ("claims", "--mine", "--mine"),
        ("claims", "--mine=yes"),
        ("claims", "--of"),
        ("claims", "--of", "--mine"),
        ("inbox", "--limit", "-1"),
        ("ack",),
        ("ack", "one", "two"),
        ("check", "--", "-x"),
        ("claims", "-qq"),
        ("run", "src", "--", "make"),
    ],
    ids=" ".join,
)
def test_what_is_not_plain_is_left_to_typer(words: tuple[str, ...]) -> None:
    """Mistakes, requests for help, abbreviations and what two readers might take for different things."""
    assert plain.read(words) is None
