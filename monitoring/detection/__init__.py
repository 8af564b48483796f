"""Noticing a silence: pure functions over arrays, no Django.

`habits` learns every night how a home looks when nobody acts and when its person does; `advance`
turns each new hour into evidence of silence and adds it up; `model` holds the trees that weigh the
sums. `facts` says it in numbers, `fixed` stands in for newcomers, `decline` watches the weeks;
`training` makes new trees. Method: docs/detection.md, figures: docs/benchmarks.md.

Arrays: inputs x H homes x days x 24 hours, float32, NaN = not received. Hour h of a day is the
local hour that begins at h:00 in Seoul.
"""
