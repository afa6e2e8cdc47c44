"""A release holds what it should, tells no secret, and can be made from a clean clone."""

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

KEY = b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel_with(folder: Path, name: str, content: bytes) -> Path:
    file = folder / "cnn_autograder-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("autograder/__init__.py", "")
        archive.writestr(name, content)
    return file


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("autograder/key.py", KEY, "holds a key"),
        ("autograder/token.py", b"token = 'ghp_" + b"a" * 36 + b"'", "holds a key"),
        ("autograder/solutions/q1.py", b"", "none of a release's files"),
        ("autograder/hidden_images.npz", b"", "none of a release's files"),
        ("tests/test_x.py", b"", "none of a release's files"),
    ],
)
def test_what_has_no_business_in_a_release_is_refused(
    release: ModuleType, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(release.ReleaseError, match=said):
        release.check_contents(wheel_with(tmp_path, name, content))


def test_the_seed_of_the_hidden_images_is_found(release: ModuleType, tmp_path: Path) -> None:
    seed = (ROOT / "solutions" / "hidden_seed.txt").read_bytes().strip()
    assert len(seed) > 8
    bad = tmp_path / "cnn_autograder-0.1.0.tar.gz"
    (tmp_path / "x.py").write_bytes(b"seed = '" + seed + b"'")
    with tarfile.open(bad, "w:gz") as archive:
        archive.add(tmp_path / "x.py", "cnn_autograder-0.1.0/autograder/x.py")
    with pytest.raises(release.ReleaseError, match="the seed of the hidden images"):
        release.check_contents(bad)


def test_a_python_that_is_not_there_is_named(release: ModuleType) -> None:
    with pytest.raises(release.ReleaseError, match=r"no such Python is at hand; there are .*3\."):
        release.pythons(["3.99"])


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_release_is_made_from_a_clean_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    shutil.copy(ROOT / "scripts" / "release.py", clone / "scripts")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run(
        [sys.executable, "scripts/release.py", "--quick", "--python", version],
        cwd=clone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "nothing of the staff's" in done.stdout
    assert f"{version}: installs and compiles" in done.stdout
    assert "twine upload dist/cnn_autograder-" in done.stdout
    assert sorted(file.suffix for file in (clone / "dist").iterdir()) == [".gz", ".whl"]
