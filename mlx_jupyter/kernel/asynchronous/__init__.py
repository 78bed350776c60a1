"""The pool from asyncio: what `kernel.client` is for threads."""
