from datetime import datetime
from zoneinfo import ZoneInfo

LATER = datetime(2026, 9, 1, tzinfo=ZoneInfo("Asia/Seoul"))
"""After the day of the connectors' examples."""
