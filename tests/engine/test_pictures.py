"""Pictures become smaller, and look the same."""

from __future__ import annotations

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from autograder.engine.examinee.pictures import MOST, smaller


def png(image: Image.Image, **more: object) -> str:
    file = io.BytesIO()
    image.save(file, "PNG", **more)
    return base64.b64encode(file.getvalue()).decode()


def pixels(picture: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return np.asarray(image.convert("RGBA"), dtype=int)


def test_a_plot_takes_less_than_half_and_looks_the_same() -> None:
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    x = np.linspace(0, 6, 50)
    ax.plot(x, np.sin(x), "o-", label="sine")
    ax.imshow(np.outer(x, x), extent=(0, 2, -1, 0), cmap="viridis", aspect="auto")
    ax.set(xlabel="x", ylabel="y", xlim=(0, 6), ylim=(-1, 1))
    ax.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    picture = base64.b64encode(file.getvalue()).decode() + "\n"
    kept = smaller(picture)
    assert len(kept) < len(picture) / 2
    assert kept.endswith("\n")
    assert np.abs(pixels(kept) - pixels(picture)).max() <= MOST
    with Image.open(io.BytesIO(base64.b64decode(kept))) as image:
        assert image.info["dpi"] == pytest.approx((100, 100), abs=0.01)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2000), st.sampled_from(["RGB", "RGBA", "L", "P"]))
def test_no_picture_becomes_larger_or_another(seed: int, colours: int, mode: str) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, size=(colours, 4), dtype=np.uint8)
    image = Image.fromarray(table[rng.integers(0, colours, size=(40, 60))], "RGBA")
    picture = png(image.convert(mode))
    kept = smaller(picture)
    assert len(kept) <= len(picture)
    assert np.abs(pixels(kept) - pixels(picture)).max() <= MOST


@pytest.mark.parametrize("text", ["", "no base64!", base64.b64encode(b"no picture").decode()])
def test_what_is_no_picture_stays_as_it_is(text: str) -> None:
    assert smaller(text) == text
