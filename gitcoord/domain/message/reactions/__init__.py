"""Messages that gitcoord sends because of operations of other nouns: who is told of what."""

from __future__ import annotations

from gitcoord.domain.message.reactions import claims, halts, handoffs, teams, work

REACTIONS = (*claims.REACTIONS, *halts.REACTIONS, *handoffs.REACTIONS, *work.REACTIONS, *teams.REACTIONS)
