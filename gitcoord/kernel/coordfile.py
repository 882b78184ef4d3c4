"""The names of everything in the coord directory (`Place.coord_dir`): docs/reference.md says what each is. Light."""

from __future__ import annotations

ANNOUNCED = "announced"
BEATS_HEARD = "beats-heard"
BEATS_REPLACED = "beats-replaced"
BOARD_LOCK = "board-lock"
CHRONICLE = "chronicle"
CHRONICLE_LOCK = "chronicle-lock"
CLAIMED = "claimed"
CLOCKS = "clocks"
CLONE = "clone"
COLLISIONS = "collisions"
FILES_LOCK = "files-lock"
GUARDED = "guarded"
HUB = "hub"
HUB_AWAY = "hub-away"
HUB_LOCK = "hub-lock"
HUB_LOOKED = "hub-looked"
HUB_MET = "hub-met"
HUB_OTHERS = "hub-others"
HUB_OWED = "hub-owed"
HUB_SLOW = "hub-slow"
HUB_STUCK = "hub-stuck"
INSTALLED = "installed.json"
INTEGRATED = "integrated"
JOURNAL = "journal"
JOURNAL_OLD = "journal.old"
LOCK = "lock"
LOOKED = "looked"
MAKERS = "makers"
MAKERS_LEARNED = "makers-learned"
MAKERS_LEARNED_OLD = "makers-learned.old"
MAKERS_OLD = "makers.old"
NEWS_LOCK = "news-lock"
NOTED = "noted"
NOTES_BUSY = "notes.busy"
NOTES_LOCK = "notes.lock"
NOTES_WRITER = "notes.writer"
PACK_LOCK = "pack-lock"
PACKED = "packed"
PENDING = "pending"
QUARANTINE = "quarantine"
RADAR = "radar"
RADAR_LOCK = "radar-lock"
ROSTER = "roster"
STARTING = "starting"
SWEPT = "swept"
SYNCED = "synced"

AGENTS = "agents"
AHEAD = "ahead"
BELLS = "bells"
DAMAGED = "damaged"
HOOKS = "hooks"
HOOKS_PATH = "hooks-path"
LANDING = "landing"
NEWS = "news"
PASSED = "passed"
PENDING_BYPASS = "pending-bypass"
READING = "reading"
SERVE = "serve"
SPAWNING = "spawning"
SPOOL = "spool"
STORE = "store.git"
SUSPECTS = "suspects"
TOLD = "told"
TRANSCRIPTS = "transcripts"
WAITING = "waiting"
WORKTREE_HOOKS = "worktree-hooks"

FILES = frozenset(
    {
        ANNOUNCED,
        BEATS_HEARD,
        BEATS_REPLACED,
        BOARD_LOCK,
        CHRONICLE,
        CHRONICLE_LOCK,
        CLAIMED,
        CLOCKS,
        CLONE,
        COLLISIONS,
        FILES_LOCK,
        GUARDED,
        HUB,
        HUB_AWAY,
        HUB_LOCK,
        HUB_LOOKED,
        HUB_MET,
        HUB_OTHERS,
        HUB_OWED,
        HUB_SLOW,
        HUB_STUCK,
        INSTALLED,
        INTEGRATED,
        JOURNAL,
        JOURNAL_OLD,
        LOCK,
        LOOKED,
        MAKERS,
        MAKERS_LEARNED,
        MAKERS_LEARNED_OLD,
        MAKERS_OLD,
        NEWS_LOCK,
        NOTED,
        NOTES_BUSY,
        NOTES_LOCK,
        NOTES_WRITER,
        PACK_LOCK,
        PACKED,
        PENDING,
        QUARANTINE,
        RADAR,
        RADAR_LOCK,
        ROSTER,
        STARTING,
        SWEPT,
        SYNCED,
    }
)
"""What is a file where it is there."""

DIRECTORIES = frozenset(
    {
        AGENTS,
        AHEAD,
        BELLS,
        DAMAGED,
        HOOKS,
        HOOKS_PATH,
        LANDING,
        NEWS,
        PASSED,
        PENDING_BYPASS,
        READING,
        SERVE,
        SPAWNING,
        SPOOL,
        STORE,
        SUSPECTS,
        TOLD,
        TRANSCRIPTS,
        WAITING,
        WORKTREE_HOOKS,
    }
)
"""What is a directory where it is there."""

OF_FILES = sorted(DIRECTORIES - {BELLS, DAMAGED, HOOKS, HOOKS_PATH, STORE, WORKTREE_HOOKS})
"""Directories that hold files only."""
