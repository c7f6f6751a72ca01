"""The path, end to end: what each thing that can happen to a referral does."""
