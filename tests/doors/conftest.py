"""A gateway and its HTTP door, for every test of the doors."""

from tests.running import catalogue, demo_urls, door, gateway

__all__ = ["catalogue", "demo_urls", "door", "gateway"]
