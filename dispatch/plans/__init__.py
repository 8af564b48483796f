"""The escalation plan as data: one schema, a default, versions with reasons, a preview.

The plan is the county's; `dispatch.plan` copies what concerns a case onto it when it opens.
"""

from dispatch.plans.schema import Ladder, Plan, PlanError, Who
from dispatch.plans.versions import InForce, in_force, save_plan

__all__ = ["InForce", "Ladder", "Plan", "PlanError", "Who", "in_force", "save_plan"]
