"""The command line: thin commands over the services, and the supervisor behind ``hansei up``."""
