"""Pictures on their way to a model: from a value of the user's to a URL that is sent."""
