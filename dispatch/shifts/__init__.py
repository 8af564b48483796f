"""The shift plan of 365 days: planning it, its gaps, and telling of them a day ahead."""
