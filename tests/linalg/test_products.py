import numpy as np
import pytest

from gaussmix.linalg import contract_long, multiply_long
from gaussmix.linalg.products import _piece

LENGTHS = [1, 7, 255, 256, 511, 512, 513, 1023, 1024, 1025, 1536, 5000]
#: Rows of the two matrices: in pieces of 512, in pieces of 256, and in one piece.
AREAS = [(1, 1), (3, 10), (40, 90), (60, 200)]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("k", "f"), AREAS)
def test_products_equal_plain_products(length, k, f):
    rng = np.random.default_rng([length, k])
    short, long = rng.normal(size=(k, f)), rng.normal(size=(f, length))
    out = np.full((k, length), np.nan)
    multiply_long(short, long, out)
    np.testing.assert_allclose(out, short @ long, rtol=0, atol=1e-12)
    other = rng.normal(size=(k, length))
    np.testing.assert_allclose(
        contract_long(long, other), long @ other.T, rtol=0, atol=1e-13 * length
    )


@pytest.mark.parametrize("length", [700, 1030])
def test_parts_of_larger_arrays_are_read_and_written_in_place(length):
    rng = np.random.default_rng(0)
    short = rng.normal(size=(3, 5))
    long, out = rng.normal(size=(5, 2000)), np.zeros((3, 2000))
    multiply_long(short, long[:, :length], out[:, :length])
    np.testing.assert_allclose(out[:, :length], short @ long[:, :length], atol=1e-13)
    assert not out[:, length:].any()
    found = contract_long(long[:, :length], out[:, :length])
    np.testing.assert_allclose(found, long[:, :length] @ out[:, :length].T, atol=1e-10)


def test_every_way_to_cut_is_taken():
    assert _piece(30, 1024) == 512
    assert _piece(30, 1023) == 256
    assert _piece(3_000, 5_000) == 256
    assert _piece(12_000, 5_000) == 5_000
    assert _piece(30, 300) == 300
