"""Foreign text made harmless to show: nothing in it can move the cursor, turn the line round or hide.

Light: imports nothing, because the guard's refusals use it.
"""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Characters, as first and last code points, that change how what stands around them is shown, or are not
# shown.
_HIDDEN = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200B),  # zero width space; its neighbours, the joiners, are part of scripts and emoji
    (0x200E, 0x200F),  # left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators, embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates, deprecated format characters
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0xE0000, 0xE0FFF),  # tags and supplementary variation selectors: whole sentences can hide in them
)


def printable(text: str) -> str:
    r"""`text` on one line, as a terminal may safely show it.

    A line end becomes `\n`, a tab `\t`, another control character or a byte that is not UTF-8 `\x1b`, a
    bidirectional or invisible character `\u202e`. A backslash stays as it is: the result is for people, not
    for reading back.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that surrogateescape could not decode
        return f"\\x{code - 0xDC00:02x}"
    if 0xD800 <= code <= 0xDFFF or any(first <= code <= last for first, last in _HIDDEN):
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return char
