"""Draws the data of this course: two moons, and a small sample of MNIST as flat images.

The moons are scikit-learn's. The digits are drawn from the file of the repository's own assignments:
students get some of its training images, and the hidden ones are of its validation images. The same
seed gives the same files. MNIST is by Yann LeCun, Corinna Cortes and Christopher J.C. Burges, under
Creative Commons Attribution-ShareAlike 3.0; so are the images drawn here.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_moons

HERE = Path(__file__).parent
MNIST = HERE.parents[2] / "assignments" / "mnist.npz"
SEED = 2_027


def moons(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Points of two moons, (count, 2), and which moon each belongs to."""
    points, moon = make_moons(count, noise=0.12, random_state=seed)
    return points.astype(np.float32), moon.astype(np.int64)


def digits(split: str, count: int, draw: np.random.Generator) -> tuple[NDArray[np.uint8], ...]:
    """Flat images, (count, 784), levels from 0 to 255, and their digits."""
    with np.load(MNIST) as mnist:
        images, labels = mnist[f"X_{split}"], mnist[f"y_{split}"]
    chosen = draw.choice(len(images), count, replace=False)
    levels = np.round(images[chosen].astype(np.float32) * 256).astype(np.uint8)
    return levels, labels[chosen].astype(np.uint8)


if __name__ == "__main__":
    generator = np.random.default_rng(SEED)
    train_points, train_moons = moons(400, SEED)
    test_points, test_moons = moons(200, SEED + 1)
    hidden_points, hidden_moons = moons(400, SEED + 2)
    train_images, train_digits = digits("train", 1_000, generator)
    test_images, test_digits = digits("train", 200, generator)
    hidden_images, hidden_digits = digits("valid", 400, generator)
    np.savez_compressed(
        HERE / "assignments" / "moons.npz",
        train_x=train_points, train_y=train_moons, test_x=test_points, test_y=test_moons,
    )  # fmt: skip
    np.savez_compressed(
        HERE / "assignments" / "digits.npz",
        train_x=train_images, train_y=train_digits, test_x=test_images, test_y=test_digits,
    )  # fmt: skip
    np.savez_compressed(HERE / "solutions" / "hidden_moons.npz", x=hidden_points, y=hidden_moons)
    np.savez_compressed(HERE / "solutions" / "hidden_digits.npz", x=hidden_images, y=hidden_digits)
