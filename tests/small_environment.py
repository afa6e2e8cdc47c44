"""An environment that holds this package's wheel and what it requires of its own accord, no more.

Installing torch anew takes minutes, so each distribution that the wheel's metadata asks for, and
all that these ask for in turn, is linked from where the tests run; nothing else can be imported.
"""

import os
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import Parser
from importlib.metadata import Distribution, distribution
from pathlib import Path

from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOTEBOOKS_IMPORT = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib")
"""What the three notebooks import themselves."""


def taking_away(absent: Collection[str], attributes: Mapping[str, Collection[str]]) -> str:
    """Code that keeps this package from modules, and all from those attributes of others."""
    return f"""
import builtins, sys
{"".join(f"import {module}{chr(10)}" for module in attributes)}
_import = builtins.__import__

def _refused(name, globals=None, locals=None, fromlist=(), level=0):
    who = (globals or {{}}).get("__name__", "")
    if name in {absent!r} and who.partition(".")[0] == "autograder":
        raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    return _import(name, globals, locals, fromlist, level)

builtins.__import__ = _refused
for _module, _names in {attributes!r}.items():
    for _name in _names:
        vars(sys.modules[_module]).pop(_name, None)
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder, and the distributions in it besides the wheel."""

    folder: Path
    distributions: dict[str, Distribution]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run(
        self, *arguments: str, folder: Path, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Its interpreter with these arguments, in a folder, with few variables of ours."""
        known = {n: os.environ[n] for n in ("PATH", "HOME", "LANG", "TMPDIR") if n in os.environ}
        return subprocess.run(
            [self.python, *arguments], cwd=folder, env=known | variables,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


def built_wheel(folder: Path) -> Path:
    """The package's wheel as a release has it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def required_by(wheel: Path, platform: str = sys.platform) -> list[str]:
    """What the wheel's own metadata asks for on a platform, without extras."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        stated = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    return list(_that_apply(stated, platform))


def needed(names: Iterable[str], platform: str = sys.platform) -> dict[str, Distribution]:
    """The distributions of those names and all that they need on a platform, by their names."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found[name] = distribution(name)
            waiting += _that_apply(found[name].requires or (), platform)
    return found


def small_environment(
    folder: Path,
    *,
    with_pip: bool = False,
    platform: str = sys.platform,
    besides: Iterable[str] = (),
) -> Environment:
    """A new environment with what the wheel alone needs on a platform, and `besides`."""
    wheel = built_wheel(folder)
    place = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    names = [*required_by(wheel, platform), *["pip"] * with_pip, *besides]
    found = needed(names, platform)
    for each in found.values():
        _link(each, place)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return Environment(place, found)


def megabytes(each: Distribution) -> float:
    """What a distribution takes of the disk."""
    places = (Path(str(each.locate_file(file))) for file in each.files or ())
    return sum(place.stat().st_size for place in places if place.is_file()) / 1e6


def _that_apply(requirements: Iterable[str], platform: str) -> Iterator[str]:
    where = {"extra": "", "sys_platform": platform}
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(where):
            yield requirement.name


def _link(each: Distribution, place: Path) -> None:
    """Put a distribution into an environment, by links to what it holds."""
    (site,) = place.glob("lib/python*/site-packages")
    for file in each.files or ():
        if file.parts[0] == "..":
            outside = Path(str(each.locate_file(file))).resolve()
            if "share" not in outside.parts:  # scripts would start the other environment's Python
                continue
            link = place.joinpath(*outside.parts[outside.parts.index("share") :])
        else:
            link, outside = site / file.parts[0], Path(str(each.locate_file(file.parts[0])))
        if not link.exists() and outside.exists() and link.name != "__pycache__":
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(outside)
