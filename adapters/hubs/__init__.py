"""How a message is written for one kind of hub and its answer read, one kind per module."""
