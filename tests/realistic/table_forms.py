"""Fills in the forms and lists that arrive as tables, over the headings of each source's own sample."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping

from tests.realistic.spelling import Has, home, listed, names, said, sample

HARM = "Is a child suffering, or likely to suffer, significant harm?"
KENT = {
    "harm": HARM, "what": "What has happened?", "rung": "Have you rung the Front Door?", "kind": "Who is asking?",
    "asks": "Your name", "role": "Your role", "agency": "Your organisation", "asks_phone": "Your telephone",
    "asks_email": "Your email", "born": "Child's date of birth", "unborn": "Is the child unborn?",
    "due": "Expected date of birth", "sex": "Child's sex", "school": "School or nursery", "place": "District",
    "carer": "Parent or carer's name", "phone": "Parent or carer's telephone",
    "relation": "Parent or carer's relationship to the child",
    "pr": "Does the parent or carer hold parental responsibility?",
    "elsewhere": "Name of a parent who lives elsewhere", "why": "What is the presenting problem?",
    "needs": "Which needs do you see?", "tried": "What has been tried?", "child_says": "What does the child say?",
    "family_says": "What does the family say about the support it needs?", "level": "Level of need",
    "agreed": "Has the parent or carer agreed to this request?",
    "child_agreed": "Has the child agreed to this request?",
    "how": "How was agreement given?", "on": "Date of agreement", "told": "Do the parents know of this request?",
    "why_not_told": "If not, why not?", "staff_risk": "What is the risk?",
}  # fmt: skip
LEICESTER = {
    "harm": HARM, "what": "What has happened?", "kind": "Who is asking?", "asks": "Your name", "role": "Your role",
    "agency": "Your agency", "agency_kind": "Kind of agency", "asks_phone": "Your telephone",
    "asks_email": "Your email",
    "born": "Child's date of birth", "unborn": "Is the child unborn?",
    "due": "When is the baby expected?", "sex": "Child's sex",
    "ldd": "Does the child have a learning difficulty or disability?", "school": "School or nursery",
    "carer": "Parent or carer's name", "phone": "Parent or carer's telephone", "relation": "Relationship to the child",
    "place": "Cluster", "why": "Why are you asking for Early Help?", "count": "How many needs does nobody meet?",
    "complex": "Are the needs complex?", "several": "Is a response of several agencies needed?",
    "level": "Level of need", "tried": "What has been tried?", "eha": "Is the Early Help Assessment attached?",
    "by": "Who agreed?", "agreed": "What did the family say?", "how": "How was agreement given?",
    "on": "Date of agreement", "told": "Do the parents know of this referral?",
    "explained": "What was the family told about how information is stored and who sees it?",
}  # fmt: skip
PANEL = {
    "harm": HARM, "asks": "Your name", "role": "Your role", "agency": "Your agency", "asks_email": "Your work email",
    "child": "Name of the child", "born": "Date of birth of the child", "place": "Cluster",
    "criterion": "Which criterion of the panel does the case meet?", "why": "Why should the panel see this case?",
    "open_to": "Which service is the case open to?", "lead": "Lead practitioner", "tried": "What has been tried?",
    "wants": "What do you ask of the panel?", "needs": "Which needs does the family have?", "level": "Level of need",
    "by": "Who agreed?", "agreed": "What did the family say?", "how": "How was agreement given?",
    "explained": "What was the family told?", "told": "Do the parents know of this referral?",
}  # fmt: skip
ENQUIRY = {
    "harm": HARM, "what": "What has happened?", "rung": "Have you already rung the safeguarding front door?",
    "enquiry": "What are you asking for?", "nameless": "Have you left out the family's names?", "kind": "Who are you?",
    "asks": "What is your name? - Full name", "role": "What is your role?",
    "agency": "Which organisation do you work for?", "agency_kind": "What kind of organisation is it?",
    "asks_phone": "What is your telephone number?", "asks_email": "What is your email address?",
    "born": "What is the child's date of birth?", "sex": "What is the child's sex?",
    "age": "How old is the child, as far as you know?", "home": "Where does the child live?",
    "school": "Which school, college or nursery does the child go to?",
    "secret": "Must this address be kept secret from anyone?",
    "carer": "What is the parent or carer's name? - Full name",
    "relation": "Who are they to the child?", "pr": "Do they have parental responsibility?",
    "phone": "What is their telephone number?", "interpreter": "Do they need an interpreter?",
    "safe": "Is there a safe way or time to contact them?", "why": "Why are you enquiring?",
    "tried": "What has been tried already?",
    "needs": "Which needs do you see?", "level": "Which level of need do you think this is?",
    "agreed": "Has the family agreed to this enquiry?", "how": "How did they agree?", "on": "When did they agree?",
    "agencies": "Who may this be shared with?", "emailed": "Have you emailed the signed consent form to the hub?",
    "child_agreed": "Has the child or young person agreed?", "not_sought": "Why did you not ask?",
    "child_understands": "Do you think they understand what they agree to?",
    "child_understands_by": "Who judged that? - Full name",
    "told": "Have the parents or carers been told about this enquiry?",
    "why_not_told": "Why have they not been told?", "notice": "Has the family been given the privacy notice?",
}  # fmt: skip
MONITORING = (
    "ID", "Start time", "Completion time", "Email", "Name", "Who completed the assessment?", "Their role",
    "Their agency", "Their email", "First child's name", "First child's date of birth",
    "First child's school or nursery", "First child's UPN", "Second child's name", "Second child's date of birth",
    "Second child's school or nursery", "Locality", "When was the assessment completed?", "What could not be assessed?",
    "Level of need", "Which needs remain?", "Does the family need more support?", "Lead Professional",
    "Agency of the Lead Professional", "Who agreed?", "Did the family agree to this record?", "How did it agree?",
    "What was the family told?",
)  # fmt: skip
RECORD = {
    "asks": "Who completed the assessment?", "role": "Their role", "agency": "Their agency",
    "child": "First child's name", "born": "First child's date of birth", "place": "Locality",
    "needs": "Which needs remain?", "more": "Does the family need more support?", "by": "Who agreed?",
    "agreed": "Did the family agree to this record?", "how": "How did it agree?", "level": "Level of need",
    "told": "What was the family told?", "completed": "When was the assessment completed?",
}  # fmt: skip
SHEET = {
    "why": "Reason for request", "harm": HARM, "needs": "Needs you see", "services": "Services asked for",
    "place": "Hub locality", "child_says": "What the child says", "parent_says": "What the parent says",
    "agreed": "Family agrees", "by": "Who agreed", "how": "How they agreed", "on": "Date agreed",
    "explained": "What the family was told", "limit": "Family does not want shared", "notice": "Privacy notice given",
    "asks": "Referrer", "role": "Role", "asks_phone": "Your phone", "asks_email": "Your email", "school": "School name",
}  # fmt: skip
UPN = "N810999925001"


def headings(place: str) -> list[str]:
    """The first row of a sample."""
    return next(csv.reader(io.StringIO(sample(place))))


def table(columns: list[str], *rows: Mapping[str, str]) -> bytes:
    """A CSV file of these rows; a heading that is not there is a mistake in a story."""
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _row(places: Has, has: Has, *elsewhere: str) -> dict[str, str]:
    unknown = sorted(set(has) - set(places) - {"id", *elsewhere})
    assert not unknown, f"no such column: {unknown}"
    return {
        places[word]: "; ".join(map(str, v)) if isinstance(v, list) else said(v)
        for word, v in has.items()
        if word in places
    }


def kent_request(has: Has) -> bytes:
    """Kent's Request for Support, as Drupal Webform downloads it."""
    columns = headings("drupal_webform/samples/requests.csv")
    first, last = names(has["child"])
    lines, town, postcode = home(has.get("home"))
    row = _row(KENT, has, "child", "home") | {
        "Serial number": has["id"][-2:], "Submission ID": "11" + has["id"][-2:], "Is draft": "0", "Language": "en",
        "Completed": "2026-11-20 11:21:44", "Created": "2026-11-20 11:05:10", "Changed": "2026-11-20 11:21:44",
        "Child's first name": first, "Child's last name": last, "Home address: Address": ", ".join(lines),
        "Home address: City/Town": town, "Home address: ZIP/Postal Code": postcode,
        "Is there a risk to staff who visit?": said("staff_risk" in has),
    }  # fmt: skip
    return table(columns, row)


def leic_eha(has: Has) -> bytes:
    """Leicester's Early Help referral, as Gravity Forms exports it."""
    columns = headings("gravity_forms/samples/unborn.csv")
    first, last = names(has["child"])
    lines, town, postcode = home(has.get("home"))
    row = _row(LEICESTER, has, "child", "home", "needs") | {
        "Entry Id": "9" + has["id"][-2:], "Entry Date": "2026-11-20 11:15:02", "Child's name (First)": first,
        "Child's name (Last)": last, "Address (Street Address)": ", ".join(lines), "Address (City)": town,
        "Address (ZIP / Postal Code)": postcode,
        "Which needs of the family does nobody meet at present?": ", ".join(listed(has["needs"])),
    }  # fmt: skip
    return table(columns, row)


def leic_masp(has: Has) -> bytes:
    """A referral to Leicester's panel, as Google Forms collects it."""
    columns = headings("google_forms/samples/referrals.csv")
    return table(columns, _row(PANEL, has) | {"Timestamp": "20/11/2026 13:05:59"})


def th_csv(has: Has) -> bytes:
    """Tower Hamlets' enquiries, as GOV.UK Forms downloads a batch of them."""
    columns = headings("govuk_forms_csv/samples/batch.csv")
    first, last = names(has["child"])
    row = _row(ENQUIRY, has, "child") | {
        "Who may this be shared with?": ", ".join(listed(has["agencies"])),
        "Reference": has["id"].upper().replace("-", ""), "Submitted at": "2026-11-20T09:20:00+00:00",
        "What is the child's name? - First name": first, "What is the child's name? - Last name": last,
    }  # fmt: skip
    return table(columns, row)


def derby_monitoring(has: Has) -> bytes:
    """Derby's Monitoring Form, as Microsoft Forms exports it."""
    when = {"ID": has["id"][-2:], "Start time": "2026-11-20 09:00:00", "Completion time": "2026-11-20 09:19:45"}
    return table(list(MONITORING), _row(RECORD, has) | when)


def th_extract(has: Has) -> bytes:
    """One open assessment of the case system's nightly extract."""
    first, last = names(has["child"])
    row = {
        "Forename": first, "Surname": last, "DOB": has["born"], "GENDER": "F", "Setting": "Invented Primary School",
        "Open Date": "01/11/2026", "Status": "Open", "Source": "Invented Primary School", "Reason": has["why"],
        "Practitioner": "Ashcombe,Lena", "Referrer": "Made-Up,Jo", "ID": has["id"].upper(),
        "Extracted at": "2026-11-20 08:00:00",
    }  # fmt: skip
    return table(headings("early_help_extract/samples/open_assessments.csv"), row)


def hull_school(has: Has) -> bytes:
    """A school's covering sheet with the pupil's own rows from its system."""
    folder = "school/samples/hull_four_pupils"
    first, last = names(has["child"])
    carer_first, carer_last = names(has["carer"])
    sheet = _row(SHEET, has, "child", "born", "carer", "relation", "phone") | {
        "Our reference": has["id"].upper(), "UPN": UPN, "Exported from": "The school's own system",
    }  # fmt: skip
    pupil = {
        "Admission No": "004101", "UPN": UPN, "Legal Surname": last, "Legal Forename": first,
        "Date of Birth": has["born"], "First Language": "English", "Post Code": "HU8 0ZZ",
    }  # fmt: skip
    contact = {
        "UPN": UPN, "Contact Forename": carer_first, "Contact Surname": carer_last, "Relationship": has["relation"],
        "PR": "Yes", "Priority": "1", "Mobile": has["phone"],
    }  # fmt: skip
    marks = {
        "UPN": UPN, "Possible Sessions": "100", "Present Sessions": "80", "Authorised Absence": "8",
        "Unauthorised Absence": "12", "Start Date": "02/09/2026", "End Date": "13/11/2026",
    }  # fmt: skip
    files = {"referral": sheet, "pupils": pupil, "contacts": contact, "attendance": marks}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, row in files.items():
            archive.writestr(f"{name}.csv", table(headings(f"{folder}/{name}.csv"), row))
    return packed.getvalue()


FORMS: dict[str, Callable[[Has], bytes]] = {
    "kent_request": kent_request, "leic_eha": leic_eha, "leic_masp": leic_masp, "th_csv": th_csv,
    "derby_monitoring": derby_monitoring, "th_extract": th_extract, "hull_school": hull_school,
}  # fmt: skip
