"""What an answer is to be: a Python type or a JSON schema, sent to the server and read back."""
