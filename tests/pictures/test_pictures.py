"""The pictures of the README can be made."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.browser import missing

from . import screen
from .demo import COLUMNS, ROWS, picture

BOARD = Path(__file__).parents[2] / "docs" / "board.png"


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing() or "a browser is here")
def test_the_picture_of_the_board_is_made(tmp_path: Path, env: dict[str, str]) -> None:
    """By a browser, as wide as the one that the README shows and of about its height: it shows the same parts."""
    width, height = size(screen.picture(tmp_path, env))
    shown = size(BOARD.read_bytes())
    assert (width, shown[0]) == (screen.WIDTH, screen.WIDTH)
    assert abs(height - shown[1]) < 100, "make it anew: python -m tests.pictures"


def test_a_terminal_becomes_a_picture_of_its_text() -> None:
    """Every line is text, in the look of what it is; long lines and long stories are cut, and nothing is markup."""
    lines = ["A story.", "bob$ git coord claim '<b>&'", "  error: no", "  hint: yes", "x" * 500, *["more"] * 100]
    found = ElementTree.fromstring(picture(lines))
    rows = found.findall("{http://www.w3.org/2000/svg}text")
    assert [row.text for row in rows[:4]] == lines[:4]
    assert [row.get("class") for row in rows[:4]] == ["head", "typed", "error", "hint"]
    assert len(rows) == ROWS and len(rows[4].text or "") == COLUMNS
