"""The calibration study: what the engine says about simulated teams whose truth is known."""
