"""The panels of a neuron's card: feature, crops, curve and classes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.cloud_layout import cut
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_hover, add_mosaic, add_note, picture_of
from nfviz.figures.style import SMALL_TEXT, steps, theme_of
from nfviz.figures.tag_clouds import HEADING, add_text

_ROW = 16  # Pixels that a class takes.
_FEW = 6  # Classes that always have their room.
_LABEL_GAP = 8  # Pixels between the names of classes and what is left of them.


def add_feature(figure: go.Figure, axis: str, alone: Atlas, side: float) -> None:
    """Draw the neuron feature into a square panel whose axes count pixels."""
    layer, unit = alone.neurons.index[0]
    images = int(alone.neurons["n_images"].iloc[0])
    if layer not in alone.features or not images:
        add_note(figure, "no neuron feature", side / 2, side / 2, axis=axis)
        return
    feature = picture_of(alone, layer, unit, side)
    boxes = np.array([[0.0, 0.0, side]])
    add_mosaic(figure, [feature], boxes, size=(side, side), xref=f"x{axis}", yref=f"y{axis}")
    add_text(figure, f"feature, N = {images}", 0, -HEADING / 2, axis)


def crops_of(alone: Atlas, top: int) -> np.ndarray:
    """Return the crops of the only neuron, the best first: (crops, height, width, 3)."""
    layer, unit = alone.neurons.index[0]
    if layer not in alone.crops:
        return np.zeros((0, 1, 1, 3), np.uint8)
    return alone.crops[layer][unit][: min(top, len(alone.ranked))]


def add_crops(
    figure: go.Figure, axis: str, alone: Atlas, top: int, size: tuple[float, float]
) -> None:
    """Draw the crops row by row into a panel whose axes count pixels, and say how many."""
    crops = crops_of(alone, top)
    if not len(crops):
        add_note(figure, "no crops", size[0] / 2, size[1] / 2, axis=axis)
        return
    columns, side = grid(len(crops), size)
    places = np.arange(len(crops))
    boxes = np.stack([places % columns * side, places // columns * side], axis=1)
    drawn = np.column_stack([boxes, np.full(len(crops), side - 2)])
    add_mosaic(figure, list(crops), drawn, size=size, xref=f"x{axis}", yref=f"y{axis}")
    first = "first" if alone.neurons["dead"].iloc[0] else "best"
    say = f"{first} {len(crops)} images" if len(crops) > 1 else f"{first} image"
    if len(crops) < min(top, len(alone.ranked)):
        say += " (no more crops are kept)"
    add_text(figure, say, 0, -HEADING / 2, axis)
    texts = _image_texts(alone, len(crops))
    add_hover(figure, boxes + side / 2, np.full(len(crops), side), texts, axis=axis)
    figure.data[-1].name = "crops"


def grid(count: int, size: tuple[float, float]) -> tuple[int, float]:
    """Return columns and side of the largest square tiles of which so many fill a panel."""
    sides = [min(size[0] / k, size[1] / -(-count // k)) for k in range(1, count + 1)]
    best = int(np.argmax(sides))
    return best + 1, sides[best]


def _image_texts(alone: Atlas, count: int) -> list[str]:
    rows = alone.ranked.iloc[:count]
    labels = alone.images["label"].reindex(rows["image"])
    names: Mapping[int, str] = dict(alone.classes["name"]) if "name" in alone.classes else {}
    return [
        f"rank {rank + 1}, image {image}<br>relative activation {weight:.3f}"
        + (f"<br>{markup(names.get(label, label))}" if label >= 0 else "")
        for rank, (image, weight, label) in enumerate(
            zip(rows["image"], rows["weight"], labels, strict=True)
        )
    ]


def add_curve(figure: go.Figure, axis: str, alone: Atlas, theme: str) -> None:
    """Draw the relative activations of the ranked images, and where the image set ends."""
    inks = theme_of(theme)
    weight = alone.ranked["weight"].to_numpy(dtype=float)
    weight = np.where(weight > 0, weight, 0.0)
    if not weight.any():
        weight = weight[:0]
        add_note(figure, "no response", 0.5 * len(alone.ranked), 0.5, axis=axis)
    color = steps("own_ratio", 4)[2]
    figure.add_scatter(
        x=np.arange(1, len(weight) + 1),
        y=weight,
        mode="lines" if len(weight) > 1 else "markers",
        line={"color": color, "width": 2},
        hovertemplate="rank %{x}: %{y:.3f}<extra></extra>",
        showlegend=False,
        name="activation",
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
    )
    images = int(alone.neurons["n_images"].iloc[0])
    if 0 < images < len(weight):
        figure.add_shape(
            type="line", x0=images, x1=images, y0=0, y1=1, xref=f"x{axis}", yref=f"y{axis}",
            line={"color": inks.ink, "width": 1, "dash": "dot"},
        )  # fmt: skip
    end = max(len(alone.ranked), 2)
    small, titled = {"tickfont": {"size": SMALL_TEXT}}, {"font": {"size": SMALL_TEXT}}
    figure.update_layout(
        {
            f"xaxis{axis}": {
                **small,
                "range": [1, end],
                "title": {"text": "rank", **titled},
                "nticks": 5,
            },
            f"yaxis{axis}": {**small, "range": [0, 1.04], "tickvals": [0, 0.5, 1]},
        }
    )


def add_classes(
    figure: go.Figure,
    axis: str,
    table: pd.DataFrame,
    height: float,
    *,
    names: float,
    theme: str,
) -> None:
    """Draw the shares of the classes as bars: the greatest one by one, the others as one.

    The panel has this height in pixels, and `names` pixels left of it for the names of classes.
    """
    rows = table[table["share"] > 0].sort_values("share", ascending=False, kind="stable")
    titles, shares = rows["name"].tolist(), rows["share"].tolist()
    fit = max(2, int(height // _ROW))
    colors = [steps("class_selectivity", 4)[2]] * len(titles)
    if not titles:
        add_note(figure, "no labeled images", 0.5, min(fit, _FEW) / 2, axis=axis)
    if len(titles) > fit:
        colors[fit - 1 :] = [theme_of(theme).faint]
        titles[fit - 1 :] = [f"{len(titles) - fit + 1} others"]
        shares[fit - 1 :] = [sum(shares[fit - 1 :])]
    places = list(range(len(titles)))
    figure.add_bar(
        x=shares, y=places, orientation="h", width=0.7,
        marker={"color": colors, "line": {"width": 0}},
        text=[f"{share:.0%}" for share in shares], textposition="outside", textangle=0,
        constraintext="none", textfont={"size": SMALL_TEXT}, cliponaxis=False,
        hovertext=[f"{markup(n)} {share:.1%}" for n, share in zip(titles, shares, strict=True)],
        hoverinfo="text", showlegend=False, name="classes", xaxis=f"x{axis}", yaxis=f"y{axis}",
    )  # fmt: skip
    figure.update_layout(
        {
            f"xaxis{axis}": {"visible": False, "range": [0, 1.4 * max(shares, default=1.0)]},
            f"yaxis{axis}": {
                "range": [max(len(titles), min(fit, _FEW)) - 0.5, -0.5],
                "tickvals": places,
                "ticktext": [markup(cut(title, names - _LABEL_GAP)) for title in titles],
                "tickfont": {"size": SMALL_TEXT},
                "ticks": "",
                "showline": bool(titles),
            },
        }
    )
