"""Figures that the instructor's own notebook draws too are recognised before they are drawn again.

Drawing a figure takes a hundred times as long as describing it. A class runs the same demonstration cells, so
most of its figures are, artist by artist, those of the solution notebook. Their pictures are made once, and
put into every notebook whose figures have the same descriptions (see `recogniser`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "figure:"  # stands for a picture that the grader has
MADE = "picture:"  # precedes a picture that the grader should keep
ASIDE = "aside:"  # precedes the hash of a picture put aside, which goes to the student's side


def pictures(kept: Mapping[str, str], keeping: bool) -> dict[str, Any]:
    """Return what `Recogniser.expect` takes: figures by their hashes, pictures put aside with themselves."""
    aside = {key[len(ASIDE) :]: drawn for key, drawn in kept.items() if key.startswith(ASIDE)}
    known = [key for key in kept if not key.startswith(ASIDE)]
    return {"known": known, "aside": aside, "keeping": keeping}


def put_in(outputs: list[dict[str, Any]], pictures: dict[str, str], kept: dict[str, str]) -> None:
    """Replace marks by pictures, and take pictures that should be kept out of their wrapping.

    Args:
        outputs: a cell's outputs, changed in place.
        pictures: hash -> picture, in base64.
        kept: gets the pictures that a rehearsal made.
    """
    for output in outputs:
        data = output.get("data", {})
        picture = data.get("image/png")
        if not isinstance(picture, str):
            continue
        if picture.startswith(MARK):
            data["image/png"] = pictures.get(picture[len(MARK) :], "")
        elif picture.startswith(MADE):
            key, _, data["image/png"] = picture[len(MADE) :].partition(":")
            kept[key] = data["image/png"]
        page = data.get("text/html")
        if isinstance(page, str) and picture.strip() in page:  # with its words: kept once, where they are
            data["text/html"] = page.replace(picture.strip(), data.pop("image/png").strip())
