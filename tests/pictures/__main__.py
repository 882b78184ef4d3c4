"""Make the pictures anew: `python -m tests.pictures`, from the root of the repository. The board needs Chromium."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # `support`, as pytest finds it

from support.browser import browsing, missing
from support.programs import sealed
from support.serving import serving

from . import demo, shop

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
        repo, person = shop.open_up(top, env)
        with serving(repo, session=person) as served, browsing(served, top / "browser") as browser:
            browser.size(1280, 1000)
            browser.sign_in()
            browser.wait(lambda: "conflicts with main" in browser.text("#sessions"))
            browser.run("window.scrollTo(0, 0); document.activeElement.blur()")
            browser.size(1280, int(browser.run("return document.querySelector('.three').offsetTop")) - 8)
            browser.driver.save_screenshot(str(DOCS / "board.png"))
        print("docs/board.png")


if __name__ == "__main__":
    main()
