"""How one system's bytes become source records, one system per module."""
