"""Push and fetch through the git program: explicit refspecs, a lease, a time limit, a small closed set of outcomes.

Git reports rejections in many words, and an answer may be lost after the push went through. So of a push only success
is believed; everything else is found out by fetching and looking for one's own operations.
"""

from __future__ import annotations

import re
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.kernel import refname, revision
from gitcoord.kernel.refname import COORD, NOTES, SESSIONS
from gitcoord.kernel.refs import ABSENT, Refs
from gitcoord.kernel.spawn import TIMED_OUT
from gitcoord.policy.ids import RefName, StoreOid
from gitcoord.sync.notes import at_hub
from gitcoord.sync.outcome import Outcome, outcomes, refusal
from gitcoord.sync.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitcoord.kernel.git import Git

KINDS = ("sessions", "clones", "canary")  # what stands beside the ledger at the hub
TIMEOUT = 3
"""Seconds in which the hub has to answer where `coord.hubTimeout` says nothing."""

STALE = 1.0
"""Seconds after which a lock in the quarantine counts as abandoned."""

_UNREACHABLE = (
    "could not read from remote",
    "unable to access",
    "unable to connect",
    "could not resolve",
    "does not appear to be a git repository",
    "connection refused",
    "connection closed",
    "connection reset",
    "the remote end hung up",
    "repository not found",
    "no route to host",
    "timed out",
)

_FAILED = "error: failed to push some refs"

_INCOMPLETE = re.compile(r"ould not read [0-9a-f]{40}|bad (tree )?object|unresolved deltas|all necessary objects")


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref of a push. `expected` is the lease: the value that the hub must have, None where any will do.

    `onward`: whatever the hub has, it must be an ancestor of the new value; then there is no lease.
    """

    ref: RefName
    oid: StoreOid
    expected: StoreOid | None = None
    onward: bool = False


@dataclass(frozen=True, slots=True)
class Pushed:
    """The outcome for each ref, and what git and the server said.

    `alive`: the hub answered, if only by half; `incomplete`: objects are missing here.
    """

    refs: Mapping[RefName, Outcome]
    said: str
    alive: bool = True
    incomplete: bool = False

    def of(self, ref: RefName) -> Outcome:
        """What became of one ref."""
        return self.refs.get(ref, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch found: the hub's ledger (`ABSENT` for none) and the announcements, clone id -> ledger.

    `reached` is false where the hub did not answer; `said` is why. `alive`: it did, but not to the end. `refs` are all
    that was fetched, by their names in quarantine, and all of this clone's sessions. `late`: time was up. `own` is this
    clone's announcement, None where it was not asked for.
    """

    reached: bool
    ledger: StoreOid = ABSENT
    announced: Mapping[str, StoreOid] = field(default_factory=dict)
    said: str = ""
    alive: bool = True
    refs: Mapping[RefName, StoreOid] = field(default_factory=dict)
    late: bool = False
    own: StoreOid | None = None

    @property
    def incomplete(self) -> bool:
        """Whether it failed since objects are missing, here or there."""
        return not self.reached and _INCOMPLETE.search(self.said) is not None


class Hub:
    """The remote that arbitrates. `prefix` is what the refs are called there (`coord.refPrefix`).

    `beside`: the ledger is in the user's own repository, beside the notes on its commits. `base` is the directory from
    which a relative path leads to the hub, `store` the one in which the refs are here.
    """

    def __init__(
        self,
        git: Git,
        name: str,
        url: str,
        prefix: str,
        timeout: float,
        *,
        store: str,
        base: str = "",
        beside: bool = True,
        fsync: bool = True,
        remotes: Git | None = None,
    ) -> None:
        self.git = git
        self.store = store
        self.remotes = remotes or git  # in a separate store remotes have no names
        self.name = name
        self.url = url
        self.prefix = prefix
        self.timeout = timeout
        self.base = base
        self.beside = beside
        self.durable = () if fsync else ("-c", "core.fsync=none")
        self.tracking = refname.tracking(name)
        self.checked_at = -inf  # when it was where it is recorded to be, by the monotonic clock

    def ref(self, leaf: str) -> RefName:
        """Return the full name of a ref at the hub: `sessions/<id>/log` stands below its prefix."""
        return RefName(f"{self.prefix}/{leaf}")

    def own(self, ref: RefName) -> RefName:
        """Return what a ref of this clone is called at the hub."""
        return self.ref(ref.removeprefix(f"{COORD}/"))

    def arrived(self, leaf: str) -> RefName:
        """Return where a ref of the hub stays here as fetched last."""
        return RefName(f"{self.incoming}/{leaf}")

    @property
    def ledger(self) -> RefName:
        """The ledger's ref at the hub."""
        return self.ref("ledger")

    @property
    def confirmed(self) -> RefName:
        """Our ref for the hub's ledger as last verified."""
        return RefName(f"{self.tracking}/ledger")

    @property
    def incoming(self) -> str:
        """Where fetched refs stay until they are verified."""
        return f"{self.tracking}/incoming"

    def announcement(self, clone: str) -> RefName:
        """The ref at the hub under which a clone announces its ledger."""
        return self.ref(f"clones/{clone}")

    def push(
        self,
        updates: Iterable[RefUpdate],
        *,
        atomic: bool = False,
        timeout: float | None = None,
        silence: float | None = None,
        stall: float | None = None,
    ) -> Pushed:
        """Push, each ref for itself: what one is refused does not hold up another; with `atomic` all or none.

        It may take `timeout` seconds, the hub has to answer within the first `silence` of them, and then to go on
        without a pause of `stall`.
        """
        wanted = list(updates)
        leases, specs, refs = _leases(wanted), [_spec(update) for update in wanted], [update.ref for update in wanted]
        status, out, err = self.git.ask(
            *_SILENT,
            "push",
            "--porcelain",
            "--progress",  # begins with the hub's answer
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
            *(["--atomic"] if atomic else []),
            *leases,
            "--end-of-options",
            self.url,
            *specs,
            timeout=timeout or self.timeout,
            silence=silence,
            stall=stall,
        )
        if status == TIMED_OUT:
            # Not a word: as good as away. Whatever came of it is seen at the next contact.
            known = Outcome.UNKNOWN if out or err else Outcome.UNREACHABLE
            return Pushed(dict.fromkeys(refs, known), SLOW, bool(out or err))
        return _pushed(refs, out, err)

    def value(self, ref: RefName) -> StoreOid | None:
        """The value of a ref at the hub, `ABSENT` where it shows none, None where it does not answer."""
        shown = self.listed(ref)
        return None if shown is None else shown.get(ref, ABSENT)

    def listed(self, *patterns: str) -> dict[RefName, StoreOid] | None:
        """The refs at the hub that these patterns mean, by default all of ours; None where it does not answer."""
        wanted = patterns or (self.prefix, f"{self.prefix}/*", NOTES)
        argv = ("ls-remote", "--quiet", "--refs", "--end-of-options", self.url, *wanted)
        status, out, _ = self.git.ask(*argv, timeout=self.timeout)
        if status != 0:
            return None
        lines = (line.partition("\t") for line in out.decode(errors="surrogateescape").splitlines())
        return {RefName(name): StoreOid(oid) for oid, _, name in lines}

    def brings(self, ref: RefName, oid: StoreOid) -> bool:
        """Whether a fetch of this ref by name brings this commit. The ref is not kept."""
        kept = f"{self.incoming}/{ref.removeprefix(self.prefix + '/')}"
        fetched = self._fetch_once([f"+{ref}:{kept}"], None, None, [])[0] == 0
        found = revision.leads_to(self.git, kept)
        self.git.ask("update-ref", "-d", kept)
        return fetched and found == oid

    def fetch(
        self,
        known: Iterable[str] = (),
        *,
        announcements: bool = False,
        everything: bool = False,
        timeout: float | None = None,
        silence: float | None = None,
        all_again: bool = False,
        own: str = "",
    ) -> FetchResult:
        """Fetch the hub's ledger, and if wanted every announcement, into quarantine.

        With `everything` also what needs no verdict: logs, beats, announcements and, where they are kept beside the
        ledger, notes. `known` are commits that the hub may have too, or patterns of refs: what is not beyond them is
        not sent again. `all_again`: whatever we seem to have is sent, too. The announcement of the clone `own` is
        fetched in any case. The limits are those of `push`.
        """
        specs = self._wanted(announcements=announcements, everything=everything, own=own)
        status, _, err = self._fetch(specs, timeout, known, silence, all_again=all_again)
        said = clean(err)
        if status != 0:
            slow = status == TIMED_OUT
            return FetchResult(False, said=SLOW if slow else said, alive=slow and bool(err), late=slow)
        announced = {}
        refs = self._fetched()
        clones = f"{self.incoming}/clones/"
        if announcements:
            announced = {ref.removeprefix(clones): oid for ref, oid in refs.items() if ref.startswith(clones)}
        shown = refs.get(self.arrived(f"clones/{own}"), ABSENT) if own else None
        return FetchResult(True, refs.get(self.arrived("ledger"), ABSENT), announced, said, refs=refs, own=shown)

    def _fetched(self) -> dict[RefName, StoreOid]:
        """The refs in quarantine, and those of this clone that go to the hub as they are."""
        refs = Refs(self.git, self.store, fsync=False)
        notes = refs.list(NOTES.removesuffix("coord"))
        kept = {NOTES: notes[NOTES]} if NOTES in notes else {}
        return refs.list(f"{self.incoming}/") | refs.list(f"{SESSIONS}/") | kept

    def _wanted(self, *, announcements: bool, everything: bool, own: str) -> list[str]:
        # Patterns, since a ref that is named and missing fails the whole fetch.
        named = ["ledge*"]
        if everything:
            named += [f"{kind}/*" for kind in KINDS]
        elif announcements or own:
            named.append("clones/*" if announcements else f"clones/{own}*")
        specs = [f"+{self.prefix}/{name}:{self.incoming}/{name}" for name in named]
        if everything and self.beside:
            specs.append(f"+{at_hub(self.prefix)}*:{self.incoming}/notes/coord*")
        return specs

    def fetch_files(self, senders: Iterable[str], timeout: float, stall: float) -> bool:
        """Fetch the files that these sessions attached to messages, as far as they are there."""
        specs = [f"+{self.prefix}/files/{sender}*:{self.incoming}/files/{sender}*" for sender in senders]
        return self._fetch_once(specs, timeout, self.timeout, [], stall)[0] == 0

    def fetch_handed(self, snapshot: StoreOid) -> bool:
        """Fetch a snapshot that was handed over, by its commit; returns whether it is here then."""
        kept = f"{self.incoming}/handed/{snapshot}"
        self._fetch_once([f"+{self.prefix}/handed/{snapshot}:{kept}"], None, self.timeout, [])
        return revision.leads_to(self.git, kept) == snapshot

    def _fetch(
        self,
        specs: list[str],
        timeout: float | None,
        known: Iterable[str],
        silence: float | None,
        *,
        all_again: bool = False,
    ) -> tuple[int, bytes, bytes]:
        options = [f"--negotiation-tip={oid}" for oid in dict.fromkeys(known)]
        if all_again:
            options = ["--refetch"]
            old = self.git.text("for-each-ref", "--format=delete %(refname)", self.incoming + "/")
            self.git.ask("update-ref", "--stdin", data=f"{old}\n".encode())  # git would find fault with these
        ran = self._fetch_once(specs, timeout, silence, options)
        if ran[0] != 0 and b"cannot lock ref" in ran[2] and self._unlock_incoming():
            ran = self._fetch_once(specs, timeout, silence, options)
        return ran

    def _unlock_incoming(self) -> bool:
        """Remove locks that a killed fetch left in the quarantine, where only our fetches write, for milliseconds."""
        left = False
        path = self.git.text("rev-parse", "--path-format=absolute", "--git-path", self.incoming)
        for lock in Path(path).rglob("*.lock"):
            try:
                time.sleep(min(STALE, max(0.0, lock.stat().st_mtime + STALE - time.time())))
                lock.unlink()
                left = True
            except FileNotFoundError:
                continue
        return left

    def _fetch_once(
        self,
        specs: list[str],
        timeout: float | None,
        silence: float | None,
        options: list[str],
        stall: float | None = None,
    ) -> tuple[int, bytes, bytes]:
        return self.git.ask(
            *_SILENT,
            *self.durable,
            "fetch",
            "--quiet",
            "--progress",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-gc",
            "--no-filter",
            "--no-recurse-submodules",
            "--refmap=",
            *options,
            "--end-of-options",
            self.url,
            *specs,
            timeout=timeout or self.timeout,
            silence=silence,
            stall=stall,
        )


def _leases(updates: list[RefUpdate]) -> list[str]:
    expected = {update.ref: update.expected for update in updates if update.expected is not None}
    return [f"--force-with-lease={ref}:{'' if oid == ABSENT else oid}" for ref, oid in expected.items()]


def _spec(update: RefUpdate) -> str:
    forced = "+" if update.expected is None and not update.onward else ""
    return f"{forced}{'' if update.oid == ABSENT else update.oid}:{update.ref}"


def _pushed(refs: list[RefName], out: bytes, err: bytes) -> Pushed:
    """What a push that came to an end says of each ref."""
    said = clean(err)
    ours = b"\n".join(line for line in err.splitlines() if not line.startswith(b"remote:"))
    if _INCOMPLETE.search(ours.decode(errors="replace")):  # git calls it the server's refusal
        return Pushed(dict.fromkeys(refs, Outcome.UNKNOWN), said, incomplete=True)
    found = outcomes(out.decode(errors="replace"), refs)
    if not found:
        away = any(words in said.lower() for words in _UNREACHABLE)
        found = dict.fromkeys(refs, Outcome.UNREACHABLE if away else Outcome.UNKNOWN)
    elif said.startswith(_FAILED):  # the server itself said nothing
        said = clean(refusal(out.decode(errors="replace")).encode()) or said
    return Pushed(found, said)


SLOW = "no answer within the time limit"
"""Said of a push or a fetch that was cut off."""

_SILENT = ("-c", "hook.reference-transaction.enabled=false", "-c", "hook.pre-push.enabled=false")
"""Config hooks of git 2.55 are not silenced by an empty hooks directory."""
