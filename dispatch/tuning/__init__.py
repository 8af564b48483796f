"""The county's choice between knowing sooner and telephoning less, weighed on its own history.

`alarms` where alarms begin, `budgets` the settings, `evidence` what was kept of every home's
hours, `handling` what a case costs the staff, `last_month` what a change would have done, `curve`
and `computing` the delay against the alarms, `shadow` a candidate beside the rule that decides.
"""
