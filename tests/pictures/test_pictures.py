"""The pictures of the README can be made."""

from __future__ import annotations

from xml.etree import ElementTree

from .demo import COLUMNS, ROWS, picture


def test_a_terminal_becomes_a_picture_of_its_text() -> None:
    """Every line is text, in the look of what it is; long lines and long stories are cut, and nothing is markup."""
    lines = ["A story.", "bob$ git coord claim '<b>&'", "  error: no", "  hint: yes", "x" * 500, *["more"] * 100]
    found = ElementTree.fromstring(picture(lines))
    rows = found.findall("{http://www.w3.org/2000/svg}text")
    assert [row.text for row in rows[:4]] == lines[:4]
    assert [row.get("class") for row in rows[:4]] == ["head", "typed", "error", "hint"]
    assert len(rows) == ROWS and len(rows[4].text or "") == COLUMNS
