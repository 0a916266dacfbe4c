"""Measurements: figures as tables and ratios, never as tests."""
