"""What senders and teams are told of what became of a referral, by status, word, letter and alarm."""
