"""What a cell puts out: collected within limits on one side, checked on the other."""

from __future__ import annotations

import io
from typing import Any

from autograder.engine.wire.limits import Limits


class Outputs:
    """What the running cell has put out so far, bounded."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.clear()

    def clear(self) -> None:
        """Start afresh."""
        self.items: list[dict[str, Any]] = []
        self.streamed = 0
        self.displayed = 0
        self.size = 0

    def write(self, name: str, text: str) -> None:
        """Add text to a stream, joining it to what the same stream wrote last."""
        left = self.limits.stream - self.streamed
        if left <= 0 or not text:
            return
        self.streamed += len(text)
        if len(text) > left:
            text = (
                text[:left]
                + f"\n... output truncated: a cell may print {self.limits.stream:,} characters ...\n"
            )
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "parts": [text]})

    def add(self, output: dict[str, Any]) -> None:
        """Add a display, a result or an error."""
        self.displayed += 1
        self.size += sum(len(str(part)) for part in output.get("data", {}).values())
        if self.displayed > self.limits.displays or self.size > self.limits.display_size:
            if self.displayed == self.limits.displays + 1 or self.size > self.limits.display_size:
                self.size = -(2**60)  # say it once
                self.displayed = 2**60
                self.write("stderr", "... the other displays of this cell are too many or too large ...\n")
            return
        self.items.append(output)

    def take_over(self, items: list[dict[str, Any]]) -> None:
        """Add what another process has collected, within the same bounds."""
        for item in items:
            if item["output_type"] == "stream":
                self.write(item["name"], item["text"])
            else:
                self.add(item)

    def take(self) -> list[dict[str, Any]]:
        """Return everything so far, and forget it."""
        taken, self.items = self.items, []
        for item in taken:
            if "parts" in item:
                item["text"] = "".join(item.pop("parts"))
        return taken


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of the student's code."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name = name
        self._outputs = outputs

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, text: str) -> int:
        """Add text to the cell's outputs."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._name, text)
        return len(text)


KINDS: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "update_display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "clear_output": {"wait": bool},
}


def checked(items: Any, most: int) -> list[dict[str, Any]]:
    """Return outputs that the student's process sent, without anything that isn't a notebook's output.

    Args:
        items: what it sent.
        most: how many displays a cell may have; what is far beyond is dropped here.

    Raises:
        ValueError: if they aren't even a list.
    """
    if type(items) is not list:
        raise ValueError("outputs that are no list")
    kept = []
    for item in items[: 4 * most]:
        kind = item.get("output_type") if type(item) is dict else None
        fields = KINDS.get(kind) if isinstance(kind, str) else None
        if fields is None or not all(type(item.get(name)) is of for name, of in fields.items()):
            continue
        output: dict[str, Any] = {"output_type": kind, **{name: _clean(item[name]) for name in fields}}
        if kind == "stream" and output["name"] not in ("stdout", "stderr"):
            continue
        if kind == "error":
            output["traceback"] = [line for line in output["traceback"] if type(line) is str]
        if "data" in fields:
            output["display_id"] = str(item.get("display_id", ""))[:100]
        kept.append(output)
    return kept


def _clean(value: Any, depth: int = 0) -> Any:
    """Return JSON that any file can hold: plain types, valid Unicode, of moderate depth."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict) and depth < 20:
        return {_clean(str(key)): _clean(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list) and depth < 20:
        return [_clean(part, depth + 1) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else str(type(value).__name__)


def cleaned(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a cell's outputs as JSON that any file can hold: an error's text may be the student's."""
    return [{key: _clean(part) for key, part in output.items()} for output in outputs]


def kept_once(outputs: list[dict[str, Any]]) -> None:
    """Leave out a picture, in place, where the HTML beside it shows the same one: with its words."""
    for output in outputs:
        data = output.get("data", {})
        picture, page = data.get("image/png"), data.get("text/html")
        if isinstance(picture, str) and isinstance(page, str) and picture.strip() and picture.strip() in page:
            del data["image/png"]


class Page:
    """The outputs of a whole notebook, cell by cell, as nbclient would have put them together."""

    def __init__(self) -> None:
        self.by_display: dict[str, list[dict[str, Any]]] = {}

    def render(self, items: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
        """Return one cell's outputs in the notebook format.

        Args:
            items: what `checked` returned, in order.
            count: the cell's execution count.
        """
        shown: list[dict[str, Any]] = []
        clear = False
        for item in items:
            kind = item["output_type"]
            if kind == "clear_output":
                clear, shown = item["wait"], shown if item["wait"] else []
                continue
            if clear:
                clear, shown = False, []
            output = {key: part for key, part in item.items() if key != "display_id"}
            name = item.get("display_id")
            if kind == "update_display_data":
                for earlier in self.by_display.get(name or "", []):
                    earlier.update(data=output["data"], metadata=output["metadata"])
                continue
            if kind == "execute_result":
                output["execution_count"] = count
            if name:
                self.by_display.setdefault(name, []).append(output)
            if kind == "stream" and shown and shown[-1].get("name") == output["name"]:
                shown[-1]["text"] += output["text"]
            else:
                shown.append(output)
        return shown
