"""What the gateway promises: the canonical referral, the decision about it, and the shapes adapters speak. Imports nothing of ours."""
