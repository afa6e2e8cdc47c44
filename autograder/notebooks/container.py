"""Gets the text out of a file: out of a zip archive, and out of other encodings than UTF-8."""

import codecs
import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from autograder.errors import SubmissionError

_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh9", b"\xfd7zXZ")
_ZIP = b"PK\x03\x04"
_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 10_000
# Other methods may ask for gigabytes of memory to unpack a few bytes.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def unzipped(content: bytes, most_bytes: int) -> tuple[bytes, tuple[str, ...]]:
    """The one notebook in a zip archive, and a sentence about it; other content as it is.

    Nothing is written to disk. Raises SubmissionError where there is not one notebook of at most
    `most_bytes`, and for archives of other kinds.
    """
    if content.startswith(_ARCHIVES):
        raise SubmissionError("the file is an archive, not a notebook; hand in the .ipynb itself")
    if not content.startswith(_ZIP):
        return content, ()
    if content.count(_ENTRY) > _MOST_ENTRIES:
        raise SubmissionError("the file is a zip archive of too many files")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            notebook = _only_notebook(archive)
            with archive.open(notebook) as file:
                inside = file.read(most_bytes + 1)
    except SubmissionError:
        raise
    except Exception as error:  # zipfile raises many kinds for many defects
        raise SubmissionError(f"the file is a broken zip archive: {error}"[:200]) from error
    if len(inside) > most_bytes:
        raise SubmissionError(f"the notebook in the zip archive has more than {most_bytes:,} bytes")
    return inside, ("The file was a zip archive; the one notebook in it was graded.",)


def _only_notebook(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    found = [entry for entry in archive.infolist() if _is_notebook(entry)]
    if len(found) != 1:
        many = f"{len(found)} notebooks" if found else "no notebook"
        raise SubmissionError(f"the file is a zip archive with {many} in it instead of one")
    if found[0].flag_bits & 1:
        raise SubmissionError("the file is a zip archive with a password")
    if found[0].compress_type not in _METHODS:
        raise SubmissionError("the file is a zip archive of an unusual kind")
    return found[0]


def _is_notebook(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() == ".ipynb" and not hidden and not entry.is_dir()


def text_of(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file in UTF-8, UTF-16 or Latin-1, without blank ends; never raises.

    A sentence says so where it is not UTF-8. An incomplete last character is left out.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return _utf_16(content[len(mark) :], encoding)
    # JSON in UTF-16 without a byte order mark: every second byte of its beginning is zero.
    head = content[:64]
    if len(head) > 1 and b"\0" in head:
        if not any(head[1::2]):
            return _utf_16(content, "utf-16-le")
        if not any(head[0::2]):
            return _utf_16(content, "utf-16-be")
    try:
        return _stripped(codecs.getincrementaldecoder("utf-8-sig")().decode(content)), ()
    except UnicodeDecodeError:
        said = "The file was not saved in UTF-8; some letters, such as é, may look wrong."
        return _stripped(content.decode("cp1252", "replace")), (said,)


def _utf_16(content: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    text = content[: len(content) // 2 * 2].decode(encoding, "replace")
    return _stripped(text), ("The file was saved in UTF-16 instead of UTF-8 and was converted.",)


def _stripped(text: str) -> str:
    # Uploads that broke off are filled up with zeros by some systems.
    return text.rstrip("\0").strip()
