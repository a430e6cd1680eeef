"""Explorers: a figure with sliders. Put one on the last line of a cell; each is whole on paper, too."""

try:
    import ipywidgets  # noqa: F401
except ModuleNotFoundError:
    raise ImportError("Explorers need ipywidgets: pip install 'backprop-workbook[course]'.") from None

from workbook.widgets.backprop import backprop_explorer
from workbook.widgets.decisions import tape_explorer
from workbook.widgets.explorer import Explorer
from workbook.widgets.gradient_flow import gradient_flow_explorer
from workbook.widgets.noise_floor import noise_floor_explorer
from workbook.widgets.picking import picking_explorer
from workbook.widgets.price import price_explorer
from workbook.widgets.rectangles import rectangles_explorer
from workbook.widgets.saturation import saturation_explorer
from workbook.widgets.scale import scale_explorer
from workbook.widgets.shift import shift_explorer
from workbook.widgets.softmax import softmax_explorer
from workbook.widgets.step_size import step_size_explorer
from workbook.widgets.taylor import taylor_explorer
from workbook.widgets.valley import valley_explorer

__all__ = [
    "Explorer",
    "backprop_explorer",
    "gradient_flow_explorer",
    "noise_floor_explorer",
    "picking_explorer",
    "price_explorer",
    "rectangles_explorer",
    "saturation_explorer",
    "scale_explorer",
    "shift_explorer",
    "softmax_explorer",
    "step_size_explorer",
    "tape_explorer",
    "taylor_explorer",
    "valley_explorer",
]
