"""The pure core: map, route, facts, decide, trim, and the delivery state machine. Values in, values out."""
