"""XML as editing programs take it: indented, with a document type, without characters that XML does not have."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIGITS = 6


def clean(text: str) -> str:
    """``text`` without control characters and halves of surrogate pairs, which file names may hold."""
    return _NOT_XML.sub("\ufffd", text)


def leaf(parent: ET.Element, tag: str, value: str | float) -> ET.Element:
    """Adds an element that holds a text, a number, or a truth as FCP 7 writes it."""
    element = ET.SubElement(parent, tag)
    if isinstance(value, bool):
        element.text = str(value).upper()
    else:
        element.text = decimal(value) if isinstance(value, float) else clean(str(value))
    return element


def decimal(value: float) -> str:
    """Up to six digits after the point, no zeros at the end, never an exponent."""
    text = f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def document(root: ET.Element, doctype: str) -> bytes:
    """The file, UTF-8."""
    ET.indent(root, "  ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {doctype}>\n{body}\n'.encode()
