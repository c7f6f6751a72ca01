"""An IG lead answers whoever asks for their file: written down, gone through, seen as they will see it, handed over."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contracts.people import Person
from tests.browser.conftest import SIZES, Played, Sign, sound
from tests.browser.test_children import child_of, others_of
from tests.running import HULL, JSON, a_hull_referral, as_bytes

WHY = "She asks what is kept about her"
ASKER = "The young person herself, by letter; her school knows her."


def date_in(page: Page, group: str, day: Any) -> None:
    fields = page.get_by_role("group", name=group)
    for name in ("Day", "Month", "Year"):
        fields.get_by_label(name, exact=True).fill(str(getattr(day, name.lower())))


def written(page: Page, played: Played, child: Any, kind: str = "See what is kept about them") -> Page:
    """Write a request down, from the start page."""
    page.goto("/rights/new")
    page.get_by_label(kind, exact=True).check()
    date_in(page, "The day it came", played.stage.today)
    page.get_by_label("Who asks?").fill(ASKER)
    page.get_by_label("First name and surname").fill(f"{child.first_name} {child.surname}")
    date_in(page, "Date of birth", child.date_of_birth)
    page.get_by_label("What do they ask for, in their words?").fill("Everything the council keeps about me.")
    page.get_by_role("button", name="Write it down").click()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_request_is_written_down_stopped_started_and_read_with_names_only_for_a_reason(
    sign: Sign, played: Played, size: str
) -> None:
    child = child_of(played, 10)
    page = sign("hull", "ig_lead", size=size, scripts=size == "desktop")
    page.goto("/rights/new")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("link", name="Choose what they ask for.")).to_be_visible()
    if size == "desktop":
        sound(page, "right-mistakes")
    written(page, played, child)
    expect(page.get_by_text("It is written down, and its time runs.")).to_be_visible()
    assert child.surname not in page.content()
    if size == "desktop":
        sound(page, "right-desktop")
    for act, told in (
        ("Stop its time. Waits to hear what they are looking for", "Its time stands still."),
        ("What was missing has come", "Its time goes on."),
    ):
        page.get_by_label(act).check()
        page.get_by_label("In your words").fill("I wrote to her and asked.")
        page.get_by_role("button", name="Write it down").click()
        expect(page.get_by_text(told, exact=True)).to_be_visible()
    page.get_by_label("Why do you look?").fill(WHY)
    page.get_by_role("button", name="Read it with names").click()
    assert child.surname in page.inner_text("main")
    assert child.surname not in page.title()
    assert f"You read names for: {WHY}" in page.inner_text("header")


def test_the_register_and_the_first_page_list_it_by_its_day_and_name_nobody(sign: Sign, played: Played) -> None:
    child = child_of(played, 10)
    page = written(sign("hull", "ig_lead", size="phone"), played, child, "Delete it")
    page.goto("/rights")
    expect(page.get_by_role("link", name="Delete it").first).to_be_visible()
    sound(page, "rights-phone")
    page.goto("/")
    expect(page.get_by_role("heading", name="Rights and complaints")).to_be_visible()
    assert child.surname not in page.content()
    sound(page, "home-rights-phone")


def test_whoever_answers_the_telephone_writes_it_down_and_sees_no_register(sign: Sign, played: Played) -> None:
    page = written(sign("hull", "hub_duty", scripts=False), played, child_of(played, 10), "Stop using it")
    expect(page.get_by_text("It is written down. The information governance lead answers it.")).to_be_visible()
    assert page.goto("/rights").status == 403  # type: ignore[union-attr]
    lead = sign("hull", "ig_lead")
    lead.goto("/rights")
    lead.get_by_role("link", name="Stop using it").first.click()
    expect(lead.get_by_text("Sending is paused")).to_be_visible()
    lead.get_by_label("End it. Not upheld: it goes on").check()
    lead.get_by_label("In your words").fill("The council acts on a duty; she was told why.")
    lead.get_by_role("button", name="Write it down").click()
    expect(lead.get_by_text("It has ended.")).to_be_visible()
    sound(lead, "right-ended")


def test_th_c24_what_is_kept_is_opened_decided_on_looked_at_and_taken_out(sign: Sign, played: Played) -> None:
    child = child_of(played, 10)
    others = [word for person in others_of(played, 10) for word in (person.first_name, *_numbers(person)) if word]
    assert others
    page = written(sign("hull", "ig_lead"), played, child)
    page.get_by_role("button", name="Go through what is kept").click()
    assert child.surname not in page.content()
    sound(page, "pack")
    assert page.get_by_role("button", name="Download the pack").count() == 0
    decided(page)
    expect(page.get_by_text("Every part is decided on:")).to_be_visible()
    page.get_by_role("button", name="See what they will read").click()
    assert page.inner_text("h1") == "What they will read"
    shown = page.inner_text(".pack")
    assert child.surname in shown
    assert not any(word in shown for word in others)
    sound(page, "pack-preview")
    page.get_by_role("button", name="Download the pack").click()
    page.get_by_role("button", name="It is me").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the pack").click()
    with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as archive:
        told = json.loads(archive.read("pack.json"))
        handed = archive.read("pack.html").decode()
    assert child.surname in handed
    assert not any(word in handed for word in others)
    assert "left out" in told["requests"][0]["left_out"]
    page.reload()
    page.goto(page.url.removesuffix("/pack"))
    expect(page.get_by_text("The pack was taken out")).to_be_visible()


FORM = b"%PDF-1.7\nan invented form\n%%EOF"
CUT = b"%PDF-1.7\nan invented form without its last page\n%%EOF"


def with_documents(page: Page, played: Played) -> Any:
    """A request with two documents, as a school's system sends it. Returns its child."""
    attached = []
    for body, kind in ((FORM, "signed_consent"), (FORM + b" ", "plan")):
        digest, head = sha256(body).hexdigest(), {"authorization": f"Bearer {HULL}", "content-type": "application/pdf"}
        assert page.request.put(f"/v1/attachments/{digest}", data=body, headers=head).ok
        attached.append({"sha256": digest, "name": "Okafor consent.pdf", "kind": kind})
    sent = a_hull_referral(attachments=attached, source={"system": "canonical", "record_id": "DOC-1"})
    sent["people"][0] |= {"first_name": "Wren", "surname": "Larkspur"}
    head = {"authorization": f"Bearer {HULL}", "content-type": JSON, "idempotency-key": "documents"}
    answered = page.request.post("/v1/referrals", data=as_bytes(sent), headers=head)
    assert answered.ok, answered.text()
    return Person.model_validate(sent["people"][0], strict=False)


def test_copies_of_documents_go_with_the_pack_once_somebody_has_read_them(sign: Sign, played: Played) -> None:
    page = sign("hull", "ig_lead", scripts=False)
    child = with_documents(page, played)
    written(page, played, child).get_by_role("button", name="Go through what is kept").click()
    sheet = page.url
    first = page.get_by_role("link", name="Document 1: signed consent")
    expect(first).to_be_visible()
    decided(page, mistakes=False)
    first.press("Enter")
    assert "Okafor" not in page.content()
    page.get_by_label("Give it", exact=True).check()
    page.get_by_role("button", name="Keep what I decided").press("Enter")
    expect(page.get_by_role("link", name="Open the document before you decide on it.")).to_be_visible()
    assert opened_file(page) == FORM
    page.get_by_label("Give it with pages left out").check()
    page.get_by_label("Pages that are left out").fill("3-4 Her brother's report")
    page.get_by_label("The copy that is given").set_input_files(
        {"name": "Larkspur cut.pdf", "mimeType": "application/pdf", "buffer": CUT}
    )
    page.get_by_label("Ground, if something is left out").select_option("third_party")
    page.get_by_label("Reason", exact=True).fill("Two pages are about her brother.")
    page.get_by_role("button", name="Keep what I decided").click()
    expect(page.get_by_text("What you decided about the document is kept.")).to_be_visible()
    page.get_by_role("link", name="Document 2: plan").click()
    opened_file(page)
    page.get_by_label("Leave it out").check()
    page.get_by_label("Ground, if something is left out").select_option("crime")
    page.get_by_label("Reason", exact=True).fill("The police have asked us to keep it back.")
    page.get_by_role("button", name="Keep what I decided").click()
    page.get_by_role("button", name="See what they will read").click()
    expect(page.get_by_text("It is about somebody else, who has not agreed.")).to_be_visible()
    assert "police" not in page.inner_text(".pack")
    page.get_by_role("button", name="Download the pack").click()
    page.get_by_role("button", name="It is me").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the pack").click()
    with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as archive:
        assert sorted(archive.namelist()) == ["documents/1.pdf", "pack.html", "pack.json"]
        assert archive.read("documents/1.pdf") == CUT
    for size in SIZES:
        looked_at(sign("hull", "ig_lead", size=size), sheet, size)


def looked_at(page: Page, sheet: str, size: str) -> None:
    """The same pages where a script may look at them."""
    page.goto(sheet)
    sound(page, f"pack-with-documents-{size}")
    page.get_by_role("link", name="Document 1: signed consent").click()
    sound(page, f"pack-document-{size}")
    page.get_by_label("Reason", exact=True).fill("")
    page.get_by_label("Give it with pages left out").check()
    page.get_by_label("Pages that are left out").fill("the third")
    page.get_by_role("button", name="Keep what I decided").click()
    expect(page.get_by_role("link", name="Line 1: write a page")).to_be_visible()
    sound(page, f"pack-document-mistakes-{size}")


def opened_file(page: Page) -> bytes:
    page.get_by_label("Why do you look?").fill(WHY)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Open the document").click()
    assert "Larkspur" not in coming.value.suggested_filename
    return coming.value.path().read_bytes()


def _numbers(person: Any) -> list[str]:
    return [phone.number for phone in person.phones]


def decided(page: Page, mistakes: bool = True) -> None:
    """Open every part that is no document, leave out what is other people's, and give the rest."""
    first = mistakes
    while page.locator(".govuk-checkboxes__item", has_text="Not decided").count():
        waiting = page.locator(".govuk-checkboxes__item", has_text="Not decided")
        for box in waiting.locator("input").all()[:20]:
            box.check()
        page.get_by_label("Why do you look?").fill(WHY)
        page.get_by_role("button", name="Open what is ticked").click()
        if first:
            mistaken(page)
        for part in page.locator("fieldset.choose").all():
            person = part.locator("h2").inner_text().startswith("Person ")
            part.get_by_label("Leave it out" if person else "Give it", exact=True).check()
            part.get_by_label("Reason").fill("It is about somebody else." if person else "It is about her.")
            if person:
                part.get_by_label("Ground, if something is left out").select_option("third_party")
        page.get_by_role("button", name="Keep what I decided").click()
        expect(page.get_by_text("What you decided is kept.")).to_be_visible()
        first = False


def mistaken(page: Page) -> None:
    """What is missing is said at each part, and words that stand nowhere are not taken."""
    part = page.locator("fieldset.choose").first
    part.get_by_label("Give it with parts left out").check()
    part.get_by_text("Which parts of it are left out").click()
    part.get_by_label("Words to leave out").fill("these words stand nowhere")
    page.get_by_role("button", name="Keep what I decided").click()
    expect(page.get_by_role("link", name="Line 1 does not stand in this part.")).to_be_visible()
    sound(page, "pack-parts")


def test_another_councils_request_and_none_look_the_same(sign: Sign, played: Played) -> None:
    page = written(sign("hull", "ig_lead"), played, child_of(played, 10))
    path = page.url.removeprefix(played.url)
    other = sign("kent", "ig_lead")
    for more in ("", "/pack"):
        answers = [other.request.get(f"{one}{more}") for one in (path, "/rights/" + "0" * 32)]
        assert [answer.status for answer in answers] == [404, 404]
        assert answers[0].body() == answers[1].body()
