"""Where sprint metrics come from: one folder a source, one client for every outgoing call."""
