"""Fixed limits, for people of whom too little is known yet to judge by their own habits.

24, 36 or 48 hours without any sign of life, by risk group: the limits that Korean services publish
(24-72 h). They see late and are often wrong; they stand in until fourteen days have been learned.
"""

LIMIT_HOURS: dict[str, float] = {"high": 24.0, "medium": 36.0, "low": 48.0, "general": 48.0}
RED_FACTOR = 1.5  # a human at once when the limit is exceeded by half again
