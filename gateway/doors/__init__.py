"""The ways in and out for machines and people: HTTP and the command line."""
