"""The gray test with its uncertainty (the paper's section 4.2)."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.option_checks import check_share

if TYPE_CHECKING:
    from nfviz.recording.gray_result import GrayTest

_FORMS = ("color", "gray", "difference")


def summarize_gray_test(result: GrayTest, *, confidence: float = 0.95) -> pd.DataFrame:
    r"""Put intervals on the errors in color and gray and on their paired difference.

    An error :math:`p` among n images has Wilson's interval,

    .. math:: \frac{p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4 n^2}}{1 + z^2 / n}

    and the difference, that takes the images in pairs, :math:`d \pm z \cdot standard\_error`.

    Parameters
    ----------
    result : GrayTest
        Of `nfviz.gray_test`.
    confidence : float
        Of the intervals, above 0 and below 1.

    Returns
    -------
    DataFrame, index (``top``, ``form``), forms ``color``, ``gray``, ``difference``
        ``value``, ``low`` and ``high``: shares of the images, errors in [0, 1] and differences
        (gray - color) in [-1, 1]. NaN if no image was tested.

    Raises
    ------
    ValueError
        If `confidence` is out of range.

    Notes
    -----
    The paper gives the errors without intervals. An interval tells how far other images of the
    same kind might lead; that of a difference among pairs is narrower than the two errors'
    intervals suggest, as both saw the same images. With fewer than about ten images that one
    form alone gets right it is too narrow: it is of no width if no image changes sides.

    References
    ----------
    Wilson, E. B.: Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association 22, 1927.
    """
    confidence = check_share("confidence", confidence, inner=True)
    z = -NormalDist().inv_cdf((1 - confidence) / 2)
    rows = []
    for _, errors in result.errors.iterrows():
        rows += [_wilson(float(errors[f"{form}_error"]), result.n, z) for form in _FORMS[:2]]
        value, reach = float(errors["difference"]), z * float(errors["standard_error"])
        rows.append((value, max(value - reach, -1.0), min(value + reach, 1.0)))
    index = pd.MultiIndex.from_product([result.errors.index, _FORMS], names=["top", "form"])
    return pd.DataFrame(rows, index=index, columns=["value", "low", "high"], dtype=np.float64)


def _wilson(share: float, n: int, z: float) -> tuple[float, float, float]:
    """Return a share and the ends of its interval."""
    if n == 0:
        return math.nan, math.nan, math.nan
    center = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = ((center + side * reach) / (1 + z**2 / n) for side in (-1, 1))
    return share, max(low, 0.0), min(high, 1.0)
