"""The table of what is found wrong."""

from __future__ import annotations

from ..row import Kept, Place

VERDICTS = "tests/domain/test_verdicts.py::"
MISSING = "tests/hub/test_missing.py::"
WRONG = "tests/hub/test_wrong.py::"


ROWS = [
    Kept(
        "w1a",
        "ledger/ledger.py",
        "Ledger._transact",
        "before = _after(along[-1]) if along else position.read(state, session)",
        "before = _after(along[-1] if along else sequence.read_event(self.store.objects, seen))",
        "tests/torture/test_crash.py::test_log_set_back_is_brought_forward",
    ),
    Kept(
        "w1b",
        "sync/logs.py",
        "updates",
        "found += after(agreement, session, theirs)",
        'found.append(RefUpdate(f"{agreement.hub.prefix}/{leaf}", oid, theirs))',
        "tests/hub/test_logs.py::test_what_was_synced_before_the_disk_was_restored_is_kept",
    ),
    Kept(
        "w2a",
        "ledger/ledger.py",
        "Ledger._transact",
        "again = sequence.beside(self.store.objects, state, session, seen)\n        drafts",
        "again = []\n        drafts",
        WRONG + "test_the_disk_was_restored_and_written",
    ),
    Kept(
        "w2b",
        "sync/agree.py",
        "Agreement.settle",
        "again = self.ledger.transact(session, lambda _: []).again",
        "raise",
        WRONG + "test_the_disk_was_restored_and_written",
    ),
    Kept(
        "w3",
        "domain/workspace.py",
        "open_workspace",
        "known = clone.renew(place.coord_dir, ids) if copied else clone.read(place.coord_dir)",
        'known = str(clone._read(place.coord_dir)["id"])',
        WRONG + "test_a_copied_clone",
    ),
    Kept(
        "w4",
        "ledger/check.py",
        "check",
        "            found.void[oid] = reason\n            state = State(scratch, found.tree)",
        "            found.good, found.tree = oid, record.tree",
        "tests/hub/test_hostile.py::test_a_void_sequencing_commit[the claims taken out]",
    ),
    Kept(
        "w5a",
        "sync/agree.py",
        "Agreement._try",
        "self._remember(False, 0)\n            if session:",
        "raise\n            if session:",
        "tests/hub/test_hostile.py::test_garbage_in_the_ledgers_place[another root]",
    ),
    Kept(
        "w5b",
        "sync/missing.py",
        "found",
        "return bool(tips) and hub.git.ask(",
        "return False and hub.git.ask(",
        MISSING + "test_any_ref_of_ours_names_what_nobody_has[sync-beat]",
    ),
    Kept(
        "w5b",
        "sync/missing.py",
        "found",
        "if restore.damaged(ledger.store):",
        "if False:",
        "tests/hub/test_missing.py::test_the_notes_are_lost[emptied]",
    ),
    Kept(
        "w5b",
        "sync/notes.py",
        "merge",
        "lost = makers.drop_lost(git, NOTES)",
        'lost = ""',
        "tests/hub/test_missing.py::test_the_notes_are_lost[separate]",
    ),
    Kept(
        "w5c",
        "sync/dangling.py",
        "drop",
        "gone = not read_only and hub.push([RefUpdate(ref, ABSENT, refs[ref])]).of(ref) is Outcome.PUSHED",
        "gone = False",
        MISSING + "test_a_dangling_ref_at_the_hub[sync-own]",
    ),
    Kept(
        "w5c",
        "sync/dangling.py",
        "drop",
        'if not (_is_refused(hub, [ref], "--refetch") and _answers(hub) and _is_refused(hub, [ref], "--refetch")):',
        "if False:",
        MISSING + "test_what_the_hub_can_send_is_not_deleted",
    ),
    Kept(
        "w6",
        "sync/adopt.py",
        "_base",
        "elif heard == fork and confirmed != ABSENT:",
        "elif False:",
        WRONG + "test_restored_from_an_old_backup",
    ),
    Kept(
        "w6",
        "sync/contact.py",
        "Exchange._run",
        "lease = heard.ledger if heard is not None else confirmed",
        "lease = confirmed",
        WRONG + "test_the_hub_lost_its_refs",
    ),
    Kept(
        "w7a",
        "sync/adopt.py",
        "_base",
        "base.dropped = chains.beyond(objects, confirmed, fork)",
        "base.dropped = []",
        WRONG + "test_restored_and_then_written",
        Place(  # what was dropped stands in our own chain as well
            "sync/adopt.py", "_fork", "if confirmed != ABSENT and not base.archive:", "if confirmed != ABSENT:"
        ),
    ),
    Kept(
        "w7a",
        "sync/adopt.py",
        "_fork",
        "if confirmed != ABSENT and not base.archive:",
        "if confirmed != ABSENT:",
        WRONG + "test_what_follows_a_takeover_that_the_hub_forgot",
    ),
    Kept(
        "w7b",
        "sync/adopt.py",
        "adopt",
        "lines = [repair, base.dropped, *_in_order(base.tip, announced, clone, mine)]",
        "lines = [repair, *_in_order(base.tip, announced, clone, mine), base.dropped]",
        WRONG + "test_restored_while_another_announces_a_rival",
    ),
    Kept(
        "w7c",
        "sync/adopt.py",
        "adopt",
        "repair = _repair(ledger, own, clone) if base.archive else []",
        "repair: list[Event] = []",
        WRONG + "test_the_counter_is_lifted_once",
    ),
    Kept(
        "w8",
        "sync/adopt.py",
        "_base",
        "if confirmed != ABSENT or not strangers:\n            raise Stranger(hub.name)",
        "if False:\n            raise Stranger(hub.name)",
        WRONG + "test_a_hub_of_another_root",
    ),
    Kept(
        "w9",
        "ledger/event.py",
        "decode",
        "if len(content) > limits.EVENT_BYTES:",
        "if False:",
        VERDICTS + "test_commit_that_is_too_large_is_not_an_event",
    ),
    Kept(
        "w9",
        "sync/chains.py",
        "announced",
        "pass  # hostile or torn: what was read stands, its author is told by doctor",
        "raise",
        "tests/hub/test_hostile.py::test_a_hostile_announcement[a blob]",
    ),
]
