"""The committed data is what the assignments promise; its script rebuilds it or says why."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "solutions" / "make_data.py"
STUDENT_FILE = Path("assignments", "mnist.npz")
HIDDEN_FILE = Path("solutions", "hidden_images.npz")
SEED_FILE = Path("solutions", "hidden_seed.txt")
IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)

Arrays = dict[str, npt.NDArray[Any]]


def load(path: Path) -> Arrays:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def student() -> Arrays:
    return load(ROOT / STUDENT_FILE)


@pytest.fixture(scope="module")
def hidden() -> Arrays:
    return load(ROOT / HIDDEN_FILE)


@pytest.fixture
def empty_course(tmp_path: Path) -> Path:
    course = tmp_path / "course"
    (course / "assignments").mkdir(parents=True)
    (course / "solutions").mkdir()
    return course


@pytest.fixture
def broken_idx_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "idx"
    folder.mkdir()
    for name in IDX_FILES:
        (folder / name).write_bytes(b"not MNIST")
    return folder


@pytest.fixture(scope="module")
def idx_folder() -> Path:
    folder = os.environ.get("MNIST_IDX")
    if not folder:
        pytest.skip("MNIST_IDX doesn't name a folder with MNIST's IDX files")
    return Path(folder)


def make_data(idx: Path, course: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(idx), "--course", str(course)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def assert_refused(done: subprocess.CompletedProcess[str], course: Path, *words: str) -> None:
    """The script said why in one line and wrote nothing."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr
    assert not [path for path in course.rglob("*") if path.is_file()]


def test_students_get_exactly_the_keys_of_the_lab(student: Arrays) -> None:
    assert set(student) == {"X_train", "y_train", "X_valid", "y_valid", "X_test", "y_test"}


@pytest.mark.parametrize(
    ("split", "samples"), [("train", 10_000), ("valid", 1_000), ("test", 1_000)]
)
def test_a_split_holds_flat_images_and_digits(student: Arrays, split: str, samples: int) -> None:
    images, digits = student[f"X_{split}"], student[f"y_{split}"]
    assert images.shape == (samples, 784)
    assert images.dtype == np.float32
    assert digits.shape == (samples,)
    assert digits.dtype == np.int64
    assert set(digits.tolist()) == set(range(10))


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_pixels_are_multiples_of_1_256_below_1(student: Arrays, split: str) -> None:
    levels = student[f"X_{split}"] * 256
    assert np.array_equal(levels, np.floor(levels))
    assert levels.min() == 0
    assert levels.max() == 255


@pytest.mark.parametrize(
    ("split", "digits"),
    [("train", [5, 0, 4, 1, 9]), ("valid", [3, 8, 6, 9, 6]), ("test", [7, 2, 1, 0, 4])],
)
def test_a_split_is_the_head_of_mnists(student: Arrays, split: str, digits: list[int]) -> None:
    assert student[f"y_{split}"][:5].tolist() == digits


def test_hidden_images_are_balanced(hidden: Arrays) -> None:
    assert set(hidden) == {"images", "labels"}
    assert hidden["images"].shape == (2_000, 28, 28)
    assert hidden["images"].dtype == np.uint8
    assert hidden["labels"].shape == (2_000,)
    assert hidden["labels"].dtype == np.uint8
    assert np.bincount(hidden["labels"]).tolist() == [200] * 10


def test_no_hidden_image_occurs_twice_or_among_the_students(
    student: Arrays, hidden: Arrays
) -> None:
    hidden_images = {image.tobytes() for image in hidden["images"]}
    assert len(hidden_images) == 2_000
    for split in ("train", "valid", "test"):
        levels = (student[f"X_{split}"] * 256).astype(np.uint8)
        assert hidden_images.isdisjoint(image.tobytes() for image in levels)


def test_files_are_small() -> None:
    assert (ROOT / STUDENT_FILE).stat().st_size < 3_500_000
    assert (ROOT / HIDDEN_FILE).stat().st_size < 1_000_000


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, empty_course: Path) -> None:
    folder = tmp_path / "nowhere"
    assert_refused(make_data(folder, empty_course), empty_course, str(folder), "not a folder")


@pytest.mark.parametrize("name", IDX_FILES)
def test_a_missing_file_is_named(idx_folder: Path, tmp_path: Path, name: str) -> None:
    course = tmp_path / "course"
    idx = tmp_path / "idx"
    for folder in (course / "assignments", course / "solutions", idx):
        folder.mkdir(parents=True)
    for other in set(IDX_FILES) - {name}:
        shutil.copy(idx_folder / other, idx / other)
    assert_refused(make_data(idx, course), course, str(idx / name), "Can't read")


def test_an_empty_folder_lacks_the_first_file(tmp_path: Path, empty_course: Path) -> None:
    idx = tmp_path / "idx"
    idx.mkdir()
    done = make_data(idx, empty_course)
    assert_refused(done, empty_course, str(idx / IDX_FILES[0]), "Can't read")


def test_a_wrong_md5_is_named(broken_idx_folder: Path, empty_course: Path) -> None:
    done = make_data(broken_idx_folder, empty_course)
    name = str(broken_idx_folder / "train-images-idx3-ubyte")
    assert_refused(done, empty_course, name, "6bbc9ace898e44ae57da46a324031adb")


def test_a_folder_that_is_no_course_is_named(broken_idx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    assert_refused(make_data(broken_idx_folder, folder), folder, str(folder), "not a course")


def with_the_secret(course: Path) -> Path:
    """The course, with the secret that the committed images were made by."""
    shutil.copy(ROOT / SEED_FILE, course / SEED_FILE)
    return course


def test_the_script_makes_the_same_bytes_twice(
    idx_folder: Path, empty_course: Path, student: Arrays, hidden: Arrays
) -> None:
    course = with_the_secret(empty_course)
    made = []
    for _ in range(2):
        done = make_data(idx_folder, course)
        assert done.returncode == 0, done.stderr
        made.append([(course / file).read_bytes() for file in (STUDENT_FILE, HIDDEN_FILE)])
    assert made[0] == made[1]

    # Another build of zlib compresses to other bytes, so the committed files are compared as data.
    for file, committed in ((STUDENT_FILE, student), (HIDDEN_FILE, hidden)):
        rebuilt = load(course / file)
        assert list(rebuilt) == list(committed)
        for name, array in committed.items():
            assert array.dtype == rebuilt[name].dtype
            assert np.array_equal(array, rebuilt[name])


def test_a_course_without_a_secret_draws_its_own(
    idx_folder: Path, empty_course: Path, hidden: Arrays
) -> None:
    done = make_data(idx_folder, empty_course)
    assert done.returncode == 0, done.stderr
    drawn = (empty_course / SEED_FILE).read_text()
    assert drawn != (ROOT / SEED_FILE).read_text()
    assert len(bytes.fromhex(drawn)) == 32
    images = load(empty_course / HIDDEN_FILE)["images"]
    same = (images == hidden["images"]).reshape(len(images), -1).all(axis=1)
    assert not same.any()


def test_a_secret_that_is_none_is_refused(idx_folder: Path, empty_course: Path) -> None:
    (empty_course / SEED_FILE).write_text("1\n")
    done = make_data(idx_folder, empty_course)
    assert done.returncode == 2
    assert "holds no secret" in done.stderr
    assert not (empty_course / HIDDEN_FILE).exists()


def test_hidden_images_are_test_images_written_anew(idx_folder: Path, hidden: Arrays) -> None:
    content = (idx_folder / "t10k-images-idx3-ubyte").read_bytes()
    published = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784)
    images = hidden["images"].reshape(-1, 784)
    assert {row.tobytes() for row in published}.isdisjoint(row.tobytes() for row in images)

    # Few are so near to another image of their digit that it is taken for the original.
    unit = published / np.linalg.norm(published, axis=1, keepdims=True)
    indices = np.argmax(images @ unit.T, axis=1)
    labels = np.frombuffer((idx_folder / "t10k-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    assert np.array_equal(labels[indices], hidden["labels"])
    assert (np.diff(indices) > 0).mean() > 0.95
    assert (indices >= 1_000).mean() > 0.99
    assert (indices[:1_000] < 5_000).mean() > 0.95
    assert (indices[1_000:] >= 5_000).mean() > 0.95
    assert np.bincount(hidden["labels"][:1_000]).tolist() == [100] * 10


def test_the_change_is_a_small_turn_without_a_shift(idx_folder: Path, hidden: Arrays) -> None:
    rows, columns = np.indices((28, 28))
    images = hidden["images"].astype(np.float64)
    ink = images.sum(axis=(1, 2))
    published = np.frombuffer(
        (idx_folder / "t10k-images-idx3-ubyte").read_bytes(), np.uint8, offset=16
    ).reshape(-1, 784)
    unit = published / np.linalg.norm(published, axis=1, keepdims=True)
    originals = published[np.argmax(images.reshape(-1, 784) @ unit.T, axis=1)].reshape(-1, 28, 28)
    inked = originals.sum(axis=(1, 2)).astype(np.float64)
    for axis in (rows, columns):
        moved = (images * axis).sum((1, 2)) / ink - (originals * axis).sum((1, 2)) / inked
        assert abs(np.median(moved)) < 0.02
        assert np.quantile(np.abs(moved), 0.95) < 0.2
    assert np.quantile(np.abs(ink / inked - 1), 0.95) < 0.03
