"""Draw the figures of the first assignment into `solutions/images/`.

`sliding_kernel.gif` (Figure 1) slides a kernel over an input of its own, so that it gives nothing
of the exercise away; `exercise.png` (Figure 2) shows the numbers that students compute with.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

Grid = npt.NDArray[np.int64]

# The kernel is a small "Y" and the input holds a bright one, so that the feature map peaks there.
EXAMPLE_INPUT: Grid = np.array(
    [
        [0, 1, 0, 0, 1],
        [1, 0, 3, 0, 3],
        [0, 1, 0, 3, 0],
        [2, 0, 0, 3, 1],
        [0, 0, 1, 0, 0],
    ]
)
EXAMPLE_KERNEL: Grid = np.array([[1, 0, 1], [0, 2, 0], [0, 1, 0]])

EXERCISE_INPUT: Grid = np.array([[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]])
EXERCISE_KERNEL: Grid = np.array([[0, 0, 2], [0, 1, 2], [0, 2, 3]])

INK, LINE, RED = "#1f2933", "#52606d", "#c0261c"
GREEN, YELLOW, ORANGE, EMPTY = "#cfe8d5", "#ffe08a", "#f7b267", "#f5f7fa"

TIMES = "\N{MULTIPLICATION SIGN}"

DOTS_PER_INCH = 100
FRAME_MILLISECONDS = 800
PALETTE_COLOURS = 32


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a white figure of the given size in cells, with an axis whose unit is one cell."""
    figure = Figure(figsize=(width * 0.6, height * 0.6), dpi=DOTS_PER_INCH, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def draw_cell(axes: Axes, x: float, y: float, fill: str, text: str = "") -> None:
    """Draw one cell with its top left corner at (x, y)."""
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor=LINE, linewidth=1.2))
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", fontsize=19, color=INK)


def draw_grid(axes: Axes, x: float, y: float, values: Grid, fill: str) -> None:
    """Draw a matrix with its top left corner at (x, y)."""
    for (row, column), value in np.ndenumerate(values):
        draw_cell(axes, x + column, y + row, fill, str(value))


def draw_title(axes: Axes, x: float, y: float, title: str) -> None:
    """Write a title centred at x, just above y."""
    axes.text(x, y - 0.3, title, ha="center", va="baseline", fontsize=16, color=INK)


def draw_frame(axes: Axes, x: float, y: float, size: float) -> None:
    """Draw a heavy square outline on top of the cells."""
    axes.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=RED, linewidth=3, zorder=3))


def draw_kernel(axes: Axes, x: float, y: float) -> None:
    """Tint the cells that the kernel covers, each weight small in the cell's corner."""
    for (row, column), weight in np.ndenumerate(EXAMPLE_KERNEL):
        draw_cell(axes, x + column, y + row, YELLOW)
        axes.text(
            x + column + 0.91,
            y + row + 0.9,
            f"{TIMES}{weight}",
            ha="right",
            va="baseline",
            fontsize=10.5,
            fontweight="bold",
            color=RED,
        )
    draw_frame(axes, x, y, len(EXAMPLE_KERNEL))


def sliding_kernel_frame(position: int, features: Grid) -> Image.Image:
    """Draw the kernel at one position, with the features computed until then."""
    size, columns = len(EXAMPLE_KERNEL), features.shape[1]
    row, column = divmod(position, columns)
    window = EXAMPLE_INPUT[row : row + size, column : column + size]

    figure, axes = canvas(width=11.8, height=7.6)
    left, right, top = 0.6, 7.6, 1.0
    draw_title(axes, left + 2.5, top, "Input")
    draw_grid(axes, left, top, EXAMPLE_INPUT, GREEN)
    draw_kernel(axes, left + column, top + row)
    axes.annotate(
        "",
        xy=(right - 0.35, top + 2.5),
        xytext=(left + 5.35, top + 2.5),
        arrowprops={"arrowstyle": "-|>", "color": LINE, "linewidth": 2, "mutation_scale": 18},
    )
    draw_title(axes, right + columns / 2, top + 1, "Convolved features")
    for index in range(features.size):
        y, x = divmod(index, columns)
        text = str(features[y, x]) if index <= position else ""
        draw_cell(axes, right + x, top + 1 + y, ORANGE if text else EMPTY, text)
    draw_frame(axes, right + column, top + 1 + row, 1)
    products = " + ".join(
        f"{value}{TIMES}{weight}"
        for value, weight in zip(window.flat, EXAMPLE_KERNEL.flat, strict=True)
    )
    axes.text(
        5.9,
        6.9,
        f"{products} = {features[row, column]}",
        ha="center",
        va="center",
        fontsize=14.5,
        color=INK,
    )
    return drawn(figure)


def exercise() -> Image.Image:
    """Draw the input and the kernel of the manual exercise side by side."""
    figure, axes = canvas(width=9.5, height=5.5)
    draw_title(axes, 2.6, 1.0, "Input")
    draw_grid(axes, 0.6, 1.0, EXERCISE_INPUT, GREEN)
    draw_title(axes, 7.4, 1.5, "Kernel")
    draw_grid(axes, 5.9, 1.5, EXERCISE_KERNEL, YELLOW)
    return drawn(figure)


def drawn(figure: Figure) -> Image.Image:
    """Return the figure as an opaque image."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Image.open(buffer).convert("RGB")


def cross_correlation(image: Grid, kernel: Grid) -> Grid:
    """Slide the kernel over the image, without padding and with stride 1."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    features: Grid = np.einsum("yxij,ij->yx", windows, kernel)
    return features


def with_common_palette(images: Sequence[Image.Image]) -> list[Image.Image]:
    """Reduce the images to the same few colours, so that only real changes differ between them."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(most_frequent_colours(images))
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]


def most_frequent_colours(images: Sequence[Image.Image]) -> bytes:
    """Return the commonest colours as red, green and blue bytes.

    Pillow's own choice of a palette averages colours, which turns white into a light grey.
    """
    pixels = np.concatenate([np.asarray(image).reshape(-1, 3) for image in images])
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    commonest = np.argsort(-counts, kind="stable")[:PALETTE_COLOURS]
    return colours[commonest].tobytes()


def gif_bytes(frames: Sequence[Image.Image]) -> bytes:
    """Return an animation that repeats for ever."""
    first, *others = with_common_palette(frames)
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=others,
        duration=FRAME_MILLISECONDS,
        loop=0,
        optimize=True,
    )
    return buffer.getvalue()


def png_bytes(image: Image.Image) -> bytes:
    """Return a PNG file without metadata."""
    buffer = io.BytesIO()
    with_common_palette([image])[0].save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def draw_all(folder: Path) -> list[Path]:
    """Write both figures into a folder and return their paths."""
    features = cross_correlation(EXAMPLE_INPUT, EXAMPLE_KERNEL)
    frames = [sliding_kernel_frame(position, features) for position in range(features.size)]
    contents = {
        folder / "sliding_kernel.gif": gif_bytes(frames),
        folder / "exercise.png": png_bytes(exercise()),
    }
    folder.mkdir(exist_ok=True)
    for path, content in contents.items():
        path.write_bytes(content)
    return list(contents)


def main() -> int:
    """Run the command line; return 0, or 2 with a sentence on stderr."""
    parser = argparse.ArgumentParser(description="Draw the figures of the first assignment.")
    parser.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="course to write into (default: the current folder)",
    )
    course = parser.parse_args().course
    if not (course / "solutions").is_dir():
        print(f"{course} is not a course: it has no folder solutions.", file=sys.stderr)
        return 2
    # A user's own matplotlib settings must not change the figures.
    mpl.rcdefaults()
    for path in draw_all(course / "solutions" / "images"):
        print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
