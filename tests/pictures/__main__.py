"""Make the pictures anew: `python -m tests.pictures`, from the root of the repository. The board needs Chromium."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # `support`, as pytest finds it

from support.browser import missing
from support.programs import sealed

from . import demo, screen

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write the pictures into docs/."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        (top / "home").mkdir()
        env = sealed(top / "home")
        (DOCS / "demo.svg").write_text(demo.picture(demo.told(top, env)))
        print("docs/demo.svg")
        if missing():
            sys.exit(f"docs/board.png was not made: {missing()}")
        (DOCS / "board.png").write_bytes(screen.picture(top, env))
        print("docs/board.png")


if __name__ == "__main__":
    main()
