"""A council's sharing policy: put forward, rehearsed, approved by two people, published for a day to come."""
