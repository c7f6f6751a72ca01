"""A gateway and its HTTP door, for the flows that need all of it."""

from tests.running import catalogue, demo_urls, door, gateway

__all__ = ["catalogue", "demo_urls", "door", "gateway"]
