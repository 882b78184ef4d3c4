"""Every kind of operation of schema 1, and what it does to the state. The list is frozen for the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import bypass, claim, number, repair, rules, session, takeover

if TYPE_CHECKING:
    from gitcoord.ledger.fold import Kinds

KINDS: Kinds = {
    "register": session.apply_register,
    "claim": claim.apply_claim,
    "release": claim.apply_release,
    "renew": claim.apply_renew,
    "take": takeover.apply_take,
    "end": claim.apply_end,
    "retire": takeover.apply_retire,
    "number": number.apply_number,
    "rules": rules.apply_rules,
    "bypass": bypass.apply_bypass,
    "repair": repair.apply_repair,
}
