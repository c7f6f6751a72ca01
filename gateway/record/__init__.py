"""The tamper-evident record: RFC 6962 tree, salted sections, signed checkpoints. Pure."""
