"""What is wrong between a notebook and its pool: probes, and pure rules on what they find."""
