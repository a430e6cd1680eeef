"""What is kept of a notebook's metadata: what somebody reads, in the form in which they can read it.

Editors write what they like there, and a page for feedback is lost to one odd value: nbconvert wants a state
in `widgets`, text in `title`, dictionaries in `language_info`. None of it can matter for marks.
"""

from __future__ import annotations

from typing import Any

LANGUAGE = ("name", "version", "mimetype", "file_extension", "pygments_lexer", "nbconvert_exporter")


def kept_of_notebook(metadata: Any) -> dict[str, Any]:
    """Return the kernel and the language, as far as they are texts; saved widgets go with the outputs."""
    if not isinstance(metadata, dict):
        return {}
    kernel = _texts(metadata.get("kernelspec"), ("name", "display_name", "language"))
    language = _texts(metadata.get("language_info"), LANGUAGE)
    kept = {"kernelspec": kernel} if {"name", "display_name"} <= kernel.keys() else {}
    return {**kept, "language_info": language} if "name" in language else kept


def kept_of_cell(metadata: Any) -> dict[str, Any]:
    """Return nbgrader's part, which is looked at later, and tags that are texts."""
    if not isinstance(metadata, dict):
        return {}
    kept = {"nbgrader": metadata["nbgrader"]} if "nbgrader" in metadata else {}
    tags = metadata.get("tags")
    texts = (
        [tag for tag in tags if _is_text(tag) and tag and "," not in tag] if isinstance(tags, list) else []
    )
    return {**kept, "tags": list(dict.fromkeys(texts))} if texts else kept


def pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Return a Markdown cell's attachments that are a kind and its text."""
    if not isinstance(attachments, dict):
        return {}
    found = {name: _texts(kinds, kinds) for name, kinds in attachments.items() if isinstance(kinds, dict)}
    return {name: kinds for name, kinds in found.items() if kinds}


def _texts(value: Any, names: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: value[name] for name in names if _is_text(value.get(name))}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
