"""`git coord demo` in a real terminal, as an SVG: text that can be read and searched, in colours of its own."""

from __future__ import annotations

import os
import pty
import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS, ROWS = 110, 34
LINE, WIDTH, EDGE = 18, 7.8, 16

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LOOK = ((r"\s*\w+\$ ", "typed"), (r"\s*error: ", "error"), (r"\s*hint: ", "hint"), (r"\S", "head"))


def told(top: Path, env: dict[str, str]) -> list[str]:
    """Run the demo on a pseudo-terminal; returns the lines that it shows."""
    pid, hand = pty.fork()
    if pid == 0:
        os.chdir(top)
        size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm", "NO_COLOR": "1"}
        os.execvpe("git", ["git", "coord", "demo", "demo"], env | size)
    shown = b""
    while True:
        try:
            part = os.read(hand, 65536)
        except OSError:  # the terminal is closed
            break
        if not part:
            break
        shown += part
    _, status = os.waitpid(pid, 0)
    assert status == 0, shown
    text = _ESCAPE.sub("", shown.decode()).replace("\r\n", "\n").replace(str(top), "~")
    return re.sub(r"\w+@[\w.-]+", "you@laptop", text).splitlines()


def picture(lines: list[str]) -> str:
    """Return the first lines of a session as an SVG."""
    cut = [line if len(line) <= COLUMNS else line[: COLUMNS - 2] + " …" for line in lines[:ROWS]]
    width, height = round(COLUMNS * WIDTH + 2 * EDGE), (len(cut) + 1) * LINE + 2 * EDGE
    rows = "\n".join(
        f'<text x="{EDGE}" y="{(number + 2) * LINE + EDGE}" class="{_look(line)}" xml:space="preserve">'
        f"{escape(line)}</text>"
        for number, line in enumerate(cut)
    )
    dots = "".join(f'<circle cx="{EDGE + 4 + 16 * at}" cy="{EDGE}" r="5" fill="#39424f"/>' for at in range(3))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>git coord demo</title>
<style>text {{ font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1dc }}
.typed {{ fill: #ffffff; font-weight: 600 }} .error {{ fill: #ff9a90 }} .hint {{ fill: #f0b95a }}
.head {{ fill: #8ab0ff }}</style>
<rect width="{width}" height="{height}" rx="10" fill="#10141a"/>
{dots}
{rows}
</svg>
"""


def _look(line: str) -> str:
    return next((name for pattern, name in _LOOK if re.match(pattern, line)), "said")
