"""Values for tests, made by hand."""
