"""What a sender's own people do by hand: write a request, upload a file, follow it, correct it."""
