"""How a message gets to its hub, once, and what people do about hubs and about a message that waits."""
