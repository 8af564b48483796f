"""The detector on a file of signals, without a database: what it would have said, and how well."""
