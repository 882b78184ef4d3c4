"""A real headless Chromium, where there is one."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.serving import Served

WIDE, NARROW = 1280, 360


def missing() -> str:
    """What a browser test needs and this machine does not have; '' for nothing."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed"
    return ""


class Browser:
    """A browser that is signed in."""

    def __init__(self, driver: Any, served: Served) -> None:
        self.driver = driver
        self.served = served

    def size(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Be so wide and so high, in pixels, in this scheme of colours."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def sign_in(self, other: Served | None = None) -> None:
        """Come in by the address that the server prints, or another one, to the board as it is live."""
        served = other or self.served
        self.driver.get(f"{served.address}/sign-in#{served.project.tokens.read('all')}")
        self.wait(lambda: self.run("return document.getElementById('live')?.dataset.state") == "live")

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def text(self, selector: str = "body") -> str:
        """The text that is seen of an element; '' where there is none."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def wait(self, so: Callable[[], Any], seconds: float = 20) -> float:
        """Wait until something is so; returns how long that took, in seconds."""
        began = time.monotonic()
        while not so():
            assert time.monotonic() - began < seconds, self.text()
            time.sleep(0.02)
        return time.monotonic() - began

    def keys(self, *keys: str) -> None:
        """Press keys, as a person does who has no mouse."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def complaints(self) -> list[str]:
        """What the browser complains of: violations of the policy, errors of scripts, missing files."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def browsing(served: Served, directory: Path) -> Iterator[Browser]:
    """A browser for the block; the test is skipped where there is none."""
    if missing():
        pytest.skip(missing())
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={directory}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.set_script_timeout(60)
        yield Browser(driver, served)
    finally:
        driver.quit()
