"""Noticing a silence: pure functions over arrays, no Django.

`signals` cleans readings and takes views of them, `habits` learns how each home looks when nobody
acts and when its person does, `evidence` turns hours into evidence of silence and adds it up,
`fixed` stands in while there is too little to learn from. Method and figures: docs/detection.md.

Arrays: H homes x D days x 24 hours, float, kWh, NaN = not received; `first_weekday` is the weekday
of day 0 (0 = Monday). Hour h of a day is the local hour that begins at h:00 in Seoul.
"""

RULE_VERSION = "power-1"
"""Name of the rule that made an assessment; changes whenever the arithmetic does."""
