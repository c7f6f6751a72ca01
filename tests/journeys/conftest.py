"""A gateway and its HTTP door, for journeys from end to end."""

from tests.running import catalogue, demo_urls, door, gateway

__all__ = ["catalogue", "demo_urls", "door", "gateway"]
