"""What people may ask of their data, what is kept about them, how long it is kept, and how it goes."""
