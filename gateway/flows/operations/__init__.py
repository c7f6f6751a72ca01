"""What runs the gateway for its councils: ticks, drills, going live, data keys, spans, what each source sent."""
