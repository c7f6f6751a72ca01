"""What happens to a referral: the path, the record, and the doors."""
