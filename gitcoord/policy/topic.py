"""Topics and their patterns, by the rules of AMQP 0-9-1's topic exchange.

A topic is words separated by dots, `project.web.tasks`. In a pattern `*` stands for exactly one word and `#` for any
number of them, none included (AMQP 0-9-1 specification, 3.1.3.3).
"""

from __future__ import annotations

from functools import cache

from gitcoord.errors import Usage

LONGEST = 255
"""Characters, as in AMQP."""


def check(topic: str) -> str:
    """The topic. Raises `Usage` for one that is not well formed."""
    words = topic.split(".")
    if not all(words) or len(topic) > LONGEST or not topic.isprintable() or any(char in topic for char in "*# "):
        raise Usage(f"{topic!r} is no topic", "words separated by dots: project.web.tasks")
    return topic


def check_pattern(pattern: str) -> str:
    """The pattern. Raises `Usage` for one that is not well formed."""
    words = pattern.split(".")
    plain = [word for word in words if word not in ("*", "#")]
    if not all(words) or len(pattern) > LONGEST or any(char in word for word in plain for char in "*# "):
        raise Usage(f"{pattern!r} is no topic pattern", "words, `*` for one and `#` for any number: project.*.tasks.#")
    return pattern


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is one that a pattern means; the time is bounded by the product of their words."""
    wanted, words = pattern.split("."), topic.split(".") if topic else []

    @cache
    def rest(at: int, word: int) -> bool:
        if at == len(wanted):
            return word == len(words)
        if wanted[at] == "#":
            return rest(at + 1, word) or (word < len(words) and rest(at, word + 1))
        return word < len(words) and wanted[at] in ("*", words[word]) and rest(at + 1, word + 1)

    return rest(0, 0)
