"""Beats as others wrote them: anything may stand there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.session import beat
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.kernel.refname import beat_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import commit
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace

ME = SessionId("evil-00000001")


def put(workspace: Workspace, data: str, time: int = 1_700_000_000) -> None:
    """A beat with this payload, whatever it is."""
    record = commit.Commit(EMPTY_TREE, (), ME, "e@example.com", time, "alive", "", (("Coord-Data", data),))
    store = workspace.ledger.store
    oid = store.objects.write("commit", record.encode())
    store.objects.abandon()
    old = store.refs.read(beat_ref(ME))
    store.refs.update([Update(beat_ref(ME), oid, old if old != ABSENT else ABSENT)])


@pytest.mark.parametrize("data", ["[]", "7", '"text"', "null", "{", "[" * 100_000])
def test_a_beat_that_is_none_is_left_out_and_stops_nobody(data: str, workspace: Workspace) -> None:
    """Neither another type, nor what is no JSON or too deep to read, is more than a beat that is not there."""
    put(workspace, data)
    assert beat.every(workspace) == {}


@pytest.mark.parametrize("touched", ["7", "{}", '"src"', "null"])
def test_paths_that_are_no_list_are_not_there(touched: str, workspace: Workspace) -> None:
    """The rest of the beat is."""
    put(workspace, f'{{"action": "editing", "touched": {touched}}}')
    assert beat.every(workspace) == {ME: beat.Beat(1_700_000_000, "editing")}


@pytest.mark.parametrize(
    ("data", "progress", "eta"),
    [
        ('{"progress": 40, "eta": 1700000000}', 40, 1_700_000_000),
        ('{"progress": 101, "eta": -1}', None, None),
        ('{"progress": true, "eta": "soon"}', None, None),
        ('{"progress": 1.5, "eta": 99999999999999999999}', None, None),
    ],
)
def test_numbers_that_make_no_sense_are_not_there(
    data: str, progress: int | None, eta: int | None, workspace: Workspace
) -> None:
    """Percent go from 0 to 100, and times are those that a calendar could have."""
    put(workspace, data)
    said = beat.every(workspace)[ME]
    assert (said.progress, said.eta) == (progress, eta)


def test_a_time_beyond_the_calendar_is_its_last_day() -> None:
    """Whatever number somebody calls a time can be shown, to programs and to people."""
    assert Moment(1 << 40).rfc3339().startswith("9999-12-3")
    assert Moment(1 << 70).clock().startswith("Dec 3")


@pytest.mark.parametrize("data", ['{"action": "editing"}', "[]"])
def test_what_one_session_said_is_as_all_say_it(data: str, workspace: Workspace) -> None:
    """To ask for one session alone lists no refs, and gives the same answer."""
    put(workspace, data)
    assert beat.of(workspace, ME) == beat.every(workspace).get(ME)
    assert beat.of(workspace, SessionId("other-00000002")) is None


def test_a_damaged_ref_of_one_session_is_left_out(workspace: Workspace) -> None:
    """As it is where all are asked for."""
    put(workspace, '{"action": "editing"}')
    Path(workspace.place.store_dir, beat_ref(ME)).write_bytes(bytes(40))
    assert beat.of(workspace, ME) is None
