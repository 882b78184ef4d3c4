"""docs/messages.md: its table of topic patterns, its fields and its limits are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitcoord import dataclass
from gitcoord.domain.message import inbox, send
from gitcoord.domain.message import record as message
from gitcoord.policy import limits, topic

TEXT = (Path(__file__).parents[1] / "docs" / "messages.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The rows of the tables below a heading, as cells."""
    found = re.search(rf"(?ms)^## {heading}$(.*?)(?=^## |\Z)", TEXT)
    assert found, heading
    lines = [line for line in found[1].splitlines() if line.startswith("|") and not line.startswith("|--")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", [row for row in rows("Topics") if row[0].startswith("`")], ids=lambda row: row[0])
def test_a_pattern_means_what_the_table_says(row: list[str]) -> None:
    """Each topic in the second column is meant by the pattern in the first, none in the third is."""
    pattern = topic.check_pattern(row[0].strip("`"))
    for cell, meant in zip(row[1:], (True, False), strict=True):
        for name in re.findall(r"`([^`]+)`", cell):
            assert topic.matches(pattern, topic.check(name)) is meant, name


def test_every_field_is_described() -> None:
    """The fields of a message as the inbox shows it are in the table of fields."""
    described = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows("Fields"))))
    assert {item.name for item in dataclass.fields(inbox.Shown)} <= described


def test_the_limits_are_those_of_the_program() -> None:
    """Nobody has to find out by trying how long a subject may be, or how large a file."""
    said = {row[0]: row[1] for row in rows("Limits")}
    assert said["subject"].startswith(f"{message.LONGEST_SUBJECT} characters")
    assert said["body"].startswith(f"{message.LONGEST_BODY // 1024} KiB")
    assert said["attached files"].startswith(f"{send.MOST_FILES}, with the text {limits.MESSAGE_BYTES >> 20} MiB")
    assert f" {topic.LONGEST} characters" in said["type, topic"]
    assert all(word in TEXT for word in (f"`{word}`" for word in message.PRIORITIES))
