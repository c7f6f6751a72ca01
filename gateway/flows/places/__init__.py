"""The places the gateway fetches from: each says what lies there, hands it over, and puts it away."""
