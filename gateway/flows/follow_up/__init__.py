"""What a family, a hub or a sender says about a request once it was sent, and what follows from that."""
