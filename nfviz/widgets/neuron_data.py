"""The model that carries an atlas to the page, once, however many views there are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import anywidget
import traitlets

from nfviz.page.modules import join_modules, stylesheet
from nfviz.page.payload import make_payload

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["NeuronData", "lend", "take_back"]


class NeuronData(anywidget.AnyWidget):
    """Columns, ranked images and pictures of an atlas, and the code of its views."""

    _esm = "export default {};"
    meta = traitlets.Dict().tag(sync=True)
    arrays = traitlets.Dict().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    style = traitlets.Unicode().tag(sync=True)

    def close(self) -> None:
        """Take the model out of the page, and its layout with it."""
        self.layout.close()
        super().close()


# Data and how many views use it, by atlas; a widget is kept alive by its kernel until it is closed.
_lent: WeakKeyDictionary[Atlas, tuple[NeuronData, int]] = WeakKeyDictionary()


def lend(atlas: Atlas) -> NeuronData:
    """Return the data of an atlas for one more view."""
    data, users = _lent.get(atlas, (None, 0))
    if data is None:
        payload = make_payload(atlas)
        data = NeuronData(
            meta=payload.meta,
            arrays=payload.arrays,
            code=join_modules("app"),
            style=stylesheet(),
        )
    _lent[atlas] = data, users + 1
    return data


def take_back(atlas: Atlas) -> None:
    """Close the data of an atlas with the last view that used it."""
    # Nothing is left of it where Python is ending.
    data, users = _lent.get(atlas, (None, 0))
    if data is None:
        return
    if users > 1:
        _lent[atlas] = data, users - 1
    else:
        del _lent[atlas]
        data.close()
