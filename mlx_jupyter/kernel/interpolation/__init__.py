"""`{{expr}}` in a prompt: found, evaluated, and written as a model reads it best."""
