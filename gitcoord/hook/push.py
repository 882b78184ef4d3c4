"""The guard before a push, and the look at what a rebase or an amend made."""

from __future__ import annotations

from gitcoord.guard import changes
from gitcoord.guard.claims import Claims
from gitcoord.guard.sessions import Sessions
from gitcoord.guard.snapshot import Batch, Snapshot
from gitcoord.hook.committer import Committer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.judge import Objection, Verdict
    from gitcoord.hook.context import Context

_OURS = ("refs/coord/", "refs/notes/")
_MOST_RECORDED = 20
_PATCH = ("--root", "-p", "--full-index", "--binary", "--no-ext-diff", "--no-textconv")


def guard(context: Context, args: list[str], told: bytes) -> int:
    """Refuse (1) a push that brings new commits which touch what another session claims; 0 lets it pass.

    `args` are the remote's name and address, `told` is what git says on standard input. Raises `CoordError`.
    """
    from gitcoord.hook import hub, refusal, spool

    away = hub.meet(context)
    if away and hub.obliged(context):
        context.say([f"error: push refused: {away}", "hint: try again, or: git config coord.offlinePush warn"])
        return 1
    if away:
        context.say([f"warning: {away}; the push is judged by what is known here"])
    remote = args[0] if args and args[0] != args[-1] else ""
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        if "claims" not in snapshot.root:
            return 0
        committer = _committer(context, snapshot)
        at_fault = _look(context, snapshot, committer, _new(context, remote, told))
        if not at_fault:
            return 0
        wanted = context.strictness()
        commit, found = at_fault[0]
        more = f" and {len(at_fault) - 1} more" if len(at_fault) > 1 else ""
        subject = f"commit {commit[:10]}{more}: "
        lines = refusal.held(found, committer, others=False, what="push", subject=subject)
        if wanted == "refuse":
            context.say(lines)
            return 1
        if wanted == "warn":
            context.say(refusal.as_warning(lines))
        me = committer.me.id if committer.me else ""
        try:
            for commit, found in at_fault[:_MOST_RECORDED]:
                title = context.git.text("show", "-s", "--format=%s", commit)
                spool.bypass(context, commit, me, found.holders(), title[:200])
        except OSError as error:
            context.say([f"warning: that the guard was passed could not be recorded: {error.strerror}"])
        return 0
    finally:
        snapshot.close()


def after_rewrite(context: Context, args: list[str], told: bytes) -> int:
    """Warn where commits that a rebase or an amend made touch what another session claims; returns 0."""
    made = [line.split()[1] for line in told.decode().splitlines() if len(line.split()) > 1]
    if args[:1] == ["amend"]:
        _tidy(context, made)
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        if "claims" not in snapshot.root:
            return 0
        committer = _committer(context, snapshot)
        at_fault = _look(context, snapshot, committer, list(dict.fromkeys(made)))
        if at_fault:
            from gitcoord.hook import refusal

            commit, found = at_fault[0]
            more = f" and {len(at_fault) - 1} more" if len(at_fault) > 1 else ""
            lines = refusal.held(found, committer, others=False, subject=f"commit {commit[:10]}{more}: ")
            context.say([line + "; a push would be refused" for line in refusal.as_warning(lines)])
        return 0
    finally:
        snapshot.close()


def _new(context: Context, remote: str, told: bytes) -> list[str]:
    """The commits that this push brings to the remote: on no tracking ref of it, and not what it has there now.

    Of a remote of which nothing at all is known, what other remotes have is not new work.
    """
    tips, known = [], []
    for line in told.decode(errors="surrogateescape").splitlines():
        fields = line.split(" ")
        if len(fields) != 4 or fields[2].startswith(_OURS):
            continue
        if fields[1].strip("0"):
            tips.append(fields[1])
        if fields[3].strip("0"):
            known.append(fields[3])
    if not tips:
        return []
    asked = "".join(f"{oid}\n" for oid in known).encode()
    answers = context.git.run("cat-file", "--batch-check", data=asked).decode().splitlines()
    have = [line.split(" ")[0] for line in answers if not line.endswith(" missing")]
    tracked = bool(have) or not remote or context.git.run("for-each-ref", "--count=1", f"refs/remotes/{remote}/")
    tracking = f"--remotes={_literal(remote)}" if remote and tracked else "--remotes"
    lines = "".join(f"{oid}\n" for oid in tips) + "".join(f"^{oid}\n" for oid in have)
    return context.git.run("rev-list", "--stdin", "--not", tracking, data=lines.encode()).decode().split()


def _committer(context: Context, snapshot: Snapshot) -> Committer:
    return Committer(context, Sessions(snapshot, context.coord_dir, context.now))


def _look(context: Context, snapshot: Snapshot, committer: Committer, commits: list[str]) -> list[tuple[str, Verdict]]:
    """The commits that touch what another session claims and did not make, eldest first, each with its verdict."""
    from gitcoord.guard import judge as judging

    changed = changes.committed(context.git, commits)
    judge = judging.Judge(Claims(snapshot), committer.sessions, committer.mine)
    at_fault = []
    for commit in reversed(commits):
        found = judge.look(changed.get(commit, []))
        if found.held:
            at_fault.append((commit, found))
    if not at_fault:
        return []
    named = list(dict.fromkeys(path for _, found in at_fault for path in found.paths))
    exempt = judging.exempt(context.git, named)
    makers = _Makers(context, committer.sessions)
    try:
        left = []
        for commit, found in at_fault:
            found.without(exempt)
            if found.held and not makers.permit(commit, found):
                left.append((commit, found))
        return makers.without_picks(left)
    finally:
        makers.close()


class _Makers:
    """Who made which commit, as the notes say, and what is a pick of it. Looked at only before refusing."""

    __slots__ = ("_batch", "_context", "_notes", "_sessions")

    def __init__(self, context: Context, sessions: Sessions) -> None:
        from gitcoord.hook import note

        self._context = context
        self._sessions = sessions
        self._batch = Batch(context.git)
        self._notes: dict[str, str] = {}
        _, out, _ = context.git.ask("notes", f"--ref={note.REF}", "list")
        for line in out.decode().splitlines():
            blob, _, commit = line.partition(" ")
            self._notes[commit] = blob

    def close(self) -> None:
        """End the git that reads."""
        self._batch.close()

    def of(self, commit: str) -> list[str]:
        """The sessions that a commit's note names."""
        from gitcoord.hook import note

        blob = self._notes.get(commit)
        found = self._batch.ask(blob) if blob else None
        return note.makers(found[1]) if found else []

    def permit(self, commit: str, found: Verdict) -> bool:
        """Take out of the verdict what the makers of the commit, or of what it says it was picked from, may do."""
        for made in (commit, *self._sources(commit)):
            self._subtract(found, self.of(made))
        return not found.held

    def without_picks(self, at_fault: list[tuple[str, Verdict]]) -> list[tuple[str, Verdict]]:
        """What is left when a commit with the same change as one of a holder's counts as the holder's."""
        holders = {item.session for _, found in at_fault for item in found.held}
        by_holders = [commit for commit in self._notes if holders and self._concerns(self.of(commit), holders)]
        if not by_holders:
            return at_fault
        changes_of = self._patch_ids([commit for commit, _ in at_fault])
        made: dict[str, list[str]] = {}
        for commit, change in self._patch_ids(by_holders).items():
            made.setdefault(change, []).extend(self.of(commit))
        for commit, found in at_fault:
            self._subtract(found, made.get(changes_of.get(commit, ""), []))
        return [(commit, found) for commit, found in at_fault if found.held]

    def _concerns(self, makers: list[str], holders: set[str]) -> bool:
        return any(self._may(maker, holder) for maker in makers for holder in holders)

    def _subtract(self, found: Verdict, makers: list[str]) -> None:
        def counts(item: Objection) -> bool:
            return not any(self._may(maker, item.session) for maker in makers)

        found.held = [item for item in found.held if counts(item)]

    def _may(self, maker: str, holder: str) -> bool:
        from gitcoord.policy.guard import may_pass_as_made

        made_by = self._sessions.get(maker)
        return may_pass_as_made(
            maker, holder, self._sessions.holder(holder).ancestors, made_by.ancestors if made_by else ()
        )

    def _sources(self, commit: str) -> list[str]:
        """The commits that a commit's message says it was picked from (`git cherry-pick -x`)."""
        found = self._batch.ask(commit)
        mark = b"(cherry picked from commit "
        lines = found[1].partition(b"\n\n")[2].splitlines() if found else []
        marked = (line for line in lines if line.startswith(mark) and line.endswith(b")"))
        return [line[len(mark) : -1].decode(errors="replace") for line in marked]

    def _patch_ids(self, commits: list[str]) -> dict[str, str]:
        asked = "".join(f"{commit}\n" for commit in commits).encode()
        patches = self._context.git.run("diff-tree", "--stdin", *_PATCH, data=asked)
        ids = self._context.git.run("patch-id", "--stable", data=patches).decode().splitlines()
        return {commit: change for change, _, commit in (line.partition(" ") for line in ids)}


def _tidy(context: Context, commits: list[str]) -> None:
    """An amend makes git append the old commit's note to the new one's: each line once is enough."""
    from gitcoord.hook import note

    for commit in commits:
        status, out, _ = context.git.ask("notes", f"--ref={note.REF}", "show", commit)
        lines = [line for line in out.decode(errors="replace").splitlines() if line]
        single = list(dict.fromkeys(lines))
        if status == 0 and single != lines:
            note.write(context, commit, single)


def _literal(name: str) -> str:
    """A remote's name as a pattern that matches its tracking refs and no other's."""
    return "".join("\\" + char if char in "*?[\\" else char for char in name) + "/*"
