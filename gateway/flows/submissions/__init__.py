"""What a sender sent: kept, read, decided, accepted or rejected, and answered with receipts."""
