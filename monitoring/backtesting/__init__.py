"""The detector on a signals file, without a database: what it would have said, and how soon."""
