"""Makes a release ready to upload: builds it, looks into it, and installs it in empty environments.

    python scripts/release.py [--quick] [--python 3.12 ...]

Wheel and source archive are in `dist/` afterwards. `--quick` installs without dependencies, which
only shows that each Python takes the package. The version is that of `autograder/__init__.py`; the
tag `v<version>` names the commit that it is made of.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
OLDEST = (3, 11)
# What may be in a release; names are those below the package's or the archive's first folder.
IN_WHEEL = re.compile(r"autograder/|cnn_autograder-[\w.+]+\.dist-info/")
IN_SOURCE = re.compile(
    r"autograder/|(?:README|CHANGELOG)\.md|LICENSE|PKG-INFO|pyproject\.toml|\.gitignore"
)
FORBIDDEN = re.compile(r"solutions/|hidden_|\.npz$|\.ipynb$|\.env$|\.pem$|id_rsa")
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_\w{36}\b|\bpypi-AgE\w{50}"
)


class ReleaseError(Exception):
    """Why there is no release, in one sentence."""


def main() -> int:
    """Entry point; 0 where all is as it should be."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--quick", action="store_true", help="install without dependencies")
    arguments.add_argument("--python", action="append", default=[], help="only these versions")
    options = arguments.parse_args()
    try:
        files = build()
        for file in files:
            check_contents(file)
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
        print("twine: names, versions and the text for the index are right")
        wheel = next(file for file in files if file.suffix == ".whl")
        for python in pythons(options.python):
            print(f"{version_of(python)}: {install(python, wheel, quick=options.quick)}")
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print("\nTo upload:", *(f"  {file.relative_to(ROOT)}" for file in files), sep="\n")
    print("\nWith:\n  python -m twine upload", *(str(file.relative_to(ROOT)) for file in files))
    for step in left_to_do(wheel):
        print(f"Before that: {step}")
    return 0


def build() -> list[Path]:
    """The wheel and the source archive, made anew."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(DIST), str(ROOT))
    files = sorted(DIST.iterdir())
    if [file.suffix for file in files] != [".whl", ".gz"]:
        raise ReleaseError(f"{DIST} holds {', '.join(f.name for f in files)}")
    return files


def check_contents(file: Path) -> None:
    """Raise ReleaseError for a file that has no business in a release, or that tells a secret."""
    seed = (ROOT / "solutions" / "hidden_seed.txt").read_bytes().strip()
    allowed = IN_WHEEL if file.suffix == ".whl" else IN_SOURCE
    count = 0
    for name, content in members(file):
        if not allowed.match(name) or FORBIDDEN.search(name):
            raise ReleaseError(f"{file.name} holds {name}, which is none of a release's files")
        if (found := SECRETS.search(content)) is not None or seed in content:
            what = "a key" if found else "the seed of the hidden images"
            raise ReleaseError(f"{file.name}: {name} holds {what}")
        count += 1
    print(f"{file.name}: {count} files, {file.stat().st_size / 1e6:.1f} MB, nothing of the staff's")


def members(file: Path) -> Iterator[tuple[str, bytes]]:
    """The files in a wheel or a source archive; of the latter below its one folder."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist())
        return
    with tarfile.open(file) as source:
        for member in source:
            opened = source.extractfile(member)
            if opened is not None:
                yield member.name.partition("/")[2], opened.read()


def pythons(wanted: list[str]) -> list[Path]:
    """The Pythons at hand that the package supports, one of each version; raises ReleaseError."""
    places = [Path(p) for n in range(11, 20) if (p := shutil.which(f"python3.{n}"))]
    places += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    found: dict[str, Path] = {}
    for place in places:
        version = version_of(place)
        if version and tuple(map(int, version.split("."))) >= OLDEST:
            found.setdefault(version, place)
    chosen = {v: p for v, p in found.items() if not wanted or v in wanted}
    if not chosen or set(wanted) - set(chosen):
        raise ReleaseError(f"no such Python is at hand; there are {', '.join(sorted(found))}")
    return [chosen[version] for version in sorted(chosen, key=lambda v: int(v.split(".")[1]))]


def version_of(python: Path) -> str:
    """The version of an interpreter, such as 3.12; empty where it does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def install(python: Path, wheel: Path, *, quick: bool) -> str:
    """Install the wheel in an empty environment and use it; what was seen."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        run(str(python), "-m", "venv", str(folder / "environment"))
        own = str(folder / "environment" / "bin" / "python")
        pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, *(["--no-deps"] if quick else []), str(wheel))
        if quick:
            run(own, "-m", "compileall", "-q", "-f", str(folder / "environment" / "lib"))
            run(own, "-c", "import autograder; from autograder import errors, programs")
            return "installs and compiles; its dependencies were not installed"
        run(own, "-m", "pip", "check")
        for file in ("assignment1.ipynb", "mnist.npz"):
            shutil.copy(ROOT / "assignments" / file, folder)
        said = run(own, "-m", "autograder", "check", "assignment1.ipynb", folder=folder)
        if "0 of 7 public checks passed" not in said:
            raise ReleaseError(f"`autograder check` on the untouched notebook says: {said[-500:]}")
        return "installs with all that it needs, and checks a notebook"


def left_to_do(wheel: Path) -> Iterator[str]:
    """What only a person can do before the upload."""
    version = wheel.name.split("-")[1]
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = re.search(rf"^## \[{re.escape(version)}\] - (.+)$", log, re.MULTILINE)
    if heading is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", heading[1]):
        yield f"give CHANGELOG.md's section [{version}] its date"
    if run("git", "status", "--porcelain").strip():
        yield "commit what has changed, and run this again"
    tags = run("git", "tag", "--points-at", "HEAD").split()
    if f"v{version}" not in tags:
        yield f"git tag -a v{version} -m 'Release {version}' && git push origin v{version}"


def run(*command: str, folder: Path = ROOT) -> str:
    """What a command prints. Raises ReleaseError with the end of what it says where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise ReleaseError(f"{' '.join(command[:6])} …: {said}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
