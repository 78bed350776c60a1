"""Many requests at once: one prompt over many items, or by several models."""
