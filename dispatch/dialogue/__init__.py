"""What the AI says to a resident, as data: one TOML file per version, kept for ever.

The version in which a call began is written on the attempt: it goes on in the same words although
a newer version has come, and later anybody can read what was said. No Django, no database.
"""

from dispatch.dialogue.book import Dialogue, Listening, latest, of

__all__ = ["Dialogue", "Listening", "latest", "of"]
