"""Use cases: one module each. A door opens a session, calls one function here, and commits."""
