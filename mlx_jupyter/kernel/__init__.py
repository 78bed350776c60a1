"""The notebook's side: finds the server, speaks HTTP to its pool, shows what it answers."""
