"""What the gray test found: errors in color and on gray copies of the same images, in pairs."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class GrayTest:
    """Errors of a network in color and on gray copies of the same images.

    Attributes
    ----------
    errors : DataFrame, index ``top`` (1 and 5)
        Of `paired_errors`: ``color_error`` and ``gray_error`` (shares in [0, 1]), ``difference``
        (gray - color), its ``standard_error``, ``lost`` and ``gained`` (numbers of images).
    images : DataFrame, index ``image``
        The labeled images that were read: ``label``, ``output`` (that stands for the label),
        ``color_rank`` and ``gray_rank`` (how many outputs are ahead of it, 0 for the best).
    unlabeled : int
        Images left out because they have no label.
    bad : mapping of int to str
        Images left out because they could not be read, and why.
    """

    errors: pd.DataFrame
    images: pd.DataFrame
    unlabeled: int = 0
    bad: Mapping[int, str] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of images tested."""
        return len(self.images)

    def __repr__(self) -> str:
        """Return the errors in percent as text."""
        return f"<nfviz.GrayTest: {self._headline()}>\n{self._percent().to_string()}"

    def _repr_html_(self) -> str:
        headline = html.escape(self._headline())
        table = self._percent().to_html(border=0)
        return f"<div><p><strong>nfviz.GrayTest</strong>: {headline}</p>{table}</div>"

    def _headline(self) -> str:
        left_out = {"unlabeled": self.unlabeled, "unreadable": len(self.bad)}
        parts = [f"{count:,} {why} left out" for why, count in left_out.items() if count]
        return "; ".join([f"{self.n:,} images, errors in %", *parts])

    def _percent(self) -> pd.DataFrame:
        shares = ["color_error", "gray_error", "difference", "standard_error"]
        table = self.errors.copy()
        table[shares] = (100 * table[shares]).round(2)
        return table


def paired_errors(
    color_rank: np.ndarray, gray_rank: np.ndarray, top: Sequence[int] = (1, 5)
) -> pd.DataFrame:
    r"""Compare the top-k errors of the same images in two forms.

    .. math:: difference = (b - c) / n, \qquad
        standard\_error = \sqrt{b + c - (b - c)^2 / n} / n

    where b images are lost (right in color, wrong on gray) and c gained (the reverse).

    Parameters
    ----------
    color_rank, gray_rank : ndarray of int, shape (n,)
        How many outputs are ahead of the right one; an image is right within the top k if its rank
        is below k. At least one image.
    top : sequence of int
        The k.

    Returns
    -------
    DataFrame, index ``top``
        ``color_error``, ``gray_error``, ``difference`` (gray - color), ``standard_error`` (of the
        difference), ``lost`` (b), ``gained`` (c).

    References
    ----------
    McNemar, Q.: Note on the sampling error of the difference between correlated proportions or
    percentages. Psychometrika 12, 1947: the variance of a difference of proportions in pairs.
    """
    rows = []
    n = len(color_rank)
    for k in top:
        color_wrong, gray_wrong = np.asarray(color_rank) >= k, np.asarray(gray_rank) >= k
        lost = int((gray_wrong & ~color_wrong).sum())
        gained = int((color_wrong & ~gray_wrong).sum())
        rows.append(
            {
                "color_error": color_wrong.mean(),
                "gray_error": gray_wrong.mean(),
                "difference": (lost - gained) / n,
                "standard_error": np.sqrt(lost + gained - (lost - gained) ** 2 / n) / n,
                "lost": lost,
                "gained": gained,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(top, name="top"))
