"""The board in a real browser: live, by keyboard, narrow and wide, for screen readers, at another time."""

from __future__ import annotations

import re
import time
from importlib import resources
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from support.browser import NARROW, WIDE, browsing
from support.busy import RATE, SECONDS, messages
from support.serving import serving

from gitcoord.domain.session import identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo
    from support.browser import Browser
    from support.serving import Served

HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>\'"`${1}'
TAB, ENTER, ESCAPE, HOME = "\ue004", "\ue007", "\ue00c", "\ue011"


@pytest.fixture(scope="module")
def served(shared_repo: Repo) -> Iterator[Served]:
    """A server that a person started."""
    with serving(shared_repo, session=shared_repo.start("page-person")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that is signed in, for all tests of the module."""
    with browsing(served, tmp_path_factory.mktemp("browser")) as found:
        found.size(WIDE)
        found.sign_in()
        yield found


@pytest.fixture(autouse=True)
def nothing_to_complain_of(browser: Browser) -> Iterator[None]:
    """No test may violate the policy of the page, or leave an error."""
    browser.complaints()
    yield
    assert browser.complaints() == []


def test_the_token_does_not_stay_in_the_address(browser: Browser, served: Served) -> None:
    """It is traded for a cookie that scripts do not see."""
    assert served.project.tokens.read("all") not in browser.driver.current_url
    assert browser.run("return document.cookie") == ""
    assert browser.text("h1").startswith("repo")


def test_two_sessions_collide_and_the_page_shows_it(browser: Browser, shared_repo: Repo) -> None:
    """Who came, what it holds, and that another one waits for it: without a reload, and soon."""
    ann, bob = shared_repo.start("page-ann"), shared_repo.start("page-bob")
    browser.wait(lambda: "page-bob" in browser.text("#sessions"))
    browser.run("window.unchanged = 1")
    shared_repo.coord("claim", "src/a.py", "-m", "the a of it", session=ann, check=True)
    browser.wait(lambda: "page-ann" in browser.text("#claims"))
    shared_repo.coord("claim", "src/a.py", "--wait", "1s", session=bob)
    browser.wait(lambda: "page-bob" in browser.text("#timeline"))
    assert min(_shown_after(browser, shared_repo, ann, f"slot:{number}") for number in range(3)) < 1
    assert browser.run("return window.unchanged") == 1


def _shown_after(browser: Browser, repo: Repo, session: str, scope: str) -> float:
    """Claim something; returns after how many seconds the page shows it."""
    repo.here("claim", scope, session=session, check=True)
    return browser.wait(lambda: scope in browser.text("#claims"))


def test_lines_barriers_and_teams_are_shown(browser: Browser, shared_repo: Repo) -> None:
    """Who has the turn to land, who has arrived and who is missing, which session is in which team."""
    ann, bob = shared_repo.start("page-lander"), shared_repo.start("page-waiter")
    for who, what in ((ann, "land feature"), (bob, "urgent: land hotfix")):
        shared_repo.here("claim", "branch:main", "--shared", "-m", what, session=who, check=True)
    shared_repo.here(
        "barrier", "page-built", "--need", ann, "--need", bob, "--then", "merge all", session=ann, check=True
    )
    shared_repo.here("barrier", "page-built", "arrive", session=ann, check=True)
    shared_repo.here("team", "create", "page-team", "--member", f"{bob}:tester", session=ann, check=True)
    browser.wait(lambda: "team page-team" in browser.text("#sessions"))
    turns = browser.text("#landing")
    assert 0 <= turns.find("page-waiter has the turn") < turns.find("page-lander waits"), turns
    built = browser.text("#barriers")
    assert "page-lander arrived" in built and "page-waiter is missing" in built and "then: merge all" in built
    shared_repo.here("release", "branch:main", session=ann, check=True)
    shared_repo.here("release", "branch:main", session=bob, check=True)
    browser.wait(lambda: not browser.text("#landing"))


def test_a_page_without_its_server_says_since_when(browser: Browser, served: Served, repo: Repo) -> None:
    """What is shown stays, marked as stale, and is live again once a server is back."""
    repo.start("page-last")
    with serving(repo) as short:
        browser.sign_in(short)
        browser.wait(lambda: "page-last" in browser.text("#sessions"))
    browser.wait(lambda: re.search(r"stale since \d\d:\d\d", browser.text("#live")))
    assert "page-last" in browser.text("#sessions")
    browser.sign_in()
    assert all("net::ERR" in said or "WebSocket" in said for said in browser.complaints())


def test_what_others_wrote_stays_text(browser: Browser, shared_repo: Repo) -> None:
    """Names, work, subjects and bodies that would be elements or scripts are words on the page."""
    eve = shared_repo.start("eve<b>", "--work", HOSTILE, "--role", "<i>")
    shared_repo.coord("claim", "slot:<u>x", "-m", HOSTILE, session=eve)
    shared_repo.coord("send", "all", HOSTILE, "-m", HOSTILE, session=eve, check=True)
    shared_repo.coord("task", "add", HOSTILE, session=eve, check=True)
    browser.wait(lambda: "onerror" in browser.text("#messages") and "onerror" in browser.text("#work"))
    assert "<img" in browser.text("#sessions")
    assert (
        browser.run("return document.querySelectorAll('main img, main script, main b b, main i, main u').length") == 0
    )
    assert browser.run("return window.harmed") is None


def test_a_person_acts_by_keyboard(browser: Browser, shared_repo: Repo) -> None:
    """Tab, Enter and Escape are enough; a refusal stands beside the fields, and the focus comes back."""
    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(10):
        browser.keys(TAB)
        if browser.run("return document.activeElement.dataset.do") == "message":
            break
    browser.keys(ENTER)
    browser.wait(lambda: browser.run("return document.querySelector('dialog')?.open"))
    browser.keys("nobody-at-all", TAB, "by keyboard", ENTER)
    browser.wait(lambda: "nobody-at-all" in browser.text("dialog .wrong"))
    browser.keys(ESCAPE)
    browser.wait(lambda: not browser.run("return document.querySelector('dialog')"))
    assert browser.run("return document.activeElement.dataset.do") == "message"
    assert len(browser.complaints()) == 1, "the refusal itself, as the browser notes it"
    browser.keys(ENTER)
    browser.wait(lambda: browser.run("return document.querySelector('dialog')?.open"))
    browser.keys("all", TAB, "by keyboard", ENTER)
    browser.wait(lambda: "by keyboard" in browser.text("#messages"))
    sent = shared_repo.here("log", "--kind", "message", "--limit", "1", "--json", check=True).json["events"][0]
    assert (sent["subject"], sent["to"]) == ("by keyboard", "all")


def test_a_halt_names_whom_it_stops(browser: Browser, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called after a confirmation, seen at the top, and ended from the page of a server that a person started."""
    shared_repo.start("page-halted")
    browser.wait(lambda: "page-halted" in browser.text("#sessions"))
    browser.run("document.querySelector('[data-do=halt]').click()")
    assert "page-halted" in browser.text("dialog .stops")
    browser.keys("the disk is full", ENTER)
    browser.wait(lambda: "the disk is full" in browser.text(".banner.halted"))
    browser.run("document.querySelector('[data-do=resume]').click()")
    browser.wait(lambda: browser.run("return document.querySelector('dialog')?.open"))
    browser.keys(ENTER)
    browser.wait(lambda: "cannot end it" in browser.text("dialog .wrong"))
    assert len(browser.complaints()) == 1, "the refusal itself, as the browser notes it"
    person = SimpleNamespace(origin=SimpleNamespace(kind="person", is_agent=False))
    monkeypatch.setattr(identity, "asker", lambda _: person)
    browser.keys(ENTER)
    browser.wait(lambda: not browser.text(".banner.halted"))


def test_focus_and_scroll_stay_while_much_happens(browser: Browser, shared_repo: Repo) -> None:
    """The page is patched in place: the button in focus is the same one, and nothing jumps."""
    busy = [shared_repo.start(f"page-busy-{number}") for number in range(5)]
    browser.wait(lambda: "page-busy-4" in browser.text("#sessions"))
    browser.size(WIDE, 400)
    browser.run(
        "window.kept = [...document.querySelectorAll('#sessions [data-do]')].at(-1);"
        "window.kept.focus(); window.kept.scrollIntoView({block: 'center'});"
        "document.querySelector('#timeline .scroll').scrollTop = 50;"
        "window.patched = 0;"
        "new MutationObserver(() => window.patched++).observe(document.querySelector('#timeline'),"
        " {childList: true, subtree: true})"
    )
    before = browser.run(SEEN)
    for made, _ in enumerate(messages(shared_repo, busy)):
        if made % RATE == 0:
            _check_kept(browser, before)
    last = f"number {RATE * SECONDS - 1}"
    browser.wait(lambda: last in browser.text("#timeline") and last in browser.text("#messages"))
    _check_kept(browser, before)
    print(f"patched {browser.run('return window.patched')} times")
    browser.size(WIDE)


SEEN = "return [kept.getBoundingClientRect().top, document.querySelector('#timeline .scroll').scrollTop]"
"""Where the button is on the screen (the browser scrolls along with lines that come above it), and the timeline."""


def _check_kept(browser: Browser, before: list[int]) -> None:
    """Nothing has moved that a person looks at; new lines push nothing away that is read."""
    assert browser.run("return document.activeElement === window.kept && document.contains(window.kept)")
    page, timeline = browser.run(SEEN)
    assert abs(page - before[0]) <= 2 and timeline >= before[1]


def test_the_board_goes_back_in_time(browser: Browser, shared_repo: Repo) -> None:
    """The slider, moved by keys, shows who held what then; nothing can be done in the past; and back to now."""
    late = shared_repo.start("page-late")
    time.sleep(1.1)  # a moment of its own
    shared_repo.coord("claim", "slot:late", session=late, check=True)
    browser.wait(lambda: "slot:late" in browser.text("#claims"))
    browser.run("document.getElementById('back').focus()")
    browser.keys(HOME)
    browser.wait(lambda: "as of" in browser.text(".banner"))
    browser.wait(lambda: "slot:late" not in browser.text("#claims") and "page-late" not in browser.text("#sessions"))
    assert re.match(r"as of \d\d:\d\d: ", browser.text("#back-said"))
    assert browser.run("return document.querySelector('.bar [data-do=halt]').disabled")
    browser.run("document.querySelector('[data-do=now]').click()")
    browser.wait(lambda: "slot:late" in browser.text("#claims"))


@pytest.mark.parametrize("width", [NARROW, 800, WIDE])
def test_the_page_fits(browser: Browser, width: int) -> None:
    """Nothing stands out to the side, whatever others wrote."""
    browser.size(width)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.run(
        "return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.scroll, .unseen')).map(e => e.className)"
    ) == []  # fmt: skip
    browser.size(WIDE)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_screen_readers_find_their_way(browser: Browser, dark: bool) -> None:
    """axe-core finds nothing against WCAG AA: names, roles, contrast, in both schemes of colours and in a dialog."""
    browser.size(NARROW if dark else WIDE, dark=dark)
    assert _violations(browser) == []
    browser.run("document.querySelector('[data-do=halt]').click()")
    assert _violations(browser, region=False) == [], "a dialog stands outside of the landmarks"
    browser.keys(ESCAPE)
    browser.size(WIDE)


def _violations(browser: Browser, *, region: bool = True) -> list[list[str]]:
    """What axe-core has against the page; with `region` also what stands in no landmark."""
    axe = pytest.importorskip("axe_selenium_python", reason="axe-selenium-python is not installed")
    browser.run(resources.files(axe).joinpath("node_modules/axe-core/axe.min.js").read_text())
    found: list[list[str]] = browser.driver.execute_async_script(
        "const only = {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa']};"
        "const rules = {region: {enabled: arguments[0]}};"
        "const shown = (one) => [one.id, ...one.nodes[0].any.flatMap((c) => c.relatedNodes.map((n) => n.html))];"
        "axe.run({runOnly: only, rules}).then((r) => arguments[1](r.violations.map(shown)))",
        region,
    )
    return found


def test_the_page_works_without_javascript(browser: Browser, served: Served) -> None:
    """A form signs in, and the board is a table."""
    browser.driver.delete_all_cookies()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{served.address}/sign-in")
        browser.driver.find_element("name", "token").send_keys(served.project.tokens.read("read") + ENTER)
        browser.wait(lambda: "Sessions" in browser.driver.page_source)
        assert browser.driver.find_elements("css selector", "table.plain caption")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    browser.sign_in()
