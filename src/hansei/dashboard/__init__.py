"""The pages: server-rendered, complete without JavaScript; small modules add what a page cannot do alone."""
