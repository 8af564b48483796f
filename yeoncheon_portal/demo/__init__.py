"""The demo county: synthetic residents, staff, the story that is told, and the supervisor."""
