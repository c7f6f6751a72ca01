"""Reports: what somebody asked for as it stood, kept line by line, reviewed, signed, and taken out with a trace."""
