"""Pictures in notebooks, as `data:` addresses that a page may hold."""

import base64
import binascii
import struct
from typing import NamedTuple

_MOST_BYTES = 4_000_000
# A picture of a few bytes can unfold to gigabytes in the reader's browser.
_MOST_PIXELS = 40_000_000
_MOST_SIDE = 30_000
# Times that a browser unfolds it: frames of an animation, scans of a progressive photo.
_MOST_FRAMES = 100


class Picture(NamedTuple):
    """A picture's address, its width and height in pixels as shown, and what it costs to unfold."""

    address: str
    width: int
    height: int
    pixels: int


class _Size(NamedTuple):
    width: int
    height: int
    frames: int = 1


def picture(kind: str, encoded: str) -> Picture | None:
    """A PNG, JPEG or GIF in base64; None unless its bytes are such a picture of a sane size.

    The address is written anew from the bytes, so nothing but base64 can be in it.
    """
    if len(encoded) > _MOST_BYTES * 4 // 3 or kind not in _SIZE:
        return None
    try:
        content = base64.b64decode(encoded, validate=False)
        size = _SIZE[kind](content)
    except (binascii.Error, struct.error, ValueError, IndexError):
        return None
    pixels = size.width * size.height
    if not (0 < pixels <= _MOST_PIXELS and max(size[:2]) <= _MOST_SIDE):
        return None
    if size.frames > _MOST_FRAMES:
        return None
    address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return Picture(address, size.width, size.height, pixels * size.frames)


def from_address(address: str) -> Picture | None:
    """The picture in a `data:` address; None for any other address and any other content."""
    head, comma, encoded = address.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    return picture(head[len("data:") : -len(";base64")].lower(), encoded)


def _png_size(content: bytes) -> _Size:
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    width, height = struct.unpack(">II", content[16:24])
    return _Size(width, height, max(1, content.count(b"fcTL")))


def _gif_size(content: bytes) -> _Size:
    """The size of a GIF's canvas, and its pictures: blocks one after another, each of parts."""
    if content[:4] != b"GIF8":
        raise ValueError("no GIF")
    width, height, flags = struct.unpack("<HHB", content[6:11])
    at, frames = 13 + _table(flags), 0
    while at < len(content) and content[at] != 0x3B and frames <= _MOST_FRAMES:
        if content[at] == 0x2C:
            frames += 1
            at += 11 + _table(content[at + 9])
        else:
            at += 2
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
    return _Size(width, height, max(1, frames))


def _table(flags: int) -> int:
    """The bytes of a GIF's table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _jpeg_size(content: bytes) -> _Size:
    """The size in a JPEG's frame header, which follows segments of any number and length."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while content[at] == 0xFF if at < len(content) else False:
        marker, length = struct.unpack(">BH", content[at + 1 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            # As many scans as an honest photo has are read as fast as they arrive.
            return _Size(width, height, 1 + content.count(b"\xff\xda") // 10)
        at += 2 + length
    raise ValueError("no frame")


_SIZE = {"image/png": _png_size, "image/jpeg": _jpeg_size, "image/gif": _gif_size}
