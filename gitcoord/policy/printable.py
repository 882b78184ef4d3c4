"""Foreign text made harmless to show: nothing in it can move the cursor, turn the line round or hide.

Light: imports nothing, because the guard's refusals use it.
"""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Characters, as first and last code points, that change how what stands around them is shown, or are not
# shown.
_HIDDEN = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors, vowel separator
    (0x200B, 0x200F),  # zero width space, joiners (but in emoji), left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators, embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates, deprecated format characters
    (0x2800, 0x2800),  # Braille pattern without dots
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors (the last one but in emoji)
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFFB),  # reserved as invisible, interlinear annotation
    (0x13430, 0x1343F),  # Egyptian hieroglyph format controls
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D159, 0x1D159),  # musical symbol null notehead
    (0x1D173, 0x1D17A),  # musical symbols that format
    (0xE0000, 0xE0FFF),  # tags and supplementary variation selectors: whole sentences can hide in them
)
"""What Unicode calls default-ignorable, bidirectional controls, and characters that are blank without being spaces."""

_JOINER, _EMOJI_STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_EMOJI = (
    (0x00A9, 0x00A9),
    (0x00AE, 0x00AE),
    (0x203C, 0x203C),
    (0x2049, 0x2049),
    (0x2122, 0x2122),
    (0x2139, 0x2139),
    (0x2190, 0x21FF),
    (0x2300, 0x23FF),
    (0x24C2, 0x24C2),
    (0x25A0, 0x27BF),
    (0x2900, 0x297F),
    (0x2B00, 0x2BFF),
    (0x3030, 0x3030),
    (0x303D, 0x303D),
    (0x3297, 0x3299),
    (0x1F000, 0x1FAFF),
)


def printable(text: str) -> str:
    r"""`text` on one line, as a terminal may safely show it.

    A line end becomes `\n`, a tab `\t`, another control character or a byte that is not UTF-8 `\x1b`, a
    bidirectional or invisible character `\u202e`; only an emoji keeps what it is joined by. A backslash stays
    as it is: the result is for people, not for reading back.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_joined(text, at) else _shown(char) for at, char in enumerate(text))


def _is_joined(text: str, at: int) -> bool:
    """Whether this character belongs to an emoji: a joiner between two, or the selector of its style."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char == _EMOJI_STYLE:
        return _is_emoji(before) or (before != "" and before in "0123456789#*" and after == _KEYCAP)
    if char == _JOINER and _is_emoji(after):
        return _is_emoji(before) or (before == _EMOJI_STYLE and _is_emoji(text[at - 2 : at - 1]))
    return False


def _is_emoji(char: str) -> bool:
    return char != "" and any(first <= ord(char) <= last for first, last in _EMOJI)


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
