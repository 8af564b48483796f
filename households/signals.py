"""What this floor announces to the floors above, always inside the writing transaction.

A receiver writes its own row there; if it fails, the change that caused it is rolled back too.
"""

from django.dispatch import Signal

# household, purpose (households.models.Purpose value), consent, by, now
consent_withdrawn = Signal()
# household, absence, early (True when a person ended it before its planned end), now
absence_ended = Signal()
# household, enrolment, event, from_state, to_state, by (None: the portal), now
enrolment_changed = Signal()
# household, link (its valid_to is the first day that no longer counts, a day before today), now
link_ended = Signal()
