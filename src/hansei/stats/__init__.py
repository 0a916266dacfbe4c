"""Numbers in, frozen results out: nothing here knows what a sprint is."""
