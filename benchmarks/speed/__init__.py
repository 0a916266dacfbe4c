"""How fast the doors are: ``python -m benchmarks.speed``."""
