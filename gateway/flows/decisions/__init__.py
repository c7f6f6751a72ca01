"""What was decided about a referral, at first and again, and how its rows and the record keep that."""
