"""The board in a real browser: live, by keyboard, narrow and wide, for screen readers, at another time."""

from __future__ import annotations

import itertools
import json
import re
import time
from importlib import resources
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import NARROW, WIDE, browsing
from support.busy import RATE, SECONDS, messages
from support.serving import serving

from gitcoord.domain.session import identity
from gitcoord.interfaces.http import moments, view

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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments, "PATIENCE", 20)  # the slider is there from the first look on
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
    browser.driver.get(served.project.tokens.way_in(served.address).as_uri())  # as --open does
    browser.wait(lambda: browser.driver.current_url == f"{served.address}/" and browser.text("#sessions"))
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


def test_a_collision_is_shown_within_a_second(browser: Browser, shared_repo: Repo) -> None:
    """Who is about to edit what another one claims: both are named, with the file, and what helps."""
    ann, bob = shared_repo.start("page-holder"), shared_repo.start("page-intruder")
    files = [f"crash/file-{number}.py" for number in range(4)]
    shared_repo.here("claim", *files, session=ann, check=True)
    browser.wait(lambda: "page-intruder" in browser.text("#sessions"))
    assert "page-intruder works" not in browser.text("#collisions")
    taken = []
    for file in files:
        shared_repo.here("beat", "editing", "--target", file, session=bob, check=True)
        taken.append(browser.wait(lambda file=file: file in browser.text("#collisions")))  # type: ignore[misc]
    said = browser.text("#collisions")
    assert f"page-intruder works on {files[-1]}, which page-holder claims" in said and "git coord send" in said
    assert min(taken) < 1, taken
    shared_repo.here("beat", "elsewhere", "--target", "else.py", session=bob, check=True)
    browser.wait(lambda: "page-intruder works" not in browser.text("#collisions"))


def test_families_and_progress_are_shown(browser: Browser, shared_repo: Repo) -> None:
    """Children stand behind their parents, one step further in for each; progress is a bar that says whose it is."""
    top = shared_repo.start("page-top")
    middle = shared_repo.start("page-top/middle", "--parent", top)
    low = shared_repo.start("page-top/middle/low", "--parent", middle)
    shared_repo.start("page-topmost")
    shared_repo.here(
        "beat", "typing", "--progress", "40", "--phase", "tests", "--next", "docs", session=low, check=True
    )
    browser.wait(lambda: "then docs" in browser.text("#sessions"))
    depths = {name: browser.run(DEPTH, name) for name in (top, middle, low)}
    assert depths == {top: "d0", middle: "d1", low: "d2"}
    order = browser.run("return [...document.querySelectorAll('#sessions li[data-key]')].map(one => one.dataset.key)")
    at = order.index(top)
    assert order[at : at + 3] == [top, middle, low]
    bar = "return [...document.querySelectorAll('#sessions progress')].map(one => [one.value, one.ariaLabel])"
    assert [40, "page-top/middle/low: 40 %"] in browser.run(bar)
    shared_repo.here("beat", "typing", "--progress", "80", session=low, check=True)
    browser.wait(lambda: [80, "page-top/middle/low: 80 %"] in browser.run(bar))


DEPTH = "return document.querySelector(`#sessions li[data-key='${arguments[0]}']`).className"


def test_workflows_are_shown(browser: Browser, shared_repo: Repo) -> None:
    """Each stage, how it stands and who has it, as it goes on."""
    worker = shared_repo.start("page-worker", "--role", "implementer")
    flow = shared_repo.here("workflow", "template", check=True).out
    title = json.loads(flow)["title"]
    shared_repo.write("flow.json", flow)
    shared_repo.here("workflow", "start", "flow.json", session=worker, check=True)
    first = json.loads(flow)["stages"][0]["name"]
    browser.wait(lambda: f"{first}: ready" in browser.text("#flows"))
    assert title in browser.text("#flows")
    task = shared_repo.here("task", "next", "--json", session=worker, check=True).json["id"]
    browser.wait(lambda: f"{first}: running, page-worker" in browser.text("#flows"))
    shared_repo.here("task", "done", task, session=worker, check=True)
    browser.wait(lambda: f"{first}: completed" in browser.text("#flows"))


def test_a_person_answers_accepts_and_releases(browser: Browser, shared_repo: Repo) -> None:
    """By the buttons beside what waits for them; what they did is in the ledger, as theirs."""
    ann = shared_repo.start("page-asker")
    shared_repo.here("send", "page-person", "May I deploy?", "--ack", session=ann, check=True)
    browser.wait(lambda: "May I deploy?" in browser.text("#needs"))
    _press(browser, "#needs", "answer")
    browser.keys("yes, at noon", TAB, TAB, ENTER)
    browser.wait(lambda: "May I deploy?" not in browser.text("#needs"))
    events = shared_repo.here("log", "--of", "page-person", "--limit", "3", "--json", check=True).json["events"]
    assert any("yes, at noon" in (event["subject"], event.get("body")) for event in events), events

    shared_repo.here("claim", "slot:handed", session=ann, check=True)
    shared_repo.here("handoff", "offer", "page-person", "-m", "my day is over", session=ann, check=True)
    browser.wait(lambda: "page-asker offers" in browser.text("#needs"))
    _press(browser, "#needs", "accept")
    browser.keys(TAB, ENTER)
    browser.wait(lambda: "page-asker offers" not in browser.text("#needs"))
    held = shared_repo.here("claims", "slot:handed", "--json", check=True).json["claims"][0]
    assert held["name"] == "page-person"

    browser.wait(lambda: browser.run("return document.querySelector('#claims [data-do=release]')?.dataset.about"))
    _press(browser, "#claims", "release")
    assert "Release slot:handed?" in browser.text("dialog")
    browser.keys("deployed", TAB, TAB, ENTER)
    browser.wait(lambda: "slot:handed" not in browser.text("#claims"))
    assert shared_repo.here("claims", "slot:handed", "--json", check=True).json["claims"] == []
    done = shared_repo.here("log", "--kind", "release", "--limit", "1", "--json", check=True).json["events"][0]
    assert done["name"] == "page-person"


def _press(browser: Browser, where: str, what: str) -> None:
    """Press a button, and wait for its dialog."""
    browser.run("document.querySelector(`${arguments[0]} [data-do=${arguments[1]}]`).click()", where, what)
    browser.wait(lambda: browser.run("return document.querySelector('dialog')?.open"))


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


def test_a_page_without_its_server_says_since_when(
    browser: Browser, served: Served, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown stays, marked as stale, also of another time, and is live again once a server is back."""
    known = view.board

    def board(*said: Any) -> Any:
        found = known(*said)
        return found._replace(record=found.record | {"as_of": OLD}) if said[-1] else found

    monkeypatch.setattr(view, "board", board)
    repo.start("page-last")
    with serving(repo) as short:
        browser.sign_in(short)
        browser.wait(lambda: "page-last" in browser.text("#sessions"))
        assert browser.run(BUTTONS) > 0
        monkeypatch.setattr(short.project.tokens, "of_cookie", lambda _: "read")
        repo.start("page-read")
        browser.wait(lambda: "page-read" in browser.text("#sessions"))
        assert browser.run(BUTTONS) == 0, "whoever may only read is not offered to do something"
        browser.run(GO_BACK)
        old = browser.run(CLOCK, OLD)
        browser.wait(lambda: browser.text("#live") == f"as of {old}")
        shown = browser.text("#sessions")
    browser.wait(lambda: re.search(r"stale since \d\d:\d\d", browser.text("#live")))
    assert old not in browser.text("#live"), "since the server has been gone, and not since what is shown"
    assert browser.text("#sessions") == shown
    browser.sign_in()
    assert all("net::ERR" in said or "WebSocket" in said for said in browser.complaints())


OLD = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7 * 3600))
CLOCK = "return new Date(arguments[0]).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', hour12: false})"
BUTTONS = "return document.querySelectorAll('[data-do]:not(:disabled)').length"
GO_BACK = (
    "const back = document.getElementById('back'); back.value = 0;"
    "back.dispatchEvent(new Event('input', {bubbles: true}))"
)


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
    agent, person = (
        SimpleNamespace(origin=SimpleNamespace(kind=kind, is_agent=kind == "agent")) for kind in ("agent", "person")
    )
    shared_repo.start("page-halted")
    browser.wait(lambda: "page-halted" in browser.text("#sessions"))
    browser.run("document.querySelector('[data-do=halt]').click()")
    assert "page-halted" in browser.text("dialog .stops")
    browser.keys("the disk is full", ENTER)
    browser.wait(lambda: "the disk is full" in browser.text(".banner.halted"))
    browser.run("document.querySelector('[data-do=resume]').click()")
    browser.wait(lambda: browser.run("return document.querySelector('dialog')?.open"))
    monkeypatch.setattr(identity, "asker", lambda _: agent)
    browser.keys(ENTER)
    browser.wait(lambda: "cannot end it" in browser.text("dialog .wrong"))
    assert len(browser.complaints()) == 1, "the refusal itself, as the browser notes it"
    monkeypatch.setattr(identity, "asker", lambda _: person)
    browser.keys(ENTER)
    browser.wait(lambda: not browser.text(".banner.halted"))


@pytest.mark.slow
def test_focus_and_scroll_stay_while_much_happens(browser: Browser, shared_repo: Repo) -> None:
    """The page is patched in place: the button in focus is the same one, and nothing jumps."""
    busy = [shared_repo.start(f"page-busy-{number}") for number in range(5)]
    browser.wait(lambda: "page-busy-4" in browser.text("#sessions"))
    browser.size(WIDE, 400)
    browser.run(
        "window.kept = [...document.querySelectorAll('#sessions [data-do]')].at(-1);"
        "window.kept.focus(); window.kept.scrollIntoView({block: 'center'});"
        "document.querySelector('#timeline .scroll').scrollTop = 50;"
        "performance.clearResourceTimings(); performance.setResourceTimingBufferSize(2000);"
    )
    before = browser.run(SEEN)
    for made, _ in enumerate(messages(shared_repo, busy)):
        if made % RATE == 0:
            _check_kept(browser, before)
    last = f"number {RATE * SECONDS - 1}"
    browser.wait(lambda: last in browser.text("#timeline") and last in browser.text("#messages"))
    _check_kept(browser, before)
    looks = browser.run(LOOKS)
    assert 1 < len(looks) < RATE * SECONDS
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(looks)]
    assert min(gaps) > 240, "bursts are shown together, a quarter of a second apart, and not event by event"
    browser.size(WIDE)


LOOKS = (
    "return performance.getEntriesByType('resource').filter(one => one.name.includes('board.json'))"
    ".map(one => [one.startTime, one.responseEnd])"
)
"""When the page asked for its record, and when it had it, in milliseconds."""

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
    assert browser.run("return document.getElementById('back').ariaValueText") == browser.text("#back-said")
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


@pytest.mark.slow
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


@pytest.mark.slow
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
