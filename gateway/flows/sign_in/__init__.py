"""Who a person or a system is, for how long that stands, and what a sender's key is for."""
