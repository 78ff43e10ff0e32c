"""Matrix products with one long dimension, cut into pieces where that is faster.

OpenBLAS multiplies without packing its operands while m n k is at most a million, and is then
up to twice as fast on narrow matrices. Other libraries lose nothing to the pieces.
"""

import numpy as np

from gaussmix._typing import FloatArray

_UNPACKED = 1_000_000
_PIECES = (512, 256)


def _piece(area: int, length: int) -> int:
    """Length of the pieces for matrices that share `length`; `length` itself for one piece."""
    fitting = (piece for piece in _PIECES if area * piece <= _UNPACKED and 2 * piece <= length)
    return next(fitting, length)


def _cut(long: FloatArray, piece: int) -> FloatArray:
    """View (n, rows, piece) of the whole pieces of a matrix (rows, B)."""
    rows, length = long.shape
    n_pieces = length // piece
    return long[:, : n_pieces * piece].reshape(rows, n_pieces, piece).transpose(1, 0, 2)


def multiply_long(short: FloatArray, long: FloatArray, out: FloatArray) -> None:
    """Write short @ long to out (K, B), for short (K, F) and long (F, B) with B large."""
    length = long.shape[1]
    piece = _piece(short.size, length)
    end = length - length % piece
    np.matmul(short, _cut(long, piece), out=_cut(out, piece))
    if end < length:
        np.matmul(short, long[:, end:], out=out[:, end:])


def contract_long(left: FloatArray, right: FloatArray) -> FloatArray:
    """left @ right.T, (F, K), for left (F, B) and right (K, B) with B large."""
    length = left.shape[1]
    piece = _piece(len(left) * len(right), length)
    end = length - length % piece
    products = np.matmul(_cut(left, piece), _cut(right, piece).transpose(0, 2, 1))
    total = np.add.reduce(products, axis=0)
    if end < length:
        total += left[:, end:] @ right[:, end:].T
    return np.asarray(total)
