"""After the case: looking again on a set day, and what the township should know."""
