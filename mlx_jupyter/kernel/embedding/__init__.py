"""Texts on their way to vectors: from a column of the user's to an array, asked for only once."""
