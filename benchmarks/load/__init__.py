"""Load: latency and throughput of the task system under closed and open loops, and a soak with random faults."""
