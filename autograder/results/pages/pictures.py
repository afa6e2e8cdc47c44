"""Pictures in notebooks, as `data:` addresses that a page may hold."""

import base64
import binascii
import struct
from typing import NamedTuple

_MOST_BYTES = 4_000_000
# A picture of a few bytes can unfold to gigabytes in the reader's browser.
_MOST_PIXELS = 40_000_000
_MOST_SVG_BYTES = 1_000_000


class Picture(NamedTuple):
    """A picture's address, and its width and height in pixels (0 where it doesn't say)."""

    address: str
    width: int
    height: int


def picture(kind: str, encoded: str) -> Picture | None:
    """A PNG, JPEG or GIF in base64; None unless its bytes are such a picture of a sane size.

    The address is written anew from the bytes, so nothing but base64 can be in it.
    """
    if len(encoded) > _MOST_BYTES * 4 // 3 or kind not in _SIZE:
        return None
    try:
        content = base64.b64decode(encoded, validate=False)
        width, height = _SIZE[kind](content)
    except (binascii.Error, struct.error, ValueError):
        return None
    if not 0 < width * height <= _MOST_PIXELS:
        return None
    return Picture(f"data:{kind};base64,{base64.b64encode(content).decode()}", width, height)


def drawing(svg: str) -> Picture | None:
    """An SVG as an address for `<img>`; None if it is too large.

    As markup it would be part of the page, with its scripts, styles, links and ids. Loaded as a
    picture, a browser runs no script in it and loads nothing for it.
    """
    content = svg.encode("utf-8", "replace")
    if len(content) > _MOST_SVG_BYTES:
        return None
    return Picture(f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}", 0, 0)


def from_address(address: str) -> Picture | None:
    """The picture in a `data:` address; None for any other address and any other content."""
    head, comma, encoded = address.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    return picture(head[len("data:") : -len(";base64")].lower(), encoded)


def _png_size(content: bytes) -> tuple[int, int]:
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _gif_size(content: bytes) -> tuple[int, int]:
    if content[:4] != b"GIF8":
        raise ValueError("no GIF")
    width, height = struct.unpack("<HH", content[6:10])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """The size in a JPEG's frame header, which follows segments of any number and length."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while content[at] == 0xFF if at < len(content) else False:
        marker, length = struct.unpack(">BH", content[at + 1 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise ValueError("no frame")


_SIZE = {"image/png": _png_size, "image/jpeg": _jpeg_size, "image/gif": _gif_size}
