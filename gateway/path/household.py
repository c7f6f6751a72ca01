"""The people of a referral that is being written: whom it speaks of, who joins it and leaves it, and the next child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from contracts.enquiry import AskedPage
from contracts.referral import HarmLevel
from gateway.path.placed import Document

YOUNG: Final = ("child", "sibling")
_DANGER: Final = (HarmLevel.SIGNIFICANT, HarmLevel.IMMEDIATE)
_NAMES: Final = ("preferred_name", "first_name", "surname")
_ROLE_NAMES: Final[Mapping[str, str]] = {
    "child": "Child",
    "sibling": "Brother or sister",
    "parent": "Parent or carer",
    "non_resident_parent": "Parent who lives elsewhere",
    "household": "Somebody in the same home",
    "alleged_harm": "Somebody said to have harmed a child",
    "other": "Somebody else",
}
_OF_A_SIBLING: Final = (
    "id",
    "first_name",
    "middle_names",
    "surname",
    "full_name",
    "preferred_name",
    "date_of_birth",
    "expected_date_of_birth",
    "unborn",
    "sex",
    "addresses",
    "protection",
    "safe_contact",
)
"""What another child's request needs of a brother or sister: who they are, and where nobody may look for them."""
_OF_AN_AGREEMENT: Final = ("giver", "capacity", "holds_parental_responsibility", "form", "informed_of")
"""What may be taken over of an agreement about one child: never that it was given for another."""
_OF_THE_FAMILY: Final[tuple[str, ...]] = (
    "council",
    "purpose",
    "anonymous",
    "referrer",
    "family",
    "professionals",
    "staff_risk",
    "notices",
    "sharing_limits",
)


def names_of(document: Document) -> dict[str, str]:
    """Each person of it → what they are called on a page: their name, or who they are."""
    found: dict[str, str] = {}
    for one in document.get("people", ()):
        name = " ".join(str(one[part]) for part in _NAMES[1:] if one.get(part)) or str(one.get("preferred_name") or "")
        called = name or role_of(one)
        found[one["id"]] = called if called not in found.values() else f"{called} ({len(found) + 1})"
    return found


def initials_of(document: Document) -> str:
    """Of the first child, as a list shows them: `M F`; "" where nobody is named."""
    child: Document = next((one for one in document.get("people", ()) if "child" in one.get("roles", ())), {})
    return " ".join(str(child[part]).strip()[:1].upper() for part in _NAMES[1:] if child.get(part))


def says_danger(document: Document) -> bool:
    """Whether it says that harm has happened, or is about to: somebody is to ring now."""
    return document.get("harm", {}).get("level") in _DANGER


def role_of(person: Document) -> str:
    """Why somebody is in it, in words."""
    return _ROLE_NAMES.get((person.get("roles") or ["other"])[0], "Somebody else")


def on_page(document: Document, page: AskedPage, pages: Sequence[AskedPage]) -> list[Document]:
    """The people whom this page is about: the first page of theirs that has one of their roles has them."""
    return [one for one in document.get("people", ()) if _page_of(one, pages) == page.name]


def pairs(document: Document) -> list[tuple[str, str]]:
    """Each grown-up with each child for whom help is asked."""
    people = document.get("people", ())
    children = [one["id"] for one in people if "child" in one.get("roles", ())]
    grown = [one["id"] for one in people if not set(YOUNG) & set(one.get("roles", ()))]
    return [(adult, child) for adult in grown for child in children]


def joined(document: Document, page: AskedPage) -> tuple[Document, str]:
    """The document with one more person of this page, and what that person is called in it."""
    new = deepcopy(document)
    people = new.setdefault("people", [])
    known = {one["id"] for one in people}
    name = next(f"person-{number}" for number in range(1, len(known) + 2) if f"person-{number}" not in known)
    people.append({"id": name, "roles": [_first_role(page, people)]})
    return new, name


def left(document: Document, person: str) -> Document:
    """The document without this person, and without what it said of them only by their name in it."""
    new = deepcopy(document)
    new["people"] = [one for one in new.get("people", ()) if one["id"] != person]
    new["relationships"] = [
        one for one in new.get("relationships", ()) if person not in (one.get("person"), one.get("to"))
    ]
    for name, key in (("needs", "whose"), ("agreements", "giver"), ("views", "person")):
        for one in new.get(name, ()):
            if one.get(key) == person:
                del one[key]
    return {name: value for name, value in new.items() if value not in ([], {})}


def next_child(document: Document, chosen: str = "") -> Document:
    """A new request for another child of this family: the household, who asks, and whom to ask for agreement.

    chosen  a brother or sister who is that child, "" for one who is not named yet. Of the first child only who they
            are comes along; what was agreed about them was agreed about them alone.
    """
    new: Document = {name: deepcopy(document[name]) for name in _OF_THE_FAMILY if name in document}
    people = []
    for one in document.get("people", ()):
        if one["id"] == chosen:
            people.append(deepcopy(one) | {"roles": ["child"]})
        elif set(YOUNG) & set(one.get("roles", ())):
            people.append({key: deepcopy(one[key]) for key in _OF_A_SIBLING if key in one} | {"roles": ["sibling"]})
        else:
            people.append(deepcopy(one))
    if people:
        new["people"] = people
    young = {one["id"] for one in people if set(YOUNG) & set(one["roles"])}
    asked = [
        {key: deepcopy(one[key]) for key in _OF_AN_AGREEMENT if key in one}
        for one in document.get("agreements", ())
        if one.get("giver") not in young
    ]
    if asked := [one for one in asked if one.get("giver")]:
        new["agreements"] = asked
    return new


def _page_of(person: Document, pages: Sequence[AskedPage]) -> str:
    roles = set(person.get("roles", ()))
    own = [page for page in pages if page.people]
    named = [page.name for page in own if roles & set(page.roles)]
    others = [page.name for page in own if not page.roles]
    return next(iter((*named, *others)), "")


def _first_role(page: AskedPage, people: Sequence[Mapping[str, Any]]) -> str:
    """What somebody new on this page most likely is: the first child, then brothers and sisters; else a parent."""
    if not page.roles:
        return "parent"
    if page.roles[0] == "child" and any("child" in one.get("roles", ()) for one in people):
        return "sibling" if "sibling" in page.roles else "child"
    return page.roles[0]
