"""Topics and patterns mean what AMQP says, for whatever words, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitcoord.errors import Usage
from gitcoord.policy import topic

TABLE = [
    # The examples of AMQP 0-9-1, 3.1.3.3, and of RabbitMQ's fifth tutorial.
    ("*.stock.#", "usd.stock", True),
    ("*.stock.#", "eur.stock.db", True),
    ("*.stock.#", "stock.nasdaq", False),
    ("*.orange.*", "quick.orange.rabbit", True),
    ("*.orange.*", "lazy.orange.male.rabbit", False),
    ("*.orange.*", "orange", False),
    ("*.*.rabbit", "quick.orange.rabbit", True),
    ("lazy.#", "lazy.pink.rabbit", True),
    ("lazy.#", "lazy", True),
    ("lazy.#", "lazybones", False),
    # Plain words match themselves, whole, with their case.
    ("project.web", "project.web", True),
    ("project.web", "project.web.tasks", False),
    ("project.web", "project", False),
    ("project.web", "Project.web", False),
    ("a", "aa", False),
    # `*` is one word, never none, never a part of one.
    ("*", "a", True),
    ("*", "a.b", False),
    ("*.*", "a", False),
    ("project.*.tasks.#", "project.web.tasks", True),
    ("project.*.tasks.#", "project.web.tasks.7.done", True),
    ("project.*.tasks.#", "project.tasks", False),
    # `#` is any number of words, none included, wherever it stands.
    ("#", "a", True),
    ("#", "a.b.c", True),
    ("#.#", "a", True),
    ("#.a.#", "b.a.c", True),
    ("#.a.#", "b.c", False),
    ("#.a.b", "a.a.b", True),
    ("a.#.b", "a.b", True),
    ("a.#.b", "a.x.y.b", True),
    ("a.#.b", "a.x.y", False),
    ("#.*", "a", True),
    ("*.#", "a", True),
    ("*.#.*", "a", False),
    ("*.#.*", "a.b", True),
    ("a.#.*.b", "a.b", False),
    ("a.#.*.b", "a.b.b", True),
    # No other sign means anything.
    ("a.?", "a.b", False),
    ("a.[b]", "a.b", False),
    ("..", "a", False),
]


@pytest.mark.parametrize(("pattern", "words", "expected"), TABLE)
def test_table(pattern: str, words: str, expected: bool) -> None:
    """The rules, one by one."""
    assert topic.matches(pattern, words) is expected


def naive(pattern: list[str], words: list[str]) -> bool:
    """The definition, word for word."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(naive(pattern[1:], words[at:]) for at in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and naive(pattern[1:], words[1:])


WORDS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=7)
PATTERNS = st.lists(st.sampled_from(["a", "b", "ab", "*", "#"]), min_size=1, max_size=7)


@given(PATTERNS, WORDS)
@example(["#", "a", "#", "b", "#"], ["b", "a", "a", "b"])
def test_agrees_with_the_definition(pattern: list[str], words: list[str]) -> None:
    """What is worked out step by step is what the definition says."""
    assert topic.matches(".".join(pattern), ".".join(words)) is naive(pattern, words)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (".".join(["#"] * 127), ".".join(["a"] * 500)),
        (".".join(["#", "a"] * 63 + ["b"]), ".".join(["a"] * 500)),
        (".".join(["#", "*"] * 63 + ["b"]), ".".join(["a"] * 500)),
        ("#", "." * 1000),  # what others wrote may have as many words as fit into a text
        ("#.x", "." * 1000),
    ],
)
def test_time_is_bounded(pattern: str, words: str) -> None:
    """The worst patterns over the longest topics that anybody may write take a moment, and no deep stack."""
    began = time.process_time()
    assert topic.matches(pattern, words) is (pattern == "#" or set(pattern) == {"#", "."})
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("text", ["a", "project.web.tasks", "\u00e9t\u00e9.7", "a-b_c.d", "x" * 255])
def test_topics(text: str) -> None:
    """A topic is words with dots between them."""
    assert topic.check(text) == topic.check_pattern(text) == text
    assert topic.matches(text, text)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a b", "a.*", "#", "a\nb", "a\x1b", "\u202e", "x" * 256])
def test_no_topics(text: str) -> None:
    """Empty words, wildcards, blanks and what cannot be shown make no topic."""
    with pytest.raises(Usage):
        topic.check(text)


@pytest.mark.parametrize("text", ["#", "*", "a.*.#", "*.*", "#.#"])
def test_patterns(text: str) -> None:
    """Wildcards stand for whole words."""
    assert topic.check_pattern(text) == text


@pytest.mark.parametrize("text", ["", "a.", "..", "a*", "a.b#", "##", "**", "a b", "#" * 256, "a.\x1b[2J"])
def test_no_patterns(text: str) -> None:
    """A wildcard that is part of a word, an empty word, or what could be in no topic is a slip, and is told."""
    with pytest.raises(Usage):
        topic.check_pattern(text)
