"""This package as it is installed here, as a wheel; it needs no source tree to be made from."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from autograder.errors import UsageError

PROJECT = "cnn-autograder"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_UNIX = 3


def wheel_name() -> str:
    """The wheel's file name, which installers read. Raises UsageError."""
    return f"cnn_autograder-{_installed().version}-py3-none-any.whl"


def wheel() -> bytes:
    """The package with what its installation states of it. Raises UsageError where there is none.

    Nothing in it is compressed: the zip around it does that better for all of it at once.
    """
    package, installed = Path(__file__).parents[1], _installed()
    members = {
        f"{package.name}/{file.relative_to(package).as_posix()}": file.read_bytes()
        for file in sorted(package.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    info = f"cnn_autograder-{installed.version}.dist-info"
    stated = [
        "Metadata-Version: 2.1",
        f"Name: {PROJECT}",
        f"Version: {installed.version}",
        *(f"Provides-Extra: {extra}" for extra in installed.metadata.get_all("Provides-Extra", [])),
        *(f"Requires-Dist: {requirement}" for requirement in installed.requires or ()),
    ]
    members[f"{info}/METADATA"] = "\n".join([*stated, ""]).encode()
    members[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    points = sorted(f"[{p.group}]\n{p.name} = {p.value}\n" for p in installed.entry_points)
    members[f"{info}/entry_points.txt"] = "\n".join(points).encode()
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    return zipped(members, compression=zipfile.ZIP_STORED)


def _installed() -> Distribution:
    try:
        return distribution(PROJECT)
    except PackageNotFoundError:
        raise UsageError(f"{PROJECT} is not installed here, so that no wheel can be made") from None


def zipped(
    members: Mapping[str, bytes],
    executable: Collection[str] = (),
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A zip that depends on nothing but its members: sorted, without times, with fixed rights."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = _UNIX
            member.external_attr = (0o100755 if name in executable else 0o100644) << 16
            member.compress_type = compression
            archive.writestr(member, members[name], compresslevel=9)
    return out.getvalue()


def _record(members: Mapping[str, bytes], itself: str) -> bytes:
    lines = []
    for name, content in sorted(members.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{itself},,", ""]).encode()
