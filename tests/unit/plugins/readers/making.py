"""Files of the formats under test, made in memory from their real structure."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)
SLIDES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def zipped(entries: dict[str, bytes | str]) -> bytes:
    """An archive of these entries, in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def odt(body: str, *, meta: str = "", more: dict[str, bytes | str] | None = None) -> bytes:
    """An OpenDocument text with this body."""
    content = f"<office:document-content {ODF}><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    about = f"<office:document-meta {ODF}><office:meta>{meta}</office:meta></office:document-meta>"
    mime = "application/vnd.oasis.opendocument.text"
    return zipped({"mimetype": mime, "content.xml": content, "meta.xml": about, **(more or {})})


def shape(*paragraphs: str, role: str = "") -> str:
    """A shape of a slide with these paragraphs."""
    place = f'<p:nvSpPr><p:nvPr><p:ph type="{role}"/></p:nvPr></p:nvSpPr>' if role else ""
    told = "".join(f"<a:p><a:r><a:t>{one}</a:t></a:r></a:p>" for one in paragraphs)
    return f"<p:sp>{place}<p:txBody>{told}</p:txBody></p:sp>"


def pptx(*slides: str, notes: str = "") -> bytes:
    """A presentation of slides, each given as its shapes; notes hang on the first."""
    relations = "".join(f'<Relationship Id="r{n}" Target="slides/slide{n}.xml"/>' for n in range(1, len(slides) + 1))
    shown = "".join(f'<p:sldId r:id="r{n}"/>' for n in range(len(slides), 0, -1))  # shown in another order than named
    entries: dict[str, bytes | str] = {
        "ppt/presentation.xml": f"<p:presentation {SLIDES}><p:sldIdLst>{shown}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>',
    }
    for n, told in enumerate(slides, 1):
        entries[f"ppt/slides/slide{n}.xml"] = f"<p:sld {SLIDES}><p:cSld><p:spTree>{told}</p:spTree></p:cSld></p:sld>"
    if notes:
        entries["ppt/slides/_rels/slide1.xml.rels"] = (
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="n" Target="../notesSlides/notesSlide1.xml"/></Relationships>'
        )
        entries["ppt/notesSlides/notesSlide1.xml"] = (
            f"<p:notes {SLIDES}><p:cSld><p:spTree>{notes}</p:spTree></p:cSld></p:notes>"
        )
    return zipped(entries)


def mail(
    *, text: str = "", html: str = "", date: str = "Sat, 05 Mar 2011 09:00:00 +0100", received: str = "",
    attached: dict[str, bytes] | None = None,
) -> EmailMessage:  # fmt: skip
    """A mail of the harbour master."""
    message = EmailMessage()
    message["From"], message["To"] = "Harbour Master <master@port.example>", "customs@state.example"
    message["Subject"], message["Date"] = "Two containers at berth 4", date
    if received:
        message["Received"] = f"from port.example by mx.state.example; {received}"
    message.set_content(text or "Please look.")
    if html:
        message.clear_content()
        message.set_content(html, subtype="html")
    for name, data in (attached or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message
