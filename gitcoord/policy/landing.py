"""What the rule `land` asks of a push to a branch: nothing, a role or session, a claim on it, or the word of owners."""

from __future__ import annotations

MET = "GIT_COORD_MET"
"""Names, to the hook before a push, when whoever pushes met the hub, in seconds."""

FRESH = 5
"""Seconds for which the hook need not meet it again."""

FIRST_COME, INTEGRATOR, LOCKED, OWNER = POLICIES = ("first-come", "integrator", "locked", "owner")
