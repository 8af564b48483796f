"""Every write of this floor is one of these verbs: keyword-only, atomic, refusing in Korean."""

from households.actions.absences import announce_ended_absences, end_absence, plan_absence
from households.actions.consents import give_consent, withdraw_consent
from households.actions.drafts import discard_draft, load_draft, purge_drafts, save_draft
from households.actions.enrolling import (
    Duplicate,
    activate,
    end,
    enrol,
    graduate_learners,
    pause,
    reapply,
    resume,
    review,
    start_learning,
)
from households.actions.feeds import link_feed, swap_feed, unlink_feed
from households.actions.inputs import ConsentInput, ContactInput, LinkInput, PersonInput
from households.actions.people import (
    Correction,
    Revealed,
    add_contact,
    correct,
    remove_contact,
    reveal,
    set_risk_group,
)

__all__ = [
    "ConsentInput",
    "ContactInput",
    "Correction",
    "Duplicate",
    "LinkInput",
    "PersonInput",
    "Revealed",
    "activate",
    "add_contact",
    "announce_ended_absences",
    "correct",
    "discard_draft",
    "end",
    "end_absence",
    "enrol",
    "give_consent",
    "graduate_learners",
    "link_feed",
    "load_draft",
    "pause",
    "plan_absence",
    "purge_drafts",
    "reapply",
    "remove_contact",
    "resume",
    "reveal",
    "review",
    "save_draft",
    "set_risk_group",
    "start_learning",
    "swap_feed",
    "unlink_feed",
    "withdraw_consent",
]
