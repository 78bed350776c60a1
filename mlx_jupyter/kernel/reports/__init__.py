"""What `%mlx` answers: one kind of report for each verb, with what the server said inside."""
