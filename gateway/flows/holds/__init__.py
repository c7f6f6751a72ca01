"""What waits for a person, hold or task: shown, opened, answered, done, and what came of it."""
