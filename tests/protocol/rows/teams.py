"""Rule 38: teams."""

from __future__ import annotations

from ..row import Kept

APPLY = "tests/domain/team/test_apply.py::"

ROWS = [
    Kept(
        "38",
        "domain/team/apply.py",
        "apply_end",
        "given = member.before if member.role and living.role == member.role else living.role",
        "given = living.role",
        APPLY + "test_members_bear_the_role_of_the_team_as_long_as_it_lasts",
    ),
    Kept(
        "38",
        "domain/team/apply.py",
        "apply_end",
        "if refused is not None and operation.session != team.by:",
        "if False:",
        APPLY + "test_nobody_gets_rid_of_limits_by_joining",
    ),
    Kept(
        "38",
        "domain/team/apply.py",
        "apply_join",
        'if given not in ("", me.bound):',
        "if False:",
        APPLY + "test_nobody_gets_rid_of_limits_by_joining",
    ),
    Kept(
        "38",
        "domain/team/apply.py",
        "_change",
        "        role.mark(state, living)\n",
        "        pass\n",
        APPLY + "test_members_bear_the_role_of_the_team_as_long_as_it_lasts",
    ),
    Kept(
        "38",
        "domain/session/apply.py",
        "_inherit_teams",
        "        team.inherit(state, heir, resumed)\n",
        "        pass\n",
        APPLY + "test_whoever_goes_on_with_the_work_of_a_member_is_in_the_team",
    ),
    Kept(
        "38",
        "domain/task/apply/choice.py",
        "_bears",
        'return to["team"] in me.teams',
        "return True",
        APPLY + "test_a_task_for_a_team_is_for_its_members",
    ),
    Kept(
        "38",
        "domain/handoff/apply.py",
        "apply_adopt",
        " or me.id in victim.ancestors",
        "",
        APPLY + "test_a_parent_adopts_a_living_child",
    ),
]
