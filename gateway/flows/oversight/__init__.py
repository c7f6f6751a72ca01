"""What those who watch look at: the sharing log, one child's requests, who read what, break-glass."""
