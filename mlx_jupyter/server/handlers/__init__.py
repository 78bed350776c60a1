"""Thin: decode, ask the pool, write."""
