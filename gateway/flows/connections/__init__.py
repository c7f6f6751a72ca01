"""The ways out to other machines: to addresses that were checked, trusted by name, read exactly."""
