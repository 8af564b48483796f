"""Pages of the control desk, of the cases and of the responder."""
