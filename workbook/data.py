"""The course's data: handwritten digits, colour tiles by daylight and (simulated) under water; spirals."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

PHOTOGRAPHS = ("cat", "coffee", "astronaut")
SHA256 = {
    "digits.npz": "f31307e24f74d1c45fb45bf8699c7a8009243b2daf8466d1fc8825aad5f3ff65",
    "tiles-daylight.npz": "00f90baa44ee9c68e7511ef46e601fe79ba573a5561c90ed45c4f8e8ea6d82a9",
    "tiles-underwater-simulated.npz": "f603554d87419e69cdfebeb296c327eab6331716f8a08c7c5d6b348a8a560e5a",
}

# labels are of the kind that NumPy counts and indexes with, which np.bincount asks for: int64, but where that
# has 32 bits, in a browser
Examples = tuple[NDArray[np.float64], NDArray[np.intp]]


class DataError(Exception):
    """A data file is missing or damaged; the message names it and says what to do."""


def load_digits(part: Literal["all", "train", "test"] = "all") -> Examples:
    """Return handwritten digits as (x, y).

    x has the shape (n, 64), float64: 8 x 8 grey values, row by row, whole numbers from 0 (paper) to 16
    (ink); `x.reshape(-1, 8, 8)` are the images. y has the shape (n,), intp: the digit, 0 to 9.
    n is 1,797; "train" has 1,442 of them and "test" the other 355, every fifth of each digit.
    The order is the source's, which keeps no writer names: both parts share the 13 writers.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, CC BY 4.0 (see data/README.md).

    Raises:
        DataError: if the file is missing or damaged.
        ValueError: if there is no such part.
    """
    if part not in ("all", "train", "test"):
        raise ValueError(f"load_digits({part!r}): choose 'all', 'train' or 'test'.")
    file = _read("digits.npz")
    chosen = np.full(len(file["labels"]), True) if part == "all" else file["test"] == (part == "test")
    x = file["images"][chosen].reshape(-1, 64).astype(np.float64)
    return x, file["labels"][chosen].astype(np.intp)


def load_tiles(light: Literal["daylight", "underwater"] = "daylight") -> Examples:
    """Return colour tiles as (images, labels).

    images has the shape (192, 32, 32, 3), float64 in [0, 1]: rows, columns, channels red, green, blue
    (sRGB). labels has the shape (192,), intp: the photograph that a tile was cut from, an index into
    `PHOTOGRAPHS`. "underwater" holds the *same* tiles in the same order, as they would look through 8 m
    of clear water: a simulation (each channel's light fades exponentially), not photographs taken there.

    Source: three photographs that are CC0 or in the public domain (see data/README.md).

    Raises:
        DataError: if the file is missing or damaged.
        ValueError: if there is no such light.
    """
    names = {"daylight": "tiles-daylight.npz", "underwater": "tiles-underwater-simulated.npz"}
    if light not in names:
        raise ValueError(f"load_tiles({light!r}): choose 'daylight' or 'underwater'.")
    file = _read(names[light])
    return file["images"] / 255.0, file["labels"].astype(np.intp)


def two_spirals(count: int, rng: np.random.Generator) -> Examples:
    """Return points on two spirals that wind around each other, as (points, labels).

    points has the shape (2 * count, 2), float64, in the unit circle but for noise; labels has the
    shape (2 * count,), intp: `count` times 0, then `count` times 1.

    The task is A. Wieland's (see K. Lang and M. Witbrock, Learning to tell two spirals apart, 1988), whose
    spirals have three turns. These have one, and are learned in seconds.

    Args:
        count: points of each class.
        rng: draws them.
    """
    labels = np.repeat(np.array([0, 1], dtype=np.intp), count)
    radius = np.sqrt(rng.uniform(0.01, 1, size=2 * count))  # as many to each part of the area
    angle = 8 * radius + np.pi * labels
    points = radius * np.array([np.cos(angle), np.sin(angle)])
    return points.T + 0.02 * rng.normal(size=(2 * count, 2)), labels


def folder() -> Path:
    """Return the folder of the data: inside an installed package, else beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent / "data"


def _read(name: str) -> dict[str, NDArray[Any]]:
    path = folder() / name
    again = f"Get a fresh copy of the course's data/{name}, or install the package again."
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"The data file {path} is missing. {again}") from None
    except OSError as error:
        raise DataError(f"The data file {path} can't be read: {error.strerror}. {again}") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DataError(f"The data file {path} is damaged: its sha256 isn't the expected one. {again}")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
