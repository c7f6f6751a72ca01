"""What the XML parser complains of, in words that a sender can act on and that repeat nothing of the file."""

from __future__ import annotations

from typing import Final

from lxml import etree

_CUT: Final = ("the rest of the file", "The file ends too early. Export it again, and send it once it is all written.")
_UNKNOWN: Final = ("well-formed XML", "Export the file again; an XML validator shows what is wrong with it.")
_KINDS = etree.ErrorTypes
_WRONG: Final = {
    _KINDS.ERR_TAG_NAME_MISMATCH: ("the closing tag of the element that is open", "Close each element where it ends."),
    _KINDS.ERR_INVALID_CHAR: ("characters that XML allows", "Remove the control character, or the sign for one."),
    _KINDS.ERR_UNDECLARED_ENTITY: ("text, or one of the five entities of XML", "Write the character itself."),
    _KINDS.ERR_NAME_REQUIRED: ("a tag, or text", "Write & as &amp; and < as &lt; within text."),
    _KINDS.ERR_ENTITYREF_SEMICOL_MISSING: ("text", "Write & as &amp; within text."),
    _KINDS.ERR_DOCUMENT_EMPTY: ("XML", "This is no XML. Send the XML file as the system exports it."),
    _KINDS.ERR_DOCUMENT_END: ("nothing after the root element", "Send one file at a time, and nothing after it."),
    _KINDS.ERR_ATTRIBUTE_REDEFINED: ("each attribute once", "Take the second one away."),
    _KINDS.ERR_RESOURCE_LIMIT: ("at most 255 levels, and short tags", "Send the records without levels around them."),
    _KINDS.ERR_TAG_NOT_FINISHED: _CUT,
}


def words(kind: int, at_the_end: bool) -> tuple[str, str]:
    """What was expected, and the remedy, for a kind of the parser's errors, met within the file or at its end."""
    return _CUT if at_the_end and kind not in _WRONG else _WRONG.get(kind, _UNKNOWN)
