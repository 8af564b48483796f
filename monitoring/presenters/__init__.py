"""Words and shapes for templates; no presenter writes."""
