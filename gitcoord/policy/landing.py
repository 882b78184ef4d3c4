"""Who pushes to a branch, by the rule `land`: whoever comes first, one role or session, or whoever claims it."""

from __future__ import annotations

FIRST_COME, INTEGRATOR, LOCKED = POLICIES = ("first-come", "integrator", "locked")
