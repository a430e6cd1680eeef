"""Build the course's data from two packages' own copies: `python data/build.py` (needs the extra `dev`).

It prints each file's sha256, which belongs into workbook/data.py and data/README.md.
`python data/build.py --check` writes nothing and says whether the files hold what this script makes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
PHOTOGRAPHS = ("chelsea", "coffee", "astronaut")  # CC0, CC0, public domain: see README.md
TILES_EACH = 64
SIDE = 32  # pixels
DEPTH = 8.0  # metres of water between the light and the camera
# Absorption of pure water at 650, 550 and 450 nm (red, green, blue), per metre.
# Source: R. M. Pope and E. S. Fry, Applied Optics 36, 8710 (1997).
ABSORPTION = np.array([0.340, 0.0565, 0.00922])

Arrays = dict[str, NDArray[np.uint8]]


def digits() -> Arrays:
    """Return the images, the labels, and which images are kept for testing: every fifth of each digit."""
    bunch = load_digits()
    labels = bunch.target.astype(np.uint8)
    test = np.zeros(len(labels), dtype=np.uint8)
    for digit in range(10):
        test[np.flatnonzero(labels == digit)[4::5]] = 1
    return {"images": bunch.images.astype(np.uint8), "labels": labels, "test": test}


def tiles() -> Arrays:
    """Return square tiles cut from the photographs on a grid, evenly chosen, and each one's photograph."""
    cut = []
    for name in PHOTOGRAPHS:
        photograph = getattr(skimage.data, name)()
        rows, columns = photograph.shape[0] // SIDE, photograph.shape[1] // SIDE
        grid = photograph[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE, 3)
        every = grid.swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
        cut.append(every[np.arange(TILES_EACH) * len(every) // TILES_EACH])
    labels = np.repeat(np.arange(len(PHOTOGRAPHS), dtype=np.uint8), TILES_EACH)
    return {"images": np.concatenate(cut), "labels": labels}


def under_water(daylight: Arrays) -> Arrays:
    """Return the tiles as if seen through water: each channel's light fades as exp(-absorption x depth)."""
    light = daylight["images"] / 255
    light = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)  # from sRGB
    light = light * np.exp(-ABSORPTION * DEPTH)
    light = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)  # to sRGB
    return {"images": np.round(light * 255).astype(np.uint8), "labels": daylight["labels"]}


def main(check: bool) -> int:
    """Write the files, or compare them with what would be written; return the exit status."""
    daylight = tiles()
    files = {
        "digits.npz": digits(),
        "tiles-daylight.npz": daylight,
        "tiles-underwater-simulated.npz": under_water(daylight),
    }
    different = []
    for name, arrays in files.items():
        if check:
            with np.load(HERE / name, allow_pickle=False) as kept:
                same = set(kept) == set(arrays) and all(np.array_equal(kept[k], arrays[k]) for k in arrays)
            different += [] if same else [name]
        else:
            np.savez_compressed(HERE / name, **arrays)  # type: ignore[arg-type]
            print(hashlib.sha256((HERE / name).read_bytes()).hexdigest(), name)
    if different:
        print(f"Not what this script makes: {', '.join(different)}. Run it without --check to write them.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
