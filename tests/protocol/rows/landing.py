"""Rules 41 to 43: who may push to a branch, the word of owners, and the line before a branch."""

from __future__ import annotations

from ..row import Kept

POLICY = "tests/guard/test_landing.py::"
LAND = "tests/domain/land/test_land.py::"
OWNERS = "tests/domain/land/test_owners.py::"

ROWS = [
    Kept(
        "41",
        "guard/landing.py",
        "closed",
        "if policy == INTEGRATOR and not _is(sessions, mine, who or _DEFAULT):",
        "if False:",
        POLICY + "test_an_integrator_is_the_session_itself[integrator-may0]",
    ),
    Kept(
        "41",
        "guard/landing.py",
        "closed",
        "if policy == LOCKED and not waits and not _claims(reader, sessions, mine, branch):",
        "if False:",
        POLICY + "test_a_locked_branch_is_of_whoever_claims_it",
    ),
    Kept(
        "41",
        "guard/landing.py",
        "_barred",
        'return found.role if found is not None and not found.allows("land") else ""',
        'return ""',
        POLICY + "test_a_role_that_may_land_nothing_pushes_to_no_branch_to_land_in",
    ),
    Kept(
        "41",
        "guard/landing.py",
        "_of",
        "            found = (policy, who)\n",
        "            return (policy, who)\n",
        POLICY + "test_the_last_rule_that_matches_counts",
    ),
    Kept(
        "41",
        "hook/push.py",
        "_objections",
        "_closed(context, snapshot, committer, pushed.refs, remote), []",
        "[], []",
        LAND + "test_rules_say_who_lands",
    ),
    Kept(
        "41",
        "domain/claim/check.py",
        "commits",
        '_closed(reader, sessions, mine, ref) if not onto else ""',
        '""',
        LAND + "test_rules_say_who_lands",
    ),
    Kept(
        "42",
        "guard/owning.py",
        "first",
        "            if not owned[path].is_free:\n",
        "            if False:\n",
        OWNERS + "test_owner_has_made_it_or_reviewed_that_commit",
    ),
    Kept(
        "42",
        "guard/owning.py",
        "first",
        "makers.permit(makers.without_reviewed(at_fault))",
        "makers.permit(at_fault)",
        OWNERS + "test_owner_has_made_it_or_reviewed_that_commit",
    ),
    Kept(
        "42",
        "guard/owning.py",
        "first",
        "        return Unowned(refusal=table.refusal)\n",
        "        pass\n",
        OWNERS + "test_codeowners_that_cannot_be_used_refuse",
    ),
    Kept(
        "42",
        "guard/owning.py",
        "brought",
        'beyond = [f"^{known}"] if known else []',
        'beyond = ["--not", "--remotes"]',
        OWNERS + "test_what_stands_on_another_branch_is_new_to_this_one",
    ),
    Kept(
        "42",
        "guard/owning.py",
        "_Owners._makes_right",
        "return any(one.owns(owned) for maker in note.makers for one in self._identity(maker))",
        "return True",
        OWNERS + "test_owner_has_made_it_or_reviewed_that_commit",
    ),
    Kept(
        "43",
        "domain/land/line.py",
        "entries",
        "not item.why.startswith(URGENT), token if",
        "False, token if",
        LAND + "test_line_is_served_in_order",
    ),
    Kept(
        "43",
        "domain/land/turn.py",
        "_await",
        "            if place == 1:\n",
        "            if place:\n",
        LAND + "test_line_is_served_in_order",
    ),
    Kept(
        "43",
        "domain/land/turn.py",
        "_still",
        "    if now != branch.tip:\n",
        "    if False:\n",
        LAND + "test_branch_that_moves_leaves_the_line",
    ),
    Kept(
        "43",
        "domain/land/landing.py",
        "Landing.turn",
        "            if is_behind(self.call.place.git, self.commit, now):\n",
        "            if True:\n",
        LAND + "test_hub_that_refuses_pushes",
    ),
    Kept(
        "43",
        "domain/land/landing.py",
        "Landing.settle",
        "if not before or self.plan.always or self.touched(before):",
        "if not before:",
        LAND + "test_what_landed_meanwhile_is_tested_only_where_it_touches",
    ),
    Kept(
        "43",
        "domain/land/landing.py",
        "Landing.test",
        '        if done.verdict != "passed":\n',
        "        if False:\n",
        LAND + "test_only_what_passed_its_test_lands",
    ),
]
