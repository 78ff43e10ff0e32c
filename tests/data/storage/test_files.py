"""Data files: every kind by its content, and what is said of those that are none."""

import builtins
import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gaussmix import datasets
from gaussmix.data import FileTable, read_table

TABLE = pa.table({"x": [1, 2, 3], "kind": ["a", None, "b"], "y": [0.5, None, -1.5]})
TEXT = b"x,kind,y\n1,a,0.5\n2,,\n3,b,-1.5\n"


def read(content: bytes) -> FileTable:
    return read_table("-", io.BytesIO(content))


def as_parquet() -> bytes:
    sink = io.BytesIO()
    parquet.write_table(TABLE, sink)
    return sink.getvalue()


def as_arrow(open_writer: Callable[..., Any]) -> bytes:
    sink = io.BytesIO()
    with open_writer(sink, TABLE.schema) as writer:
        writer.write(TABLE)
    return sink.getvalue()


KINDS = {
    "parquet": as_parquet(),
    "arrow file": as_arrow(pa.ipc.new_file),
    "arrow stream": as_arrow(pa.ipc.new_stream),
    "csv": TEXT,
    "csv, byte order mark": b"\xef\xbb\xbf" + TEXT,
    "csv, Windows": TEXT.replace(b"\n", b"\r\n"),
    "csv, no last newline": TEXT[:-1],
    "csv, blank lines": b"\n" + TEXT.replace(b"\n", b"\n\n"),
    "csv, quotes": b'"x","kind","y"\n"1","a","0.5"\n"2",,""\n"3","b","-1.5"\n',
    "csv, blanks": b"x, kind , y\n1, a, 0.5\n2, , NA\n 3, b, -1.5 \n",
    "semicolons": TEXT.replace(b",", b";"),
    "semicolons, decimal comma": TEXT.replace(b",", b";").replace(b".", b","),
    "tabs": TEXT.replace(b",", b"\t"),
    "gzip": gzip.compress(TEXT, mtime=0),
    "gzip twice, parquet": gzip.compress(gzip.compress(as_parquet(), mtime=0), mtime=0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_table(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(KINDS[kind])
    for table in (read_table(path), read(KINDS[kind])):
        X, names = table.numeric()
        assert table.names == ("x", "kind", "y")
        assert names == ("x", "y")
        np.testing.assert_array_equal(X, [[1.0, 0.5], [2.0, np.nan], [3.0, -1.5]])
        assert X.dtype == np.float64
        assert list(table.skipped) == ["kind"]


def test_a_shipped_table_reads_as_its_loader_does() -> None:
    X, names = read_table(datasets.path("old_faithful")).numeric()
    assert names == ("eruptions", "waiting")
    assert X.shape == (272, 2)
    assert X[0].tolist() == [3.6, 79.0]


@pytest.mark.parametrize("gap", ["", "NA", "NaN", "nan", "null", " NA", '""', '"NA"'])
def test_gaps(gap: str) -> None:
    X, _ = read(f"a,b\n1,2.5\n2,{gap}\n".encode()).numeric()
    np.testing.assert_array_equal(X, [[1.0, 2.5], [2.0, np.nan]])


def test_numbers_keep_their_bits() -> None:
    values = np.random.default_rng(1).normal(size=200) * 10.0 ** np.arange(-100, 100)
    text = "v\n" + "\n".join(map(repr, values.tolist()))
    np.testing.assert_array_equal(read(text.encode()).column("v"), values)


def test_whole_numbers_beyond_the_exact_ones_are_rounded() -> None:
    big = 2**53 + 1
    assert read(f"v\n{big}\n".encode()).column("v")[0] == float(big)


def test_decimals_and_small_types_of_arrow() -> None:
    sink = io.BytesIO()
    table = pa.table(
        {
            "d": pa.array([1.5, None]).cast(pa.decimal128(5, 2)),
            "h": pa.array([1.5, None]).cast(pa.float16()),
            "u": pa.array([1, None], type=pa.uint8()),
        }
    )
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write(table)
    X, _ = read(sink.getvalue()).numeric()
    np.testing.assert_array_equal(X, [[1.5, 1.5, 1.0], [np.nan] * 3])


@pytest.mark.parametrize("first", ["1,2.5", "-1e3,NA", '"1","2"'])
def test_a_first_line_of_numbers_is_a_row(first: str) -> None:
    table = read(f"{first}\n3,4\n".encode())
    assert table.names == ("column_1", "column_2")
    assert table.n_rows == 2
    assert table.place(1) == "line 2 of standard input"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"Length, mm;Weight, g\n1.5;2\n", ("Length, mm", "Weight, g")),
        (b'"a,b";c\n1;2\n', ("a,b", "c")),
        (b'"a;b",c\n1,2\n', ("a;b", "c")),
        (b"a\tb, c\n1\t2\n", ("a", "b, c")),
        (b"only\n1\n2\n", ("only",)),
    ],
)
def test_the_delimiter_is_seen(content: bytes, names: tuple[str, ...]) -> None:
    assert read(content).names == names


def test_columns_are_picked_in_the_order_asked_for() -> None:
    X, names = read(b"a,b,c\n1,2,3\n").numeric(["c", "a"])
    assert names == ("c", "a")
    assert X.tolist() == [[3.0, 1.0]]


def test_columns_can_be_left_out() -> None:
    table = read(b"a,b,c\n1,2,3\n")
    assert table.numeric(exclude=["b"])[1] == ("a", "c")
    assert table.numeric(["b"], exclude=["b"])[1] == ("b",)


def test_skipped_columns_say_what_they_hold() -> None:
    content = b"when,name,flag,empty,almost,x\n2020-01-01,u,true,,1,1\n2020-01-02,v,false,,2x,2\n"
    skipped = read(content).skipped
    assert list(skipped) == ["when", "name", "flag", "empty", "almost"]
    assert skipped["when"].startswith("dates")
    assert skipped["name"] == "text, for instance 'u' in line 2 of standard input"
    assert skipped["flag"].startswith("booleans")
    assert skipped["empty"] == "no values"
    assert skipped["almost"] == "text, for instance '2x' in line 3 of standard input"


@pytest.mark.parametrize("start", [0, 1])
def test_unasked_row_numbers_are_skipped_and_listed(start: int) -> None:
    table = read(f",x\n{start},2.5\n{start + 1},3.5\n".encode())
    assert table.numeric()[1] == ("x",)
    assert table.skipped == {"column_1": "row numbers"}
    assert table.column("column_1").tolist() == [start, start + 1]


def test_an_unnamed_column_of_measurements_is_taken() -> None:
    assert read(b",x\n5,2.5\n3,3.5\n").numeric()[1] == ("column_1", "x")


def test_lines_count_what_an_editor_counts() -> None:
    table = read(b'a,"b\nc"\n\n1,"x\ny"\n\n2,z\n')
    assert table.lines is not None
    assert list(table.lines) == [4, 7]


def test_rows_of_other_files_have_numbers() -> None:
    assert read(KINDS["parquet"]).place(2) == "row 2 of standard input"


BROKEN = [
    (b"a,b\n1,2\n3,4,5\n", r"Line 3 .* expected 2 fields.* got 3 \('3', '4', '5'\)"),
    (b"a,b\n1,2\n\n3\n4,5\n", r"Line 4 .* expected 2 fields.* got 1 \('3'\)"),
    (b'a,b\n"1\n2",3\n4,5,6\n', r"Line 4 .* got 3"),
    (b'a,b\n1,2\n3,"4\n5,6\n7,8\n', r"Line 3 .* double quote"),
    (b"a,b\n1,2\n3", r"Line 3 .* got 1"),
    (b"", r"Expected a table in standard input, but it is empty"),
    (b" \n\n", r"but it is empty"),
    (b"a,b\n", r"Found array with 0 sample\(s\).*columns 'a', 'b' but no rows"),
    (b"a,b", r"columns 'a', 'b' but no rows"),
    (b"a,b,a\n1,2,3\n", r"column of standard input.*'a' stands more than once"),
    (b"a\xe9,b\n1,2\n", r"UTF-8.*iconv"),
    ("a,b\n1,2\n".encode("utf-16"), r"UTF-8.*iconv"),
    (b"PK\x03\x04" + bytes(9), r"is none of them.*an Excel workbook"),
    (b"\x93NUMPY\x01\x00", r"a NumPy array"),
    (b'{"a": 1}', r"seems to be JSON"),
    (b"\x40\0\0\0\0\0\0\0" + b'{"__metadata__"', r"a saved model"),
    (b"\x7fELF\0\0", r"is none of them \(it starts with the bytes b'\\x7fELF"),
    (KINDS["gzip"][:-9], r"begins as a gzip file.*truncated or damaged"),
    (KINDS["parquet"][:-9], r"begins as a Parquet file"),
    (KINDS["arrow file"][:200], r"begins as an Arrow file"),
    (KINDS["arrow stream"][:40], r"begins as an Arrow stream"),
]


@pytest.mark.parametrize(("content", "told"), BROKEN)
def test_broken_content(content: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s){told}"):
        read(content)


def test_the_path_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"a,b\n1\n")
    with pytest.raises(ValueError, match=r"Line 2 of .*mine\.csv is broken"):
        read_table(path)


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").write_text("a\n1\n")
    with pytest.raises(FileNotFoundError, match=r"does not exist.*Did you mean 'penguins\.csv'"):
        read_table(tmp_path / "pengins.csv")
    with pytest.raises(FileNotFoundError, match=r"folder .* does not exist either"):
        read_table(tmp_path / "none" / "x.csv")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_table(tmp_path / "penguins.csv" / "x.csv")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder"):
        read_table(tmp_path)


def test_a_text_column_asked_for() -> None:
    with pytest.raises(ValueError, match=r"'kind' holds text, for instance 'a' in line 2"):
        read(TEXT).numeric(["kind"])


def test_a_column_without_values_is_all_gaps_where_it_is_asked_for() -> None:
    table = read(b"a,b\n1,\n2,NA\n")
    assert table.numeric()[1] == ("a",)
    X, names = table.numeric(["a", "b"])
    assert names == ("a", "b")
    np.testing.assert_array_equal(X, [[1.0, np.nan], [2.0, np.nan]])


def test_an_unknown_column_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no column 'XX'.*standard input"):
        read(TEXT).numeric(["XX"])
    with pytest.raises(ValueError, match=r"Did you mean 'kind'\?.*It has 'x', 'kind', 'y'"):
        read(TEXT).numeric(["Kindd"])


def test_no_column_of_numbers() -> None:
    with pytest.raises(ValueError, match=r"found none: 'a b' holds text.*'1 2' in line 2"):
        read(b"a b\n1 2\n").numeric()
    with pytest.raises(ValueError, match=r"found none"):
        read(b"a\n1\n").numeric([])


def test_dates_that_python_cannot_hold_are_told_by_type() -> None:
    sink = io.BytesIO()
    table = pa.table({"far": pa.array([2**62], type=pa.timestamp("s")), "x": [1]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write(table)
    assert "timestamp" in read(sink.getvalue()).skipped["far"]


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    original = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for content in (TEXT, KINDS["parquet"]):
        with pytest.raises(ModuleNotFoundError, match=r'pip install "gaussmix\[cli\]"'):
            read(content)
