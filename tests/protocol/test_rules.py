"""The table of rules is true: each rule has a row, each line is there, and docs/protocol.md says the same."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from . import page
from .mutation import Found, try_without
from .row import TOP
from .rows import ROWS

if TYPE_CHECKING:
    from .row import Kept

TORTURE = "GITCOORD_TORTURE" in os.environ


def _name(row: Kept) -> str:
    return f"{row.rule}-{row.function}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_the_line_is_there_once(row: Kept) -> None:
    """The replacement changes one place of the function, and the file still is Python; a test of the code notices."""
    for text in row.broken().values():
        ast.parse(text)
    assert not row.test.startswith("tests/model/"), "the model is not the code"


def test_each_test_can_be_run() -> None:
    """Pytest finds every test of the table, with the parameters that are named."""
    tests = dict.fromkeys(row.test for row in ROWS)
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:xdist", "-p", "no:cacheprovider", *tests]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    found = subprocess.run(argv, cwd=TOP, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr + found.stdout


def test_every_rule_has_a_row() -> None:
    """Each number of docs/protocol.md and each thing that may be found wrong has a line, and no row has another."""
    assert [*sorted(page.rules(), key=int), *page.found()] == sorted({row.rule for row in ROWS}, key=_in_order)


@pytest.mark.parametrize("rule", dict.fromkeys(row.rule for row in ROWS))
def test_the_protocol_names_the_code_and_the_test(rule: str) -> None:
    """`Code:` names exactly the functions of the rule's rows, and `Test:` exactly their tests."""
    assert page.said()[rule] == page.expected(row for row in ROWS if row.rule == rule)


def _in_order(rule: str) -> tuple[bool, int, str]:
    """Rules by number, then what is found wrong: w1a, w1b, w2a."""
    digits = "".join(filter(str.isdigit, rule))
    return not rule.isdigit(), int(digits), rule


@pytest.mark.skipif(not TORTURE, reason="one of the long variants: GITCOORD_TORTURE=1")
@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_without_the_line_the_test_fails(row: Kept) -> None:
    """The package without the line is noticed."""
    found, told = try_without(row)
    assert found is Found.NOTICED, told
