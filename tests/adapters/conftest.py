"""Small valid inputs of each source, written here with invented families, and a way to make archives."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.formats.fhir.checking import wrong_with
from contracts.adapter import ReadOptions
from contracts.errors import UnreadablePayload

FHIR = Path(__file__).parents[2] / "mappings" / "sources" / "fhir_message" / "samples"
Zip = Callable[[Mapping[str, str | bytes]], bytes]


def pack(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


@pytest.fixture(scope="session")
def zipped() -> Zip:
    return pack


SUBMISSION = {
    "$schema": "https://forms.example/json-submissions/v1/schema",
    "form_name": "Early Help Enquiry Form",
    "submission_reference": "QX7R2M9K",
    "submitted_at": "2026-03-02T09:15:00.000Z",
    "language": "en",
    "answers": [
        {"question_id": "11", "question_text": "Who is asking?", "answer_text": "A professional"},
        {
            "question_id": "12",
            "question_text": "Your address",
            "address1": "4 Invented Row",
            "address2": "",
            "postcode": "ZZ99 3VZ",
            "answer_text": "4 Invented Row, ZZ99 3VZ",
        },
        {
            "question_id": "13",
            "question_text": "Children in the family",
            "can_have_multiple_answers": True,
            "first_name": ["Nia", "Tomos"],
            "last_name": ["Quillfeather", "Quillfeather"],
            "answer_text": ["Nia Quillfeather", "Tomos Quillfeather"],
        },
        {
            "question_id": "14",
            "question_text": "Services for each child",
            "can_have_multiple_answers": True,
            "selections": [["Parenting", "Youth work"], []],
            "answer_text": ["Parenting, Youth work", ""],
        },
        {"question_id": "15", "question_text": "Anything else?", "answer_text": ""},
    ],
}

TABLES = {
    "DIM_PERSON.csv": (
        "DIM_PERSON_ID,UPN,LEGACY_ID,FORENAME,SURNAME,BIRTH_DTTM,DUPLICATED_DTTM,WARD\n"
        "501,C856999925001,Unknown,Idris,Marrowby,2015-06-01 00:00:00.000,,North\n"
        "502,Unknown,,Carys,Marrowby,2017-02-11 00:00:00.000,,North\n"
        "503,,,Old,Record,2015-06-01 00:00:00.000,2024-01-01 00:00:00.000,\n"
        "504,,,Bronwen,Marrowby,,,North\n"
    ),
    "DIM_PERSON_ADDRESS.csv": "DIM_PERSON_ID,STREET,POSTCODE,UPRN\n501,Made-up Lane,ZZ99 3VZ,-1\n",
    "fact_ehm_contact.csv": (
        "FACT_EHM_CONTACT_ID,DIM_PERSON_ID,CONTACT_DTTM,REASON\n"
        '9001,501,2026-02-10 00:00:00.000,"Step down\nafter a Single Assessment"\n'
        "9002,503,2026-02-10 00:00:00.000,Merged\n"
        "9003,-1,2026-02-11 00:00:00.000,Nobody\n"
    ),
    "FACT_PERSON_RELATION.csv": (
        "DIM_PERSON_ID,DIM_RELATED_PERSON_ID,DIM_LOOKUP_RELTN_TYPE_CODE\n501,502,SIB\n504,501,MOT\n501,503,SIB\n"
    ),
    "FACT_CAF_EPISODE.csv": "FACT_CAF_EPISODE_ID,DIM_PERSON_ID,START_REASON\n77,501,Earlier support\n",
    "FACT_FORMS.csv": (
        "FACT_FORM_ID,DIM_PERSON_ID,FACT_EHM_CONTACT_ID,DIM_LOOKUP_FORM_TYPE_ID_CODE\n"
        "31,501,9001,STEPDOWN\n32,501,8000,STEPDOWN\n"
    ),
    "FACT_FORM_ANSWERS.csv": (
        "FACT_FORM_ID,ANSWER_NO,ANSWER,ANSWERED_DTTM,DIM_ASSESSMENT_TEMPLATE_QUESTION_ID_DESC\n"
        "31,1,No,2026-02-01 10:00:00.000,Consent to support\n"
        "31,1,Yes,2026-02-09 10:00:00.000,Consent to support\n"
        "31,2,Yes,2026-02-09 10:00:00.000,Consent to sharing\n"
        "31,3,Yes,,Written consent\n"
        "31,3,No,,Written consent\n"
        "32,4,Never to be seen,2025-02-09 10:00:00.000,From another contact\n"
    ),
    "FACT_INVOLVEMENTS.csv": "DIM_PERSON_ID,WORKER_TEAM\n501,Duty and Advice\n",
    "FACT_DISABILITY.csv": "DIM_PERSON_ID,DISABILITY_CODE\n501,COMM\n",
}

SHEET = (
    "UPN,Surname,Forename,DOB,Reason for request,Family agrees,Services,Referrer,Reference,Views of the child\n"
    "N810999925001,Pennyworth,Osian,14/03/2015,=HYPERLINK(1),Yes,Young Carers Support,Ms Made-Up,R-1,Would like help\n"
    ",O’Fictional,Mair,2016-07-01,Absence,Yes,Parenting Support,Ms Made-Up,R-2,\n"
)
PUPILS = (
    "Admission No,UPN,Legal Surname,Legal Forename,Preferred Name,Date of Birth,SEN Status\n"
    "1001,N810999925001,Pennyworth,Osian,,2015-03-14,K - SEN Support\n"
    "1002,,O'Fictional,Mair,,01/07/2016,N - None\n"
    "1003,,Uninvolved,Canary,,2016-01-01,N - None\n"
)
CONTACTS = "UPN,Contact Surname,Relationship\nN810999925001,Pennyworth,Mother\n,Canary,Father\n"
ATTENDANCE = (
    "Student ID,Possible Sessions,Present Sessions,Authorised Absence,Unauthorised Absence\n"
    "1001,320,300,12,8\n1002,136,0,128,124\n"
)
SCHOOL = {"referral.csv": SHEET, "pupils.csv": PUPILS, "contacts.csv": CONTACTS, "attendance.csv": ATTENDANCE}

FORM_ROW = (
    "Reference,Submitted at,Who is asking?,Your name - First name,Your name - Last name,Children - First name,"
    "Services,Language\n"
    'QX7R2M9K,2026-03-02T09:15:00+00:00,A professional,Nia,Quillfeather,"Answer: Nia\nAnswer: Tomos",'
    '"Parenting, Youth work",en\n'
)

PAYLOAD = {
    "service": {"id": "8e3b", "slug": "request-for-support", "name": "Request for Support"},
    "meta": {"pdf_heading": "Request", "submission_at": "2026-03-02T09:15:00Z", "reference_number": "M-1"},
    "actions": [{"kind": "email", "to": "secret@inbox.example", "from": "sender@inbox.example", "key": "k3y"}],
    "pages": [
        {
            "heading": "About you",
            "answers": [
                {"field_id": "name_text_1", "field_name": "Your name", "answer": "Nia Quillfeather"},
                {"field_id": "needs_checkboxes_1", "field_name": "Needs", "answer": ["Attendance", "Bereavement"]},
            ],
        },
        {
            "heading": "",
            "answers": [
                {
                    "field_id": "home_address_1",
                    "field_name": "Home",
                    "answer": {"address_line_one": "4 Invented Row", "address_line_two": "", "postcode": "ZZ99 3VZ"},
                }
            ],
        },
    ],
    "attachments": [
        {"filename": "Nia Quillfeather.pdf", "mimetype": "application/pdf", "url": "http://files.example/1"}
    ],
}

WEBHOOK = {
    "name": "Early Help Assessment",
    "preferredLanguage": "en",
    "metadata": {"reference": "EHA-1", "ip": "192.0.2.7"},
    "questions": [
        {"question": "About you", "fields": [{"key": "name", "title": "Your name", "type": "text", "answer": "Nia Q"}]},
        {
            "category": "children",
            "question": "A child",
            "index": 0,
            "fields": [{"key": "child", "title": "Name", "type": "text", "answer": "Tomos Quillfeather"}],
        },
        {
            "category": "children",
            "question": "A child",
            "index": 1,
            "fields": [{"key": "age", "title": "Age", "type": "number", "answer": 7}],
        },
        {"fields": [{"key": "agreed", "title": "Agreed?", "type": "list", "answer": True}, {"key": "other"}]},
    ],
    "fees": {},
}

CONNECT = {
    "Referral": {
        "Id": 41,
        "ReasonForSupport": "Help with mornings",
        "EngageWithFamily": "By phone",
        "RecipientDto": {"Id": 7, "Name": "Nia Quillfeather", "Email": "", "PostCode": "ZZ99 3VZ"},
        "ReferralUserAccountDto": {"Id": 2, "EmailAddress": "worker@council.example", "Name": "Ms Made-Up"},
        "ReferralServiceDto": {"Id": 3, "Name": "Family Hub", "OrganisationDto": {"Id": 3, "Name": "Council"}},
        "Status": {"Id": 1, "Name": "New"},
        "Created": None,
    },
    "Metrics": {"RequestTimestamp": "2026-03-02T09:15:00+00:00"},
}

CONTACT = {
    "submission_id": "MA-1",
    "full_name": "Ms Made-Up",
    "childReffered": [
        {"first_name": "Nia", "last_name": "Quillfeather", "date_of_birth": "2015-03-14", "gender": "Female"},
        {"first_name": "Baby", "last_name": "Quillfeather", "date_of_birth": "EDD 12/05/2026", "gender": "Not known"},
    ],
    "mother_fullname": "Bron Quillfeather",
    "Fathers_DOB": "",
    "Your Involvemnt": "School",
}

SAFEGUARDING = {
    "ssd_person.csv": (
        "pers_person_id,pers_upn,pers_forename,pers_surname,pers_dob\n601,Unknown,Cadi,Marrowby,2015-06-01\n"
    ),
    "ssd_contacts.csv": (
        "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_outcome_json\n"
        "1,601,2026-10-05,EH Referral\n2,601,2026-10-05,CIN Referral\n"
    ),
    "ssd_address.csv": (
        "addr_person_id,addr_address_postcode,addr_address_json\n"
        '601,XXXX,"{""HOUSE"": ""7"", ""STREET"": ""Made-up Lane""}"\n'
    ),
    "ssd_early_help_episodes.csv": "earl_person_id,earl_episode_worker_id\n601,SSD_PH\n",
}

EXTRACT = (
    "Forename,Surname,GENDER,DOB,Open Date,Status,Practitioner,POSTCODE,ID\n"
    'Cadi,Marrowby,F,14/03/2015,01/10/2026,Open,"Ashcombe,Lena",XXXX,E-1\n'
)

MOSAIC = {
    "MO_WORKFLOW_STEPS.csv": "WORKFLOW_STEP_ID,SUBGROUP_ID,OUTCOME\n71,801,Early Help\n",
    "MO_SUBGROUP_SUBJECTS.csv": "SUBGROUP_ID,SUBJECT_COMPOUND_ID\n801,301\n",
    "DM_PERSONS.csv": (
        "PERSON_ID,FULL_NAME,CONTEXT_FLAG,RESTRICTED\n"
        "301,Cadi Marrowby,C,N\n302,Bronwen Marrowby,A,N\n303,Kept Back,A,Y\n"
    ),
    "DM_PERSONAL_RELATIONSHIPS.csv": "PERSON_ID,OTHER_PERSON_ID,RELATIONSHIP_TYPE\n301,302,parent\n301,303,auntUncle\n",
    "MO_FORMS.csv": "FORM_ID,WORKFLOW_STEP_ID\n901,71\n",
    "MO_FORM_LOOKUP_ANSWERS.csv": "FORM_ID,QUESTION_USER_CODE,ANSWER\n901,eh.consent,Given\n",
}

WEBFORM = (
    "Serial number,Submission ID,Created,Completed,Is draft,Remote IP address,Language,"
    "Who is asking?,Name,Name,Home address: Postcode,What are you worried about?\n"
    "7,118,2026-03-02 09:15:00,2026-03-02 09:21:00,0,192.0.2.7,en,"
    'A professional,Nia Quillfeather,Tomos Quillfeather,ZZ99 3VZ,"Absence; sleep\nand meals"\n'
)

TRANSFER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<CTfile>\n<Header><CTFversion>25.0</CTFversion>'
    "<SourceSchool><LEA>999</LEA><Estab>1020</Estab></SourceSchool></Header>\n<CTFpupilData>\n"
    "<Pupil><UPN>N810999925001</UPN><Surname>Pennyworth</Surname><Forename>Osian</Forename><DOB>2015-03-14</DOB>"
    "<Address><BS7666Address><PAON>4</PAON><Street>Invented Row</Street></BS7666Address><PostCode>ZZ99 3VZ</PostCode>"
    "</Address><Contacts><Contact><Surname>Marrowby</Surname><Relationship>PAM</Relationship></Contact></Contacts>"
    "<Attendance><YearData><Year>2026</Year><SessionsPossible>20</SessionsPossible></YearData></Attendance></Pupil>\n"
    "</CTFpupilData>\n</CTfile>\n"
)

CHILD = {
    "la_child_id": "INV-1",
    "child_details": {"first_name": "Nia", "surname": "Quillfeather", "date_of_birth": "2015-03-14", "purge": False},
    "social_care_episodes": [{"child_in_need_plans": [{"start_date": "2026-01-05"}], "purge": False}],
}

ROSTER = {
    "manifest.csv": "propertyName,value\noneroster.version,1.1\n",
    "orgs.csv": "sourcedId,status,name,type\norg-1,active,Invented School,school\n",
    "users.csv": (
        "sourcedId,status,orgSourcedIds,role,userIds,givenName,familyName,identifier,password\n"
        "u-1,active,org-1,student,{UPN:N810999925001},Osian,Pennyworth,1001,unread\n"
    ),
    "demographics.csv": "sourcedId,birthDate,sex\nu-1,2015-03-14,male\n",
}

PUPIL_OF_AN_API = {"id": "A11", "upn": "N810999925001", "last_name": "Pennyworth", "demographics": {"is_pp": None}}

OPTIONS = {"mis_json": ReadOptions(settings={"pupils": "/data", "known_by": ["id", "upn", "demographics"]})}
"""What an adapter needs to know before it can read anything, where that is not nothing."""

VALID: dict[str, bytes] = {
    "covering_sheet": pack(SCHOOL),
    "fhir_message": (FHIR / "of_a_gateway.json").read_bytes(),
    "mis_json": json.dumps({"data": [PUPIL_OF_AN_API], "meta": {"more": False}}).encode(),
    "csc_api": json.dumps(CHILD, indent=1).encode(),
    "ctf": TRANSFER.encode(),
    "oneroster": pack(ROSTER),
    "tabular_form": WEBFORM.encode(),
    "early_help_extract": pack({"extract.csv": EXTRACT}),
    "mosaic_tables": pack(MOSAIC),
    "ssd_tables": pack(SAFEGUARDING),
    "family_hubs": json.dumps(CONNECT, indent=1).encode(),
    "form_builder": json.dumps(WEBHOOK, indent=1).encode(),
    "govuk_forms_csv": FORM_ROW.encode(),
    "moj_forms": json.dumps(PAYLOAD, indent=1).encode(),
    "multi_agency": json.dumps(CONTACT, indent=1).encode(),
    "govuk_forms": json.dumps(SUBMISSION, indent=1).encode(),
    "liquidlogic": pack(TABLES),
    "mis_csv": PUPILS.encode(),
}


wrong_with(json.loads(VALID["fhir_message"]))  # the first takes most of a second, which no timed example should pay


@pytest.fixture(scope="session")
def valid() -> dict[str, bytes]:
    return VALID


@pytest.fixture
def submission() -> dict[str, object]:
    copy: dict[str, object] = json.loads(json.dumps(SUBMISSION))
    return copy


@pytest.fixture
def tables() -> dict[str, str | bytes]:
    return dict(TABLES)


@pytest.fixture
def safeguarding() -> dict[str, str | bytes]:
    return dict(SAFEGUARDING)


@pytest.fixture
def mosaic() -> dict[str, str | bytes]:
    return dict(MOSAIC)


@pytest.fixture
def school() -> dict[str, str | bytes]:
    return dict(SCHOOL)


Refusal = Callable[[Callable[[], object]], UnreadablePayload]


@pytest.fixture(scope="session")
def refusal() -> Refusal:
    """The refusal that a call ends in, after checking that it names an expectation and a remedy."""

    def refused(call: Callable[[], object]) -> UnreadablePayload:
        with pytest.raises(UnreadablePayload) as caught:
            call()
        assert caught.value.faults
        for fault in caught.value.faults:
            assert fault.kind == "unreadable"
            assert fault.expected
            assert fault.remedy.endswith(".")
        return caught.value

    return refused
