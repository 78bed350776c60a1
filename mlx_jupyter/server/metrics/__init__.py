"""What Prometheus reads of the pool, on Jupyter's own `/metrics`."""
