"""Zips made to harm: each is one student's sentence, and the rest of the batch goes on."""

import io
import random
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import SubmissionError, UsageError
from autograder.model import Entry, Limits
from autograder.platforms.collect import collect
from autograder.submissions.archive import Archive

GOOD = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
LIMITS = Limits(notebook_bytes=100_000, zip_members=50, zip_bytes=1_000_000)
Member = tuple[str | zipfile.ZipInfo, bytes]


def zip_with(*members: Member) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def info(name: str, mode: int) -> zipfile.ZipInfo:
    """A member with that type of file."""
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (mode | 0o644) << 16
    return member


def forged(name: str, content: bytes = GOOD, flags: int = 0, method: int = 0) -> bytes:
    """A zip of one stored member whose headers say what they are told to say."""
    written = name.encode("utf-8", "surrogateescape")
    sizes = (zlib.crc32(content), len(content), len(content))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, *sizes, len(written), 0)
    body = local + written + content
    entry = struct.pack(
        "<4s6H3L5H2L",
        b"PK\1\2",
        20,
        20,
        flags,
        method,
        0,
        0,
        *sizes,
        len(written),
        0,
        0,
        0,
        0,
        0,
        0,
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry) + len(written), len(body), 0)
    return body + entry + written + end


def overlapping(count: int = 5) -> bytes:
    """Several entries of the directory that share one compressed stream."""
    content = zip_with(("0.ipynb", b"0" * 90_000))
    start = content.index(b"PK\1\2")
    entry = content[start:-22].removesuffix(b"0.ipynb")
    directory = b"".join(entry + f"{n}.ipynb".encode() for n in range(count))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), start, 0)
    return content[:start] + directory + end


def declared(size: int) -> bytes:
    """A zip whose member says that it has only so many bytes."""
    content = bytearray(zip_with(("assignment1.ipynb", b" " * 90_000 + GOOD)))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", content, content.index(signature) + offset, size)
    return bytes(content)


def nested(depth: int, content: bytes = GOOD) -> bytes:
    """A notebook in so many zips."""
    name = "assignment1.ipynb"
    for _ in range(depth):
        name, content = "inner.zip", zip_with((name, content))
    return content


def repeated() -> bytes:
    """Two members of one name."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zip_with(("assignment1.ipynb", GOOD), ("assignment1.ipynb", b"{}"))


def batch(root: Path, content: bytes) -> tuple[Entry, Entry]:
    """What becomes of a student's zip, and of the honest student after them."""
    for student, name, handed_in in (("Mal", "work.zip", content), ("Zoe", "a.ipynb", GOOD)):
        folder = root / f"{student}_{len(student)}_assignsubmission_file_"
        folder.mkdir()
        (folder / name).write_bytes(handed_in)
    mal, zoe = collect([root], "assignment1", LIMITS).entries
    return mal, zoe


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "absolute": (lambda: zip_with(("/etc/a.ipynb", GOOD)), "leads out of the zip"),
    "dots": (lambda: zip_with(("../../a.ipynb", GOOD)), "leads out of the zip"),
    "dots with backslashes": (lambda: zip_with(("..\\..\\a.ipynb", GOOD)), "leads out of the zip"),
    "drive": (lambda: zip_with(("C:\\a.ipynb", GOOD)), "holds a drive"),
    "link": (lambda: zip_with((info("a.ipynb", stat.S_IFLNK), b"/etc/passwd")), "it is a link"),
    "device": (lambda: zip_with((info("a.ipynb", stat.S_IFCHR), b"")), "no regular file"),
    "pipe": (lambda: zip_with((info("a.ipynb", stat.S_IFIFO), b"")), "no regular file"),
    "same name twice": (repeated, "several files of this name"),
    "encrypted": (lambda: forged("a.ipynb", flags=1), "encrypted"),
    "unusual packing": (lambda: forged("a.ipynb", method=14), "unusual method"),
    "line feed": (lambda: forged("a\nb.ipynb"), "hide what it says"),
    "escape": (lambda: forged("\x1b[2Ja.ipynb"), "hide what it says"),
    "zero byte": (lambda: forged("a.ipynb\0.ipynb"), "hide what it says"),
    "turned round": (lambda: forged("a\u202ebnypi.ipynb", flags=0x800), "hide what it says"),
    "long name": (
        lambda: forged("x" * 5_000 + ".ipynb"),
        "damaged|has 5,006 characters|no notebook",
    ),
    "not utf-8": (lambda: forged("a\udcff.ipynb", flags=0x800), "damaged"),
    "overlapping": (overlapping, "overlap"),
    "too many": (lambda: zip_with(*((f"{n}.txt", b"") for n in range(51))), "more files"),
    "too large": (lambda: zip_with(("a.bin", bytes(1_000_001))), "too large unpacked"),
    "too large together": (
        lambda: zip_with(*((f"{n}.bin", bytes(90_000)) for n in range(12))),
        "too large unpacked",
    ),
    "too large when nested": (
        lambda: zip_with(*((f"{n}.zip", zip_with(("x", bytes(400_000)))) for n in range(3))),
        "too large unpacked",
    ),
    "too deep": (lambda: nested(4), "lies in 3 others"),
    "declares less": (lambda: declared(10), "damaged"),
    "large notebook": (lambda: zip_with(("a.ipynb", b" " * 100_001)), "more than 100,000 bytes"),
    "cut off": (lambda: nested(1)[:-30], "damaged or no zip"),
    "no zip": (lambda: b"Rar!\x1a\x07", "damaged or no zip"),
    "empty": (lambda: b"", "damaged or no zip"),
    "no members": (lambda: zip_with(), "nothing was handed in|no notebook"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_one_sentence(tmp_path: Path, name: str) -> None:
    make, says = HOSTILE[name]
    mal, zoe = batch(tmp_path, make())
    with pytest.raises(SubmissionError, match=says) as error:
        mal.read()
    for text in (str(error.value), mal.path):
        assert text.isprintable()
        assert len(text) < 400
    assert zoe.read() == GOOD


@pytest.mark.parametrize(
    "content",
    [
        nested(3),
        zip_with(("lab\\assignment1.ipynb", GOOD)),  # as older Windows wrote them
        zip_with(("a.ipynb", GOOD), (info("bin/python", stat.S_IFLNK), b"/usr/bin/python")),
        zip_with(("a.ipynb", GOOD), ("__MACOSX/._a.ipynb", b"junk"), (".git/x.ipynb", b"junk")),
        zip_with(("a.ipynb", GOOD), ("../notes.txt", b"not read, so no matter")),
        forged("opgave 1 løsning.ipynb"),  # UTF-8 that does not say so, as macOS writes it
        b"#!/bin/sh\n" + nested(1),
    ],
    ids=["deep", "backslashes", "links beside it", "junk", "dots beside it", "utf-8", "prefix"],
)
def test_an_honest_zip_is_read(tmp_path: Path, content: bytes) -> None:
    mal, zoe = batch(tmp_path, content)
    assert mal.read() == zoe.read() == GOOD
    assert mal.remarks == ("The notebook was taken out of work.zip.",)


def test_names_of_windows_are_read(tmp_path: Path) -> None:
    content = nested(0)
    for character, byte in (("ø", b"\x9b"), ("å", b"\x86"), ("æ", b"\x91")):
        root = tmp_path / character
        root.mkdir()
        mal, _ = batch(root, forged("#.ipynb", content).replace(b"#", byte))
        assert mal.path.endswith(f"/{character}.ipynb")


def test_a_bomb_costs_little_memory(tmp_path: Path) -> None:
    bomb = zip_with(("assignment1.ipynb", bytes(200_000_000)))
    limits = Limits(notebook_bytes=1_000_000)
    path = tmp_path / "class.zip"
    path.write_bytes(zip_with(("mal/work.zip", bomb), ("zoe/a.ipynb", GOOD)))
    tracemalloc.start()
    try:
        mal, zoe = collect([path], "assignment1", limits).entries
        with pytest.raises(SubmissionError, match="more than 1,000,000 bytes"):
            mal.read()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert zoe.read() == GOOD


def test_the_class_s_own_zip_may_have_many_members_but_no_hostile_ones(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    honest = [(f"student{n}/assignment1.ipynb", GOOD) for n in range(60)]
    path.write_bytes(zip_with(*honest, ("../../mal/assignment1.ipynb", GOOD)))
    entries = collect([path], "assignment1", LIMITS).entries
    assert len(entries) == 61
    (mal,) = [entry for entry in entries if entry.student == "mal"]
    with pytest.raises(SubmissionError, match="leads out of the zip"):
        mal.read()
    assert all(entry.read() == GOOD for entry in entries if entry is not mal)


def test_no_zip_holds_a_descriptor_open(tmp_path: Path) -> None:
    paths = [tmp_path / f"student{n}.zip" for n in range(40)]
    for path in paths:
        path.write_bytes(nested(1))
    before = len(list(Path("/proc/self/fd").iterdir()))
    entries = collect(paths, "assignment1", LIMITS).entries
    assert [entry.read() for entry in entries] == [GOOD] * 40
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_nothing_but_sentences_comes_of_damaged_zips(tmp_path: Path) -> None:
    noise = random.Random(20_261)
    whole = zip_with(("lab/assignment1.ipynb", GOOD * 5), ("inner.zip", nested(2)), ("x.txt", b"x"))
    path = tmp_path / "class.zip"
    sentences = []
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(noise.randint(1, 6)):
            content[noise.randrange(len(content))] = noise.randrange(256)
        student = bytes(content[: noise.choice((len(content), noise.randrange(len(content))))])
        path.write_bytes(zip_with(("mal/work.zip", student), ("zoe/a.ipynb", GOOD)))
        for entry in collect([path], "assignment1", LIMITS).entries:
            try:
                entry.read()
            except SubmissionError as error:
                sentences.append(str(error))
        path.write_bytes(student)  # and as the zip that the TA names
        try:
            for entry in collect([path], "assignment1", LIMITS).entries:
                entry.read()
        except (SubmissionError, UsageError) as error:
            sentences.append(str(error))
    assert all(sentence.isprintable() for sentence in sentences)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_path_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(
        zip_with(("ana/a.ipynb", GOOD), ("bo/a.ipynb", GOOD), ("bo/a.ipynb", GOOD + b" "))
    )
    found = collect([tmp_path / "class.zip"], "assignment1", LIMITS)
    assert [entry.student for entry in found.entries] == ["ana", "bo"]
    with pytest.raises(SubmissionError, match="several files of this name"):
        found.entries[1].read()
    assert found.left_out == ()


@pytest.mark.parametrize("page", ["cp437", "cp850", "cp1252", "utf-8"])
def test_names_without_a_sign_of_their_code_page_are_those_of_people(page: str) -> None:
    """Old Windows programs write names in one of two code pages, and don't say in which."""
    names = ["Jürgen Böhm", "Zoë Conçeiro", "José Peña", "Ann McDonald"]
    names += ["Søren Ærø", "Ana Conceição"] if page != "cp437" else []
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(f"{chr(65 + number) * len(name.encode(page))}.ipynb", b"{}")
    packed = content.getvalue()
    for number, name in enumerate(names):
        written = name.encode(page)
        packed = packed.replace(chr(65 + number).encode() * len(written) + b".", written + b".")
    tree = Archive(packed).tree
    assert [file.name for file in tree.files] == sorted(f"{name}.ipynb" for name in names)
