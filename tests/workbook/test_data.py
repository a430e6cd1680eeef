"""The data is what its README says, wherever the package stands, and a damaged file is named."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from workbook import data

REPOSITORY = Path(__file__).parents[2]


def test_digits_have_the_documented_shapes() -> None:
    x, y = data.load_digits()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((1797, 64), np.float64, (1797,), np.int64)
    assert x.min() == 0
    assert x.max() == 16
    assert set(y) == set(range(10))


def test_train_and_test_part_the_digits() -> None:
    (x, _), (train_x, train_y), (test_x, test_y) = (data.load_digits(p) for p in ("all", "train", "test"))
    assert len(train_x) == 1442
    assert len(test_x) == 355
    both = np.concatenate([train_x, test_x])
    assert np.array_equal(both[np.lexsort(both.T)], x[np.lexsort(x.T)])
    shares = np.bincount(test_y) / (np.bincount(test_y) + np.bincount(train_y))
    assert np.all(abs(shares - 0.2) < 0.01)


def test_tiles_have_the_documented_shapes_and_lose_their_red_under_water() -> None:
    (daylight, labels), (water, same) = data.load_tiles(), data.load_tiles("underwater")
    assert daylight.shape == water.shape == (192, 32, 32, 3)
    assert daylight.dtype == water.dtype == np.float64
    assert daylight.min() >= 0
    assert daylight.max() <= 1
    assert np.array_equal(labels, same)
    assert np.array_equal(np.bincount(labels), [64, 64, 64])
    assert len(data.PHOTOGRAPHS) == 3
    red, _, blue = water.mean((0, 1, 2)) / daylight.mean((0, 1, 2))
    assert red < 0.35
    assert blue > 0.9


def test_every_file_matches_its_sha256_in_the_readme() -> None:
    readme = (REPOSITORY / "data" / "README.md").read_text()
    listed = dict(re.findall(r"^\| `(\S+\.npz)` .*`([0-9a-f]{64})` \|$", readme, flags=re.MULTILINE))
    assert listed == data.SHA256
    assert sum(path.stat().st_size for path in (REPOSITORY / "data").glob("*.npz")) < 1_000_000


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package installed from a wheel: the data stands in `_data` inside it."""
    shutil.copytree(REPOSITORY / "data", tmp_path / "workbook" / "_data")
    monkeypatch.setattr(data, "__file__", str(tmp_path / "workbook" / "data.py"))
    return tmp_path / "workbook" / "_data"


def test_an_installed_package_finds_its_own_copy(elsewhere: Path) -> None:
    assert data.folder() == elsewhere
    assert len(data.load_digits()[0]) == 1797


def test_a_missing_file_is_named(elsewhere: Path) -> None:
    (elsewhere / "digits.npz").unlink()
    with pytest.raises(data.DataError, match=r"digits\.npz is missing"):
        data.load_digits()


def test_a_damaged_file_is_named(elsewhere: Path) -> None:
    path = elsewhere / "tiles-daylight.npz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(data.DataError, match=r"tiles-daylight\.npz is damaged"):
        data.load_tiles()
    assert len(data.load_tiles("underwater")[0]) == 192


def test_a_wrong_name_is_told_the_right_ones() -> None:
    with pytest.raises(ValueError, match="'all', 'train' or 'test'"):
        data.load_digits("valid")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'daylight' or 'underwater'"):
        data.load_tiles("night")  # type: ignore[arg-type]


def test_two_spirals_are_two_classes_that_no_line_parts() -> None:
    points, labels = data.two_spirals(200, np.random.default_rng(3))
    assert (points.shape, points.dtype, labels.shape, labels.dtype) == (
        (400, 2),
        np.float64,
        (400,),
        np.int64,
    )
    assert labels.tolist() == [0] * 200 + [1] * 200
    assert np.abs(points).max() < 1.2
    angles = np.linspace(0, np.pi, 60)
    for direction in np.stack([np.cos(angles), np.sin(angles)], axis=1):
        along = points @ direction
        right = [np.mean((along > border) == labels) for border in np.linspace(-1, 1, 41)]
        assert max(*right, *(1 - np.array(right))) < 0.8
