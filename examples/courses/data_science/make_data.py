"""Draws the flats of this course: a table for students, and rows that they never see.

The rents are invented: a base rent for each city, so much for each square metre and room, less for
age, and noise. The same seed gives the same files.
"""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20_260
CITIES = {"Aarhus": 350.0, "Copenhagen": 620.0, "Odense": 210.0, "Aalborg": 240.0}
COLUMNS = ("city", "area", "rooms", "age", "rent")


def flats(draw: np.random.Generator, count: int) -> list[tuple[str, int, int, int, int]]:
    """Rows of city, area in square metres, rooms, age in years and rent in euros a month."""
    names = list(CITIES)
    rows = []
    for _ in range(count):
        city = names[draw.integers(len(names))]
        area = int(draw.integers(25, 140))
        rooms = max(1, round(area / 28 + draw.normal(0, 0.5)))
        age = int(draw.integers(0, 90))
        rent = 5.5 * area + 45 * rooms - 2.2 * age + CITIES[city] + draw.normal(0, 40)
        rows.append((city, area, rooms, age, round(rent)))
    return rows


def write(file: Path, rows: list[tuple[str, int, int, int, int]]) -> None:
    """Write a table with the names of its columns."""
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows)


if __name__ == "__main__":
    generator = np.random.default_rng(SEED)
    write(HERE / "assignments" / "flats.csv", flats(generator, 240))
    write(HERE / "solutions" / "hidden_flats.csv", flats(generator, 120))
