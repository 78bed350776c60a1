"""Pictures of a request: fetched, decoded and bounded, off the loop."""
