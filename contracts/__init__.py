"""What the gateway promises: the referral, the decision, the shapes adapters speak. Imports nothing of ours."""
