"""What a notebook imports: gradient checks, export into `mynn`, drawings, widgets, data."""

from workbook.module import Module

__all__ = ["Module"]
