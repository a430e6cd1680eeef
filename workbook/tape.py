"""Draw a recorded program: each tensor where it was made, values forward, gradients back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbook.draw import draw_graph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SWEEPS = 24  # of the layout: rows settle long before
APART = 1.0  # rows between two tensors of one column


def draw_tape(output: Any, *, title: str | None = None, gradients: bool = True, **names: Any) -> Figure:
    """Draw the program that made a tensor, from the tensor alone.

    A tensor has `value`, `grad`, `op` (empty for one that no operation made), `number` (when it was made) and
    `sources`, pairs of a tensor that was read and the rule that turns a gradient of this one into its part.

    Args:
        output: the program's result.
        title: one line above the drawing.
        gradients: draw what flows back, too: each tensor's `grad`, and what its rules make of it.
        names: what tensors are called in the drawing, as in ``draw_tape(cost, x=x, y=y)``. A number that has
            no name stands in the boxes of those who read it.

    Returns:
        A new figure.
    """
    known = {id(tensor): name for name, tensor in names.items()}
    tensors = [tensor for tensor in _recorded(output) if tensor is output or not _constant(tensor, known)]
    keys = {id(tensor): str(k) for k, tensor in enumerate(tensors)}
    labels = {keys[id(tensor)]: _label(tensor, known) for tensor in tensors}
    places = _places(tensors, keys)
    edges: list[Any] = []
    for tensor in tensors:
        sent: dict[str, list[str]] = {}
        parts = tensor.send(tensor.grad) if gradients else tensor.sources
        for source, part in parts:
            if id(source) in keys:
                sent.setdefault(keys[id(source)], []).append(_text(part) if gradients else "")
        values = {keys[id(s)]: _text(s.value) for s, _ in tensor.sources if id(s) in keys}
        for source, texts in sent.items():
            twice = ", twice" if len(texts) > 1 else ""
            back = [" + ".join(texts)] if gradients else []
            edges.append((source, keys[id(tensor)], values[source] + twice, *back))
    end, column, row = keys[id(output)], *places[keys[id(output)]]
    labels[end] = _label(output, known | {id(output): ""})  # its name stands at its arrow
    places["end"], labels["end"] = (column + 1.2, row), known.get(id(output), "C")
    edges.append((end, "end", _text(output.value), *([_text(output.grad)] if gradients else [])))
    plain = [keys[id(tensor)] for tensor in tensors if not tensor.sources]
    return draw_graph(places, edges, values=[*plain, "end"], labels=labels, title=title)


def _recorded(output: Any) -> list[Any]:
    """Return every tensor that the output was made of, and the output, in the order of the program."""
    found, waiting = {id(output): output}, [output]
    while waiting:
        for source, _ in waiting.pop().sources:
            if id(source) not in found:
                found[id(source)] = source
                waiting.append(source)
    return sorted(found.values(), key=lambda tensor: int(tensor.number))


def _constant(tensor: Any, known: dict[int, str]) -> bool:
    """Say whether this is a number that has no name: it is written into the boxes of those who read it."""
    return not tensor.sources and id(tensor) not in known and np.ndim(tensor.value) == 0


def _label(tensor: Any, known: dict[int, str]) -> str:
    name = known.get(id(tensor), "")
    if not tensor.sources:
        return name or _text(tensor.value)
    numbers = [_text(source.value) for source, _ in tensor.sources if _constant(source, known)]
    does = " ".join([str(tensor.op), *numbers])
    return f"{name} = {does}" if name else does


def _text(value: Any) -> str:
    """Return a number as it is, and of an array its shape."""
    array = np.asarray(value)
    return f"{float(array):.3g}" if array.ndim == 0 else "×".join(map(str, array.shape))


def _places(tensors: list[Any], keys: dict[int, str]) -> dict[str, tuple[float, float]]:
    """Give each tensor a column, right of all that it reads, and a row near its neighbours."""
    column: dict[str, int] = {}
    read = {id(t): dict.fromkeys(keys[id(s)] for s, _ in t.sources if id(s) in keys) for t in tensors}
    wires = [(source, keys[id(tensor)]) for tensor in tensors for source in read[id(tensor)]]
    for tensor in tensors:
        column[keys[id(tensor)]] = max((column[s] + 1 for s, t in wires if t == keys[id(tensor)]), default=0)
    for tensor in reversed(tensors):  # what no operation made stands just before its first reader
        readers = [column[t] for s, t in wires if s == keys[id(tensor)]]
        if not tensor.sources and readers:
            column[keys[id(tensor)]] = min(readers) - 1
    layers: dict[int, list[str]] = {}
    for key, at in column.items():
        layers.setdefault(at, []).append(key)
    links = list(wires)
    for (
        s,
        t,
    ) in wires:  # a wire that passes a column takes a place in it, so that no box stands there
        stops = [s, *(f"{s}>{t}@{k}" for k in range(column[s] + 1, column[t])), t]
        for k, stop in enumerate(stops[1:-1], column[s] + 1):
            layers.setdefault(k, []).append(stop)
        links += list(pairwise(stops)) * 3 if len(stops) > 2 else []
    row = _rows(layers, links)
    return {key: (1.9 * at, row[key]) for key, at in column.items()}


def _rows(layers: dict[int, list[str]], links: list[tuple[str, str]]) -> dict[str, float]:
    """Move everything towards the mean of its neighbours, and apart again within a column."""
    row = {key: APART * (len(layer) / 2 - k) for layer in layers.values() for k, key in enumerate(layer)}
    near: dict[str, list[str]] = {key: [] for key in row}
    for s, t in links:
        near[s].append(t)
        near[t].append(s)
    for _ in range(SWEEPS):
        for layer in layers.values():
            wish = {key: float(np.mean([row[n] for n in near[key]] or [row[key]])) for key in layer}
            layer.sort(key=lambda key: -wish[key])
            least = [wish[key] + APART * k for k, key in enumerate(layer)]  # as if all stood in one place
            middle = np.mean(least)
            spread = np.minimum.accumulate(least)
            spread += middle - np.mean(spread)
            for k, key in enumerate(layer):
                row[key] = float(spread[k]) - APART * k
    return row
