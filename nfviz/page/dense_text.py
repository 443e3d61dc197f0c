"""Bytes as text of printable ASCII, denser than base64: 16 letters for 13 bytes."""

import numpy as np

__all__ = ["dense_text"]

_BYTES, _LETTERS, _BITS = 13, 16, 13
_FIRST, _BASE = ord("#"), 91
_TAG, _INSTEAD = ord("<"), ord("~")


def dense_text(data: bytes) -> str:
    """Write bytes as text that HTML leaves as it is, in whatever encoding a page is read.

    Every 13 bits, from the highest on, become two letters, ``value % 91`` and ``value // 91``, of
    the 91 that follow each other from ``#`` on; ``~`` stands for ``<``. Base64 would be 8 % longer.

    Parameters
    ----------
    data : bytes
        Zeros are added up to a multiple of 13 bytes; the reader has to know the length.

    Returns
    -------
    str
        Without line ends.
    """
    groups = -(-len(data) // _BYTES)
    rows = np.zeros((groups, _BYTES + 1), dtype=np.uint32)
    padded = data + bytes(groups * _BYTES - len(data))
    rows[:, :_BYTES] = np.frombuffer(padded, np.uint8).reshape(groups, _BYTES)
    letters = np.empty((groups, _LETTERS), dtype=np.uint8)
    for place in range(_LETTERS // 2):
        first, skipped = divmod(place * _BITS, 8)
        three = rows[:, first] << 16 | rows[:, first + 1] << 8 | rows[:, first + 2]
        value = three >> (24 - _BITS - skipped) & ((1 << _BITS) - 1)
        letters[:, 2 * place] = value % _BASE + _FIRST
        letters[:, 2 * place + 1] = value // _BASE + _FIRST
    letters[letters == _TAG] = _INSTEAD
    return letters.tobytes().decode("ascii")
