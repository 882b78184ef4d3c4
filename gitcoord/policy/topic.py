"""Topics and their patterns, by the rules of AMQP 0-9-1's topic exchange.

A topic is words separated by dots, `project.web.tasks`. In a pattern `*` stands for exactly one word and `#` for any
number of them, none included (AMQP 0-9-1 specification, 3.1.3.3).
"""

from __future__ import annotations

from gitcoord import errors

LONGEST = 255
"""Characters, as in AMQP."""


def check(topic: str) -> str:
    """The topic. Raises `Usage` for one that is not well formed."""
    words = topic.split(".")
    if not all(words) or len(topic) > LONGEST or not topic.isprintable() or any(char in topic for char in "*# "):
        raise errors.usage.NotWritten(topic, "a topic", "words separated by dots: project.web.tasks")
    return topic


def check_pattern(pattern: str) -> str:
    """The pattern. Raises `Usage` for one that is not well formed."""
    words = pattern.split(".")
    plain = [word for word in words if word not in ("*", "#")]
    if (
        not all(words)
        or len(pattern) > LONGEST
        or not pattern.isprintable()
        or any(char in word for word in plain for char in "*# ")
    ):
        raise errors.usage.NotWritten(
            pattern, "a topic pattern", "words, `*` for one and `#` for any number: project.*.tasks.#"
        )
    return pattern


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is one that a pattern means; the time is bounded by the product of their words."""
    words = topic.split(".") if topic else []
    # `reached[n]`: the pattern up to here can stand for the first n words.
    reached = [True] + [False] * len(words)
    for wanted in pattern.split("."):
        if wanted == "#":
            first = reached.index(True) if True in reached else len(reached)
            reached = [at >= first for at in range(len(reached))]
        else:
            reached = [False, *(was and wanted in ("*", word) for was, word in zip(reached, words, strict=False))]
    return reached[-1]
