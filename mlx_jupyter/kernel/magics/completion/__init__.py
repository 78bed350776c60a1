"""What Tab offers on the lines of the magics, and in the holes of their prompts."""
