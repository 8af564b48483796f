"""Ground floor: how the portal looks.

Knows nothing of people, cases or roles. Higher floors register menu entries, panels and
tiles here; the viewer arrives as plain values in the template context.
"""
