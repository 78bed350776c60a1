"""The conversations of a notebook: what was said, and what is sent along with a question."""
