"""What a figure was made of, kept in the figure itself and, once saved, in its file."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go


def sign(
    figure: go.Figure, function: str, manifest: Mapping[str, Any], parameters: Mapping[str, Any]
) -> go.Figure:
    """Write into ``figure.layout.meta["nfviz"]`` what the figure was made of, and return it.

    Parameters
    ----------
    figure : Figure
        Changed.
    function : str
        Which drew it, such as ``plot_hue_wheel``.
    manifest : mapping
        Of the atlas; its fingerprint is the SHA-256 of the manifest as sorted JSON.
    parameters : mapping
        With which the function was called, as plain JSON values.
    """
    figure.update_layout(meta={"nfviz": origin(function, manifest, parameters)})
    return figure


def fingerprint(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest: equal where weights, images and parameters are."""
    plain = json.dumps(dict(manifest), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def origin(
    function: str, manifest: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a figure or page was made of, as plain JSON values.

    Parameters
    ----------
    function, manifest, parameters
        As in `sign`.
    """
    from nfviz import __version__

    return {
        "function": function,
        "parameters": dict(parameters),
        "atlas": fingerprint(manifest),
        "network": manifest.get("network"),
        "version": __version__,
    }
