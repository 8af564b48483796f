"""A telephone company of our own: the part of Twilio's REST API the portal uses, with people
at the other end of the line.

It is a process of its own and talks real HTTP, so nothing in the portal knows that it is not
Twilio. It imports no Django; time comes in as a callable (`pace.Pace`).
"""
