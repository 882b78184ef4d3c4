"""The board as a browser shows it, as a PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.browser import browsing
from support.serving import serving

from . import shop

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 1280


def picture(top: Path, env: dict[str, str]) -> bytes:
    """Let much go on in a new repository, and return what the page shows of it, down to the tasks."""
    repo, person = shop.open_up(top, env)
    with serving(repo, session=person) as served, browsing(served, top / "browser") as browser:
        browser.size(WIDTH, 1000)
        browser.sign_in()
        browser.wait(lambda: "conflicts with main" in browser.text("#sessions"))
        browser.run("window.scrollTo(0, 0); document.activeElement.blur()")
        browser.size(WIDTH, int(browser.run("return document.querySelector('.three').offsetTop")) - 8)
        made: bytes = browser.driver.get_screenshot_as_png()
    return made
