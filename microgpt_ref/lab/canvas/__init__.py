"""What figures are drawn on: one drawing, as SVG for pages and notebooks, and as PNG.

A `Drawing` has a width of its own, and is made for it: `draw(drawing)` is called once for a wide
page and once for a phone. It keeps shapes in a list, which `svg` writes as text and `raster` hands
to matplotlib. A `Chart` is a part of a drawing with scales.
"""

from microgpt_ref.lab.canvas.charts import Chart
from microgpt_ref.lab.canvas.drawing import Drawing

__all__ = ["Chart", "Drawing"]
