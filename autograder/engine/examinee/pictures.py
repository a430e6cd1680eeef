"""Figures are kept small: each is in a notebook and on a page, and travels between machines.

This happens where they are drawn, in the sandbox: nothing outside of it reads a student's picture.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image, ImageChops

COLOURS = 256
MOST = 8  # of 255: how far a colour may move, which the eye can't tell
Image.preinit()  # here, and not anew in every process that is forked


def smaller(picture: str) -> str:
    """Return a PNG, in base64, with a table of colours where that shows the same; plots have few."""
    try:
        data = base64.b64decode(picture)
        with Image.open(io.BytesIO(data)) as image:
            if image.format != "PNG" or image.mode not in ("RGB", "RGBA"):
                return picture
            if image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255):
                return picture  # it shows what lies behind it
            flat, resolution = image.convert("RGB"), image.info.get("dpi")
    except (ValueError, OSError):
        return picture
    table = flat.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    moved = np.asarray(ImageChops.difference(flat, table.convert("RGB")))
    if moved.max() > MOST:
        return picture
    file = io.BytesIO()
    table.save(file, "PNG", optimize=True, **({"dpi": resolution} if resolution else {}))
    kept = file.getvalue()
    return (
        base64.b64encode(kept).decode() + "\n" * picture.endswith("\n") if len(kept) < len(data) else picture
    )
