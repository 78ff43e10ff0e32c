import numpy as np
import pytest

from gaussmix.linalg import pack, packed_size, triangle, unpack


@pytest.mark.parametrize("n", [1, 2, 3, 8, 17])
@pytest.mark.parametrize("stack", [(), (4,), (2, 3)])
def test_unpack_undoes_pack(n, stack):
    dense = np.random.default_rng(n).normal(size=(*stack, n, n))
    dense = dense + dense.swapaxes(-1, -2)
    packed = pack(dense)
    assert packed.shape == (*stack, packed_size(n))
    np.testing.assert_array_equal(unpack(packed, n), dense)


def test_entries_go_row_after_row():
    dense = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 5.0, 6.0]])
    np.testing.assert_array_equal(pack(dense), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    rows, columns = triangle(3)
    assert rows.tolist() == [0, 0, 0, 1, 1, 2]
    assert columns.tolist() == [0, 1, 2, 1, 2, 2]


def test_the_shared_indices_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        triangle(4)[0][0] = 3
