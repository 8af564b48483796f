"""What the pages of the control desk and of the responder show, as plain values for templates."""
