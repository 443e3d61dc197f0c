"""Which layers of an atlas a table or figure is about."""

from collections.abc import Iterable, Sequence

from nfviz.atlas import Atlas


def chosen_layers(atlas: Atlas, layers: str | Sequence[str] | None) -> list[str]:
    """Return the names of the layers asked for, in depth order.

    Parameters
    ----------
    atlas : Atlas
        Any.
    layers : str, sequence of str or None
        Names in any order, once or more often; all layers where it is None; possibly none.

    Raises
    ------
    ValueError
        If the atlas has no layer of that name; the message lists those that it has.
    """
    names = list(atlas.layers.index)
    if layers is None:
        return names
    if not isinstance(layers, str | Iterable):
        raise ValueError(
            f"layers is {layers!r}; it accepts the name of a layer, or a list of names."
        )
    asked = [layers] if isinstance(layers, str) else list(layers)
    for name in asked:
        if name not in names:
            raise ValueError(
                f"layers names {name!r}; it accepts layers of the atlas, which has "
                f"{', '.join(map(repr, names))}."
            )
    return [name for name in names if name in asked]
