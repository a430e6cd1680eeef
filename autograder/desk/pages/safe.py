"""What of a student's HTML may stand in a page: text, tables, drawings and pictures; nothing that acts."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markupsafe import Markup, escape

from autograder.marking.finding import unstressed


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MATHS = _names(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup "
    "munder mover munderover mtable mtr mtd semantics annotation"
)
DRAWING = _names("svg g rect circle ellipse line polyline polygon path text tspan title desc")
LOOKS = _names("class style title dir lang role aria-label aria-hidden align width height")
MATHS_LOOKS = _names(
    "display mathvariant stretchy fence form separator lspace rspace linethickness displaystyle scriptlevel "
    "columnalign rowspacing columnspacing columnlines accent accentunder minsize maxsize movablelimits "
    "symmetric largeop notation depth voffset"
)
DRAWING_LOOKS = _names(
    "viewBox x y x1 y1 x2 y2 cx cy r rx ry d points fill fill-opacity stroke stroke-width stroke-opacity "
    "stroke-dasharray transform font-size font-family text-anchor opacity"
)
STYLES = _names(
    "color background-color font-weight font-style font-size text-align text-decoration vertical-align "
    "border border-left border-collapse padding margin width max-width height white-space"
)
TAGS = frozenset(nh3.ALLOWED_TAGS) | MATHS | DRAWING | {"details", "summary", "figure", "figcaption"}
ATTRIBUTES = {
    **{tag: set(kept) for tag, kept in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": set(LOOKS),
    "img": {"alt", "src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "div": {"tabindex"},
    **{tag: set(MATHS_LOOKS) for tag in MATHS},
    "math": {*MATHS_LOOKS, "tabindex"},
    **{tag: set(DRAWING_LOOKS) for tag in DRAWING},
}
PICTURES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/svg+xml", "data:image/webp")


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None for one that would leave the page or load something."""
    if tag == "img" and name == "src":
        local = ":" not in value.split("/")[0] and not value.startswith(("/", "\\"))
        return value if local or value.startswith(PICTURES) else None
    if name in ("href", "cite") and value.lstrip().lower().startswith("data:"):
        return None
    return value


CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    attribute_filter=_kept,
    clean_content_tags={"script", "style"},
    filter_style_properties=set(STYLES),
    url_schemes={"http", "https", "mailto", "data"},
    link_rel="noopener noreferrer",
)


@lru_cache(maxsize=512)
def safe_html(html: str) -> str:
    """Return HTML without scripts, handlers, styles of the whole page, forms, frames and outside pictures."""
    return CLEANER.clean(html)


def worded(sentence: str) -> Markup:
    """Return a sentence for a page: what stands between backticks is code, emphasis is plain words."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(unstressed(sentence)))))
