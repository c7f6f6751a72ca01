"""A school's zip for the load of P5: the same covering sheet and the same pupil, beside it as XML or as CSV.

Nobody sends a whole referral as XML; a school's export of its pupils is what comes so.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from tests.bench import family

PATH: Final = "/v1/submissions/school"
KINDS: Final = ("xml", "csv")

_SHEET: Final = (
    "Our reference,Surname,Forename,DOB,Reason for request,"
    '"Is a child suffering, or likely to suffer, significant harm?",Needs you see,Services asked for,Hub locality,'
    "What the child says,Family agrees,Who agreed,How they agreed,Date agreed,Privacy notice given,Referrer,Role,"
    "Your phone,Your email,School name\r\n"
    "{number},{surname},Maya,14/03/2017,Help with getting to school in the mornings.,No,Poor attendance,"
    "Early Help Family Support (0-11yrs),West,I like my class.,Yes,Mother,Signed form,16/11/2026,Yes,Sam Okoro,SENCo,"
    "07700 900123,s.okoro@invented-primary.example,Invented Primary School\r\n"
)
_CSV: Final = (
    "Surname,Forename,DOB,Sex,Year Group,Address Line 1,Town,Postcode\r\n"
    "{surname},Maya,14/03/2017,F,4,4 Invented Row,Testham,AA9 9AA\r\n"
)
_XML: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<CTfile><Header><DocumentName>Common Transfer File</DocumentName>'
    "<CTFversion>25.0</CTFversion><DateTime>2026-11-16T10:15:00</DateTime><SourceSchool><LEA>999</LEA>"
    "<Estab>1020</Estab><URN>999102</URN><SchoolName>Invented Primary School</SchoolName></SourceSchool></Header>"
    "<CTFpupilData><Pupil><Surname>{surname}</Surname><Forename>Maya</Forename><DOB>2017-03-14</DOB><Sex>F</Sex>"
    "<BasicDetails><NCyearActual>4</NCyearActual></BasicDetails><Address><AddressLines>"
    "<AddressLine1>4 Invented Row</AddressLine1><AddressLine2>Testham</AddressLine2></AddressLines>"
    "<PostCode>AA9 9AA</PostCode></Address></Pupil></CTFpupilData></CTfile>\n"
)


def package(n: int, kind: str) -> bytes:
    """Zip `n`, with the pupil as `xml` or `csv`; every one of a kind has the same length."""
    words = {"number": family.number(n), "surname": family.surname(n)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("referral.csv", _SHEET.format(**words))
        packed.writestr(f"pupils.{kind}", (_XML if kind == "xml" else _CSV).format(**words))
    return out.getvalue()
