"""Streams of files: every kind gives the rows that it gives when it is read whole."""

import gzip
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from gaussmix.data.storage.file_stream import FileStream

N = 2_000
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": _rng.normal(size=N),
        "name": [f"row {j}" for j in range(N)],
        "b": np.where(_rng.random(N) < 0.1, np.nan, _rng.normal(size=N)),
        "w": _rng.random(N),
        "k": np.where(_rng.random(N) < 0.5, np.nan, _rng.integers(-1, 4, N)),
        "n": _rng.integers(-(2**53), 2**53, N),
    }
)
TABLE = pa.Table.from_pandas(FRAME, preserve_index=False)


def write_arrow(open_writer: Callable[..., Any], table: Any, path: Path) -> None:
    with open_writer(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=301)


def write_text(path: Path, **options: Any) -> None:
    FRAME.to_csv(path, index=False, **options)


def write_lines(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(FRAME.to_csv(index=False)), newline="")


WRITERS: dict[str, Callable[[Path], None]] = {
    "parquet": lambda path: parquet.write_table(TABLE, path),
    "parquet, small groups": lambda path: parquet.write_table(TABLE, path, row_group_size=77),
    "arrow file": lambda path: write_arrow(pa.ipc.new_file, TABLE, path),
    "arrow stream": lambda path: write_arrow(pa.ipc.new_stream, TABLE, path),
    "csv": write_text,
    "csv, gzip": lambda path: write_text(path, compression={"method": "gzip", "mtime": 1}),
    "csv, semicolons": lambda path: write_text(path, sep=";", decimal=","),
    "csv, tabs": lambda path: write_text(path, sep="\t"),
    "csv, quotes": lambda path: write_text(path, quoting=1),
    "csv, byte order mark": lambda path: write_text(path, encoding="utf-8-sig"),
    "csv, missing words": lambda path: write_text(path, na_rep="NA"),
    "csv, blanks": lambda path: write_lines(path, lambda text: text.replace(",", " , ")),
    "csv, padded gaps": lambda path: write_lines(path, lambda text: text.replace(",,", ", NA ,")),
    "csv, Windows": lambda path: write_lines(path, lambda text: text.replace("\n", "\r\n")),
    "csv, blank lines": lambda path: write_lines(
        path, lambda text: "\n\n" + text.replace("\n", "\n\n")
    ),
    "csv, no last newline": lambda path: write_lines(path, str.rstrip),
}


def whole(stream: FileStream, size: int = 128) -> tuple[Any, Any, Any]:
    batches = list(stream.batches(size))
    assert [b.n_rows for b in batches[:-1]] == [size] * (len(batches) - 1)
    assert sum(b.n_rows for b in batches) == stream.n_rows
    assert all(b.columns.dtype == stream.dtype for b in batches)
    values = np.concatenate([b.columns for b in batches], axis=1).T
    weights = [b.details.weight for b in batches if b.details.weight is not None]
    labels = [b.details.label for b in batches if b.details.label is not None]
    return (
        values,
        np.concatenate(weights) if weights else None,
        np.concatenate(labels) if labels else None,
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_gives_the_rows_of_the_whole_table(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("data.csv.gz" if "gzip" in kind else "data")
    WRITERS[kind](path)
    stream = FileStream(path, weight="w", label="k")
    assert (stream.n_rows, stream.n_features, stream.names) == (N, 3, ("a", "b", "n"))
    assert stream.dtype == np.float64
    assert stream.has_weights
    assert stream.has_labels
    for size in (128, 5_000):
        values, weight, label = whole(stream, size)
        np.testing.assert_array_equal(values, FRAME[["a", "b", "n"]])
        np.testing.assert_array_equal(weight, FRAME["w"])
        np.testing.assert_array_equal(label, FRAME["k"].fillna(-1.0))
        assert label.dtype == np.intp


@pytest.mark.parametrize("kind", ["parquet", "arrow file", "csv"])
def test_columns_come_in_the_order_asked_for(kind: str, tmp_path: Path) -> None:
    WRITERS[kind](tmp_path / "data")
    stream = FileStream(tmp_path / "data", columns=["n", "a"])
    assert stream.names == ("n", "a")
    assert not stream.has_weights
    values, weight, label = whole(stream)
    np.testing.assert_array_equal(values, FRAME[["n", "a"]])
    assert weight is None
    assert label is None


def test_single_precision_is_kept_where_every_file_has_it(tmp_path: Path) -> None:
    single = TABLE.select(["a", "b"]).cast(pa.schema([("a", "float32"), ("b", "float32")]))
    for j in range(2):
        parquet.write_table(single, tmp_path / f"part-{j}")
    stream = FileStream(tmp_path)
    assert stream.dtype == np.float32
    expected = FRAME[["a", "b"]].astype(np.float32)
    np.testing.assert_array_equal(whole(stream)[0], pd.concat([expected, expected]))
    parquet.write_table(TABLE.select(["a", "b"]), tmp_path / "part-2")
    stream = FileStream(tmp_path)
    assert stream.dtype == np.float64
    np.testing.assert_array_equal(whole(stream)[0][:N], expected)


def test_types_of_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "d": pa.array([1.5, None]).cast(pa.decimal128(5, 2)),
            "h": pa.array([1.5, None]).cast(pa.float16()),
            "u": pa.array([1, None], type=pa.uint8()),
            "e": pa.array([None, None]),
            "a.b": pa.array([1.0, 2.0]),
        }
    )
    parquet.write_table(table, tmp_path / "x")
    stream = FileStream(tmp_path / "x")
    assert stream.names == ("d", "h", "u", "a.b")
    np.testing.assert_array_equal(whole(stream)[0], [[1.5, 1.5, 1, 1], [np.nan] * 3 + [2.0]])
    named = FileStream(tmp_path / "x", columns=["e", "u"])
    np.testing.assert_array_equal(whole(named)[0], [[np.nan, 1.0], [np.nan] * 2])


def write_parts(folder: Path) -> None:
    for j in (2, 0, 1):
        parquet.write_table(pa.table({"x": [10.0 * j, 10.0 * j + 1.0]}), folder / f"part-{j}")
    (folder / "_SUCCESS").touch()
    (folder / ".part-0.crc").write_bytes(b"crc")
    (folder / "sub").mkdir()


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_parts(tmp_path)
    for paths in (tmp_path, f"{tmp_path}/part-*", f"{tmp_path}/**/part-*"):
        values = whole(FileStream(paths))[0]
        assert values[:, 0].tolist() == [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]
    stream = FileStream([tmp_path / "part-1", f"{tmp_path}/part-[0]"])
    assert whole(stream)[0][:, 0].tolist() == [10.0, 11.0, 0.0, 1.0]


def test_a_stream_describes_itself(tmp_path: Path) -> None:
    for name in "abcd":
        pd.DataFrame({"x": [1.0, 2.0], "y": 3.5}).to_csv(tmp_path / f"{name}.csv", index=False)
    pattern = str(tmp_path / "*.csv")
    told = f"FileStream({pattern!r}: 4 files, 8 rows, columns 'x', 'y')"
    assert repr(FileStream(pattern)) == told
    one = tmp_path / "a.csv"
    assert repr(FileStream(one, ["x"])) == f"FileStream({str(one)!r}: 1 file, 2 rows, column 'x')"
    files = [str(tmp_path / f"{name}.csv") for name in "abcd"]
    assert f"{files[2]!r} and 1 more: 4 files, 8 rows" in repr(FileStream(files))


def test_kinds_can_be_mixed_and_files_can_be_empty(tmp_path: Path) -> None:
    (tmp_path / "0").write_text("y,x\n1,2\n")
    (tmp_path / "1").write_text("x,y\n")
    parquet.write_table(pa.table({"x": [4], "y": [3.0]}), tmp_path / "2")
    parquet.write_table(pa.table({"x": [4], "y": [3.0]}).slice(0, 0), tmp_path / "3")
    (tmp_path / "4").write_text("x;y\n;7,5\n")
    stream = FileStream(tmp_path)
    assert stream.names == ("y", "x")
    np.testing.assert_array_equal(whole(stream)[0], [[1.0, 2.0], [3.0, 4.0], [7.5, np.nan]])


def test_a_name_with_brackets_is_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "x[1].csv").write_text("a\n1\n")
    assert FileStream(tmp_path / "x[1].csv").n_rows == 1


def test_a_first_line_of_numbers_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("\n1,2\n3,4\n")
    stream = FileStream(tmp_path / "x")
    assert stream.names == ("column_1", "column_2")
    np.testing.assert_array_equal(whole(stream)[0], [[1.0, 2.0], [3.0, 4.0]])


def test_unasked_row_numbers_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("Unnamed: 0,a\n0,2\n1,7\n")
    FRAME[["a"]].query("a > 0").reset_index().to_parquet(tmp_path / "y")
    pd.DataFrame({"a": [1.0, 5.0]}, index=[0, 1]).to_parquet(tmp_path / "z", index=True)
    assert FileStream(tmp_path / "x").names == ("a",)
    assert FileStream(tmp_path / "y").names == ("index", "a")
    assert FileStream(tmp_path / "z").names == ("a",)
    assert FileStream(tmp_path / "x", columns=["Unnamed: 0"]).names == ("Unnamed: 0",)
    (tmp_path / "r").write_text("rownames,a\n1,2\n2,7\n")
    assert FileStream(tmp_path / "r").names == ("a",)
    (tmp_path / "s").write_text("rownames,a\n4,2\n2,7\n")
    assert FileStream(tmp_path / "s").names == ("rownames", "a")


LONG = "\n".join(f"{j},{j},,{j}" for j in range(100_000))


def test_columns_of_text_that_begin_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(f"a,b,c,d\n{LONG}\n1,2,late,4\n")
    stream = FileStream(path)
    assert (stream.names, stream.n_rows) == (("a", "b", "d"), 100_001)
    path.write_text(f"a,b,c,d\n{LONG}\n1, NA ,5,4\n")
    stream = FileStream(path)
    assert stream.names == ("a", "b", "c", "d")
    np.testing.assert_array_equal(whole(stream)[0][-1], [1.0, np.nan, 5.0, 4.0])
    path.write_text(f"a,b,c,d\n{LONG}\n1,2x,,4\n")
    with pytest.raises(ValueError, match=r"'b' holds numbers at first, but '2x' in line 100002"):
        FileStream(path)
    assert FileStream(path, columns=["a", "d"]).n_rows == 100_001


def test_wide_text(tmp_path: Path) -> None:
    names = ",".join(f"a_column_with_a_long_name_{j}" for j in range(5_000))
    (tmp_path / "x").write_text(f"{names}\n" + 3 * (",".join(map(str, range(5_000))) + "\n"))
    stream = FileStream(tmp_path / "x")
    assert (stream.n_rows, stream.n_features) == (3, 5_000)


def test_decimal_commas_beside_padded_gaps(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a;b\n1,5;2\n NA ;3,25\n")
    np.testing.assert_array_equal(whole(FileStream(tmp_path / "x"))[0], [[1.5, 2], [np.nan, 3.25]])
    (tmp_path / "x").write_text("a;b\n1,5;2\n NA ;3,25\n" + "7;8\n" * 99_999 + "1.5;1\n")
    with pytest.raises(ValueError, match=r"'a' holds numbers at first, but '1\.5' in line 100003"):
        FileStream(tmp_path / "x")


def test_gzip_in_pieces(tmp_path: Path) -> None:
    parts = [gzip.compress(b"a,b\n1,2\n", mtime=0), gzip.compress(b"3,4\n", mtime=0)]
    (tmp_path / "x").write_bytes(b"".join(parts))
    np.testing.assert_array_equal(whole(FileStream(tmp_path / "x"))[0], [[1, 2], [3, 4]])


def as_parquet(**columns: Any) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue().to_pybytes())


GOOD = as_parquet(x=[1.0], y=[2.0])
BAD: list[tuple[list[bytes], dict[str, Any], str]] = [
    ([GOOD, as_parquet(x=[1.0])], {}, r"no column 'y' in .*1, but there is one in .*0"),
    ([as_parquet(x=[1.0]), GOOD], {}, r"no column 'y' in .*0, but there is one in .*1"),
    ([GOOD, as_parquet(x=[1.0], Y=[1])], {}, r"Did you mean 'Y'\?.* has 'x', 'Y'"),
    ([GOOD], {"columns": ["X"]}, r"no column 'X' in .*0\. Did you mean 'x'\?"),
    ([GOOD], {"weight": "z"}, r"no column 'z' in .*0"),
    ([GOOD, as_parquet(x=[None, "b"], y=[1, 2])], {}, r"'x' holds text.*'b' in row 1 of .*1, but"),
    ([b"x,y\n1,2\n", b"x,y\n1,2\na,2\n"], {}, r"'x' holds text.*'a' in line 3 of .*1.*in .*0"),
    ([b"x,y\n1,true\n"], {"columns": ["y"]}, r"column 'y' holds booleans.*'true' in line 2"),
    ([as_parquet(x=["a"], y=[1])], {"columns": ["x"]}, r"'x' holds text.*'a' in row 0 of .*0\."),
    ([as_parquet(x=["a"])], {}, r"found none: 'x' holds text"),
    ([GOOD], {"columns": []}, r"at least one column of numbers"),
    ([GOOD], {"columns": ["x", "x"]}, r"'x' stands more than once"),
    ([b"x,x\n1,2\n"], {}, r"'x' stands more than once"),
    ([as_parquet(x=pa.array([], "double"))], {}, r"at least one row in .*0, found none"),
    ([b"x\n", b"x\n"], {"columns": ["x"]}, r"at least one row in .*0 and 1 more"),
    ([GOOD, GOOD[:-9]], {}, r"[\\/]1 begins as a Parquet file.*truncated"),
    ([GOOD, b"ARROW1\0\0abc"], {}, r"[\\/]1 begins as an Arrow file"),
    ([b"\xff\xff\xff\xff\x10\x10\0\0"], {}, r"begins as an Arrow stream"),
    ([gzip.compress(b"x,y\n1,2\n" * 9_999, mtime=0)[:-20]], {}, r"begins as a gzip file"),
    ([gzip.compress(b"x,y\n1,2\n", mtime=0)[:12]], {}, r"begins as a gzip file"),
    ([gzip.compress(GOOD, mtime=0)], {}, r"0 is a Parquet file inside a gzip file"),
    ([b""], {}, r"0, but it is empty"),
    ([b" \n"], {}, r"0, but it is empty"),
    ([gzip.compress(b"", mtime=0)], {}, r"0, but it is empty"),
    ([b"PK\x03\x04" + bytes(9)], {}, r"an Excel workbook"),
    (["x,y\n1,2\n".encode("utf-16")], {}, r"UTF-8"),
    ([b"x\xe9,y\n1,2\n"], {}, r"UTF-8"),
    ([b"x,y\n1,2\n3\n"], {}, r"Line 3 of .*0 is broken"),
    ([b'x,y\n1,2\n3,"4\n5,6\n'], {}, r"Line 3 of .*0 is broken.*double quote"),
    ([b"x,y\n" + b"1,2\n" * 99_999 + b"3\n"], {}, r"Line 100001 of .*0 is broken"),
]


@pytest.mark.parametrize(("contents", "options", "told"), BAD)
def test_bad_files(
    contents: list[bytes], options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    for j, content in enumerate(contents):
        (tmp_path / str(j)).write_bytes(content)
    with pytest.raises(ValueError, match=rf"(?s){told}"):
        FileStream(tmp_path, **options)


def long(value: float) -> list[float]:
    return [1.0] * 70_000 + [value]


VALUES: list[tuple[bytes, dict[str, Any], str]] = [
    (as_parquet(x=long(np.inf)), {}, r"column 'x' in row 70000 of .*part is inf"),
    (b"x\n\n1\n-inf\n", {}, r"column 'x' in line 4 of .*part is -inf"),
    (b'x,"a\nb"\n"1",2\n3,inf\n', {}, r"column 'a\\nb' in line 4 of .*part is inf"),
    (as_parquet(x=[1, 1], w=[1.0, None]), {"weight": "w"}, r"column 'w' in row 1 .* is nan"),
    (as_parquet(x=[1, 1], w=[1, -2]), {"weight": "w"}, r"column 'w' in row 1 of .*part is -2"),
    (b"x,w\n1,inf\n", {"weight": "w"}, r"weight in column 'w' in line 2 of .*part is inf"),
    (as_parquet(x=[1, 1], k=[1, -2]), {"label": "k"}, r"label in column 'k' in row 1 .* is -2"),
    (b"x,k\n1,2\n1,0.5\n", {"label": "k"}, r"label in column 'k' in line 3 .* is 0\.5"),
]


@pytest.mark.parametrize(("content", "options", "told"), VALUES)
def test_bad_values_are_found_by_a_pass(
    content: bytes, options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(content)
    before = threading.active_count()
    stream = FileStream(tmp_path / "part", **options)
    for _ in range(2):
        with pytest.raises(ValueError, match=rf"(?s){told}"):
            list(stream.batches(1_000))
    assert threading.active_count() == before


def test_paths_without_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Expected files of rows in the folder .*holds none"):
        FileStream(tmp_path)
    (tmp_path / "year=1").mkdir()
    with pytest.raises(ValueError, match=r"holds only the folders 'year=1'.*\*\*"):
        FileStream(tmp_path)
    (tmp_path / "part-1.csv").write_text("x\n1\n")
    with pytest.raises(ValueError, match=r"No file matches .*holds 'part-1.csv', 'year=1'\."):
        FileStream(tmp_path / "*.parquet")
    with pytest.raises(ValueError, match=r"No file matches .*none' does not exist"):
        FileStream(tmp_path / "none" / "*.parquet")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'part-1\.csv'\?"):
        FileStream(tmp_path / "part-2.csv")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        FileStream([tmp_path / "part-1.csv" / "x"])
    with pytest.raises(ValueError, match="at least one file"):
        FileStream([])


def parts_of(tmp_path: Path) -> tuple[FileStream, Path]:
    for j in range(2):
        (tmp_path / f"part-{j}").write_text("x\n1\n2\n")
    return FileStream(tmp_path), tmp_path / "part-1"


def test_a_file_that_grew_before_a_pass(tmp_path: Path) -> None:
    stream, path = parts_of(tmp_path)
    path.write_text("x\n1\n2\n3\n")
    with pytest.raises(ValueError, match=r"part-1' has changed.*it had 6 bytes and has 8"):
        list(stream.batches(10))


def test_a_file_that_was_written_again(tmp_path: Path) -> None:
    stream, path = parts_of(tmp_path)
    os.utime(path, ns=(0, 0))
    told = r"part-1' has changed.*last written 20.* and now 1970-01-01 00:00:00\.000000"
    with pytest.raises(ValueError, match=told):
        list(stream.batches(10))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    stream, path = parts_of(tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=r"part-1' has changed.*cannot be found any more"):
        list(stream.batches(10))


def test_a_file_that_changes_during_a_pass(tmp_path: Path) -> None:
    for j in range(2):
        parquet.write_table(pa.table({"x": np.arange(300_000.0)}), tmp_path / str(j))
    stream = FileStream(tmp_path)
    batches = stream.batches(1_000)
    next(batches)
    parquet.write_table(pa.table({"x": [1.0]}), tmp_path / "1")
    with pytest.raises(ValueError, match=r"1' has changed.*bytes"):
        list(batches)


def test_a_file_with_fewer_rows_than_at_first(tmp_path: Path) -> None:
    stream, path = parts_of(tmp_path)
    path.write_text("x\n11\n\n")
    part = stream._parts[1]
    part.stamp = type(part.stamp).of(str(path))
    with pytest.raises(ValueError, match=r"Expected 2 rows in .*part-1.* got 1\."):
        list(stream.batches(10))


def test_damage_that_only_a_pass_can_see(tmp_path: Path) -> None:
    parquet.write_table(TABLE, tmp_path / "x", compression="zstd", use_dictionary=False)
    content = bytearray((tmp_path / "x").read_bytes())
    content[40:4_000] = bytes(3_960)
    (tmp_path / "x").write_bytes(content)
    stream = FileStream(tmp_path / "x")
    with pytest.raises(ValueError, match=r"[\\/]x begins as a Parquet file but cannot be read"):
        list(stream.batches(100))


def test_passes_side_by_side_and_ended_early(tmp_path: Path) -> None:
    WRITERS["parquet, small groups"](tmp_path / "x")
    stream = FileStream(tmp_path / "x", columns=["a"])
    before = threading.active_count()
    first, second = stream.batches(7), stream.batches(7)
    for _ in range(3):
        one, other = next(first), next(second)
        np.testing.assert_array_equal(one.columns, other.columns)
    del first, second
    assert threading.active_count() == before
