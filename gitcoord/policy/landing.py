"""What the rule `land` asks of a push to a branch: nothing, a role or session, a claim on it, or the word of owners."""

from __future__ import annotations

FIRST_COME, INTEGRATOR, LOCKED, OWNER = POLICIES = ("first-come", "integrator", "locked", "owner")
