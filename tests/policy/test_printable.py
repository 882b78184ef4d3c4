"""Foreign text is shown harmlessly."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitcoord.policy.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("src/auth.py", "src/auth.py"),
        ("größe 日本語 👩\u200d👧 ❤\ufe0f", "größe 日本語 👩\u200d👧 ❤\ufe0f"),
        ("back\\slash", "back\\slash"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x7f\x9b2J\x85", "\\x7f\\x9b2J\\x85"),
        ("abc\u202ecod.exe", "abc\\u202ecod.exe"),
        ("\u2066\u2069\u200f\u2028\ufeff\u200b", "\\u2066\\u2069\\u200f\\u2028\\ufeff\\u200b"),
        ("hi\U000e0041\U000e0100", "hi\\U000e0041\\U000e0100"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("a\ufe00b\ufe0e\ufe0f", "a\\ufe00b\\ufe0e\\ufe0f"),
        ("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4", "\\u115f\\u1160\\u3164\\uffa0\\u2800\\u034f\\u17b4"),
        ("a\u200db\u200cc", "a\\u200db\\u200cc"),
        ("👩\u200d", "👩\\u200d"),
        ("a\u200d👩", "a\\u200d👩"),
        ("❤\ufe0f\u200d🔥 1\ufe0f\u20e3 1\ufe0f", "❤\ufe0f\u200d🔥 1\ufe0f\u20e3 1\\ufe0f"),
        ("\ufe0f", "\\ufe0f"),
        ("", ""),
    ],
)
def test_what_moves_or_hides_is_made_visible(text: str, shown: str) -> None:
    """Control, bidi and invisible characters and undecodable bytes are spelled out; the rest stays."""
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_the_result_is_one_harmless_line(text: str) -> None:
    """Whatever comes in, the result is one line of UTF-8 without control or bidi characters."""
    shown = printable(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    controls = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not any(unicodedata.bidirectional(char) in controls for char in shown)
    assert printable(shown) == shown
