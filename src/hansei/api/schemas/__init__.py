"""Bodies as they go over the wire, a module for each router."""
