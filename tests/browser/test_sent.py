"""A school's safeguarding lead sees what became of what they sent, and says what is theirs to say."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gateway.flows.looked import COPY
from gateway.flows.opening import READ
from tests.browser.conftest import SIZES, Played, Sign, sound

WHY = "To answer the hub about my pupil"


def reference(played: Played, number: int) -> str:
    return str(played.sent[number].receipt["referral"])


@pytest.mark.parametrize("size", SIZES)
def test_look(sign: Sign, played: Played, size: str) -> None:
    page = sign("hull", "sender_lead", size=size)
    sound(page, f"sender-home-{size}")
    page.goto("/sent")
    sound(page, f"sent-{size}")
    page.goto(f"/sent/{reference(played, 10)}")
    sound(page, f"sent-request-{size}")
    page.get_by_label("Why do you open it?").fill(WHY)
    page.get_by_role("button", name="Open it").click()
    sound(page, f"sent-request-open-{size}")
    page.get_by_role("link", name="All you sent about").first.click()
    page.get_by_role("button", name="Show everything").click()
    sound(page, f"sent-child-{size}")
