"""The table of rules is true: each line is there, each test exists, and docs/protocol.md says the same."""

from __future__ import annotations

import ast
import os
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from .mutation import Found, try_without
from .row import TOP
from .rows import ROWS

if TYPE_CHECKING:
    from .row import Kept

PROTOCOL = (TOP / "docs" / "protocol.md").read_text()
TORTURE = "GITCOORD_TORTURE" in os.environ


def _rules() -> dict[str, str]:
    """The text of each numbered rule of docs/protocol.md, up to the next rule, table or heading."""
    found = {}
    for part in re.split(r"^(?=\*\*\d+\.|#|\|)", PROTOCOL, flags=re.MULTILINE):
        if (number := re.match(r"\*\*(\d+)\.", part)) is not None:
            found[number[1]] = part
    return found


@cache
def _tests_in(file: str) -> frozenset[str]:
    tree = ast.parse((TOP / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.file}")
def test_the_line_is_there_once_and_the_test_exists(row: Kept) -> None:
    """The replacement changes one place of the file, which still is Python, and the named test is in its file."""
    ast.parse(row.broken())
    file, _, name = row.test.partition("::")
    assert name in _tests_in(file), f"{file} has no {name}"
    assert not file.startswith("tests/model/")


def test_every_row_is_of_a_rule() -> None:
    """docs/protocol.md has each number that stands in the table."""
    assert {row.rule for row in ROWS} <= set(_rules())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.file}")
def test_the_protocol_names_the_code_and_the_test(row: Kept) -> None:
    """`Code:` names file and function, `Test:` the test, in the text of the rule."""
    file, _, name = row.test.partition("::")
    code, _, test = _rules()[row.rule].rpartition("Code:")[2].partition("Test:")
    assert f"`{row.file}`" in code
    assert f"`{row.function}`" in code or not row.function
    assert f"`{file}`" in test
    assert f"`{name}`" in test


@pytest.mark.skipif(not TORTURE, reason="one of the long variants: GITCOORD_TORTURE=1")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.file}")
def test_without_the_line_the_test_fails(row: Kept) -> None:
    """The package without the line is noticed."""
    found, said = try_without(row)
    assert found is Found.NOTICED, said
