import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from pipeline.commands import export
from pipeline.export import Export
from pipeline.formats import FORMATS
from pipeline.manifest import Manifest
from tests.cli.conftest import Bellhop

GOLDEN = [
    ("hotels", (), "hotels.csv"),
    ("hotels", ("--supplier", "agoda", "--supplier", "ean"), "hotels.agoda-ean.csv"),
    ("mappings", (), "mappings.csv"),
    ("mappings", ("--supplier", "AGODA", "--supplier", "EAN"), "mappings.agoda-ean.csv"),
    ("supplier-summary", (), "supplier_summary.csv"),
    ("supplier-summary", ("--country-breakdown",), "supplier_summary.countries.csv"),
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case[2])
def test_files_and_stdout_hold_the_golden_bytes(
    case: tuple[str, tuple[str, ...], str], bellhop: Bellhop, url: str, golden: Path, tmp_path: Path
) -> None:
    export_type, flags, name = case
    wanted = (golden / name).read_bytes()
    assert bellhop("export", export_type, "--source", url, "-o", tmp_path / name, *flags).exit_code == 0
    assert (tmp_path / name).read_bytes() == wanted
    result = bellhop("export", export_type, "--source", url, "-o", "-", "--format", "CSV", *flags)
    assert result.stdout_bytes == wanted


@pytest.mark.parametrize("ending", [known.ending for known in FORMATS.values()])
def test_the_ending_tells_the_format(ending: str, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    file, manifest = tmp_path / f"hotels.{ending}", tmp_path / "manifest"
    result = bellhop("export", "hotels", "--source", url, "-o", file, "--manifest", manifest)
    assert result.exit_code == 0, result.stderr
    facts = json.loads(manifest.read_text("utf-8"))
    assert FORMATS[facts["format"]].ending == ending
    assert (facts["bytes"], facts["records"]) == (file.stat().st_size, 8)
    assert facts["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert facts["export_id"]


def test_a_format_that_is_named_goes_before_the_ending(
    bellhop: Bellhop, url: str, golden: Path, tmp_path: Path
) -> None:
    file = tmp_path / "hotels.dat"
    flags = ("--format", "csv", "--compression", "gzip")
    assert bellhop("export", "hotels", "--source", url, "-o", file, *flags).exit_code == 0
    assert gzip.decompress(file.read_bytes()) == (golden / "hotels.csv").read_bytes()


def test_one_line_tells_what_was_written(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    file = tmp_path / "hotels.csv"
    result = bellhop("export", "hotels", "--source", url, "-o", file)
    assert result.stdout == ""
    assert re.fullmatch(rf"bellhop: 8 records, 1,759 bytes, \d+\.\d\d s: {re.escape(str(file))}\n", result.stderr)


def test_quiet_is_quiet(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "hotels.csv", "--quiet")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_no_match_is_a_valid_file_and_one_sentence(
    quiet: tuple[str, ...], bellhop: Bellhop, url: str, golden: Path, tmp_path: Path
) -> None:
    file = tmp_path / "hotels.csv"
    result = bellhop("export", "hotels", "--source", url, "-o", file, "--country", "ZZ", *quiet)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"bellhop: nothing matches; {file} is a valid file without records\n"
    assert file.read_bytes() == (golden / "hotels.csv").read_bytes().partition(b"\r\n")[0] + b"\r\n"


@pytest.mark.parametrize("command", ["export", "count", "explain"])
def test_an_unknown_supplier_is_one_sentence(command: str, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    target = ("-o", tmp_path / "hotels.csv", "--quiet") if command == "export" else ()
    for _ in range(2):  # what was said in one run is said again in the next
        result = bellhop(command, "hotels", "--source", url, "--supplier", "agodo", "--supplier", "ean", *target)
        assert result.exit_code == 0
        wanted = "bellhop: warning: the catalogue has no supplier 'agodo': it matches nothing; the nearest is 'agoda'\n"
        assert result.stderr == wanted


def test_a_folder_gets_a_file_with_a_name_of_its_own(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    flags = ("--format", "ndjson", "--compression", "gzip")
    result = bellhop("export", "supplier-summary", "--source", url, "-o", tmp_path, *flags)
    (file,) = tmp_path.iterdir()
    assert re.fullmatch(r"supplier_summary_\d{8}_\d{6}\.ndjson\.gz", file.name)
    assert result.stderr.endswith(f": {file}\n")


@pytest.mark.parametrize("target", ["-", "."])
def test_stdout_and_a_folder_need_a_format(target: str, bellhop: Bellhop, url: str) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", target)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("bellhop: --format: ")


def test_pages_put_together_are_the_whole(bellhop: Bellhop, url: str, golden: Path) -> None:
    ittids: list[str] = []
    page: tuple[str, ...] = ()
    for left in (5, 2, 0):
        flags = ("--format", "ndjson", "--limit", "3")
        result = bellhop("export", "hotels", "--source", url, "-o", "-", *flags, *page)
        ittids += [json.loads(line)["ittid"] for line in result.stdout.splitlines()]
        following = re.search(r"there are more records; go on with --after (\S+)\n", result.stderr)
        assert bool(following) == bool(left)
        page = ("--after", following[1]) if following else ()
    assert ittids == [hotel["ittid"] for hotel in json.loads((golden / "hotels.json").read_text("utf-8"))["data"]]


def test_over_the_maximum_nothing_is_written(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    refused = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "hotels.csv", "--refuse-over", "7")
    assert refused.exit_code == 5
    assert refused.stderr.startswith("bellhop: 8 records match, and at most 7 are allowed")
    assert not list(tmp_path.iterdir())
    taken = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "hotels.csv", "--refuse-over", "8")
    assert taken.exit_code == 0


def test_a_manifest_can_go_to_stdout(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.csv", "--manifest", "-")
    assert json.loads(result.stdout)["records"] == 8


@pytest.mark.parametrize("name", ["-", "hotels.csv", "./hotels.csv"])
def test_a_manifest_and_the_file_must_differ(
    name: str, bellhop: Bellhop, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output = "-" if name == "-" else "hotels.csv"
    result = bellhop("export", "hotels", "--source", url, "-o", output, "--manifest", name, "--format", "csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert not list(tmp_path.iterdir())


def test_a_manifest_that_cannot_be_written_is_told_before_anything_is(
    bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere" / "manifest.json"
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.csv", "--manifest", nowhere)
    assert result.exit_code == 4
    assert result.stderr.startswith(f"bellhop: {nowhere} cannot be written")
    assert not list(tmp_path.iterdir())


def test_an_export_that_fails_leaves_no_manifest(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    flags = ("--manifest", tmp_path / "m.json", "--refuse-over", "1")
    assert bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.csv", *flags).exit_code == 5
    assert not list(tmp_path.iterdir())


def test_timings_tell_each_stage_and_the_peak_of_memory(bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.csv", "--timings", "--quiet")
    told = dict(re.findall(r"^(\S.*?)\s+([\d.]+) (?:s|MB)$", result.stderr, re.MULTILINE))
    assert {"count", "pull", "reshape", "encode", "publish", "all", "peak memory"} <= set(told)
    assert 20 < float(told["peak memory"]) < 4000
    assert result.stdout == ""


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_progress_is_for_a_terminal_alone(  # noqa: PLR0913 - two cases, four fixtures
    *,
    watched: bool,
    quiet: tuple[str, ...],
    bellhop: Bellhop,
    url: str,
    golden: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "_is_watched", lambda: watched)
    result = bellhop("export", "hotels", "--source", url, "-o", "-", "--format", "csv", *quiet)
    assert ("8/8" in result.stderr) == (watched and not quiet)
    assert result.stdout_bytes == (golden / "hotels.csv").read_bytes()


def test_the_flags_of_the_run_reach_the_library(
    bellhop: Bellhop, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}
    write = Export.write

    def spied(self: Export, *target: Path, **options: object) -> Manifest:
        given.update(options)
        return write(self, *target, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Export, "write", spied)
    flags = ("--workers", "3", "--refuse-over", "9", "--compact")
    assert bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.xlsx", *flags).exit_code == 0
    wanted = {"workers": 3, "refuse_over": 9, "compact": True, "progress": False}
    assert wanted.items() <= given.items()


@pytest.mark.parametrize(("flag", "value"), [("--workers", "0"), ("--workers", "x"), ("--refuse-over", "-1")])
def test_numbers_of_the_run_are_checked(flag: str, value: str, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    result = bellhop("export", "hotels", "--source", url, "-o", tmp_path / "h.csv", flag, value)
    assert result.exit_code == 2
    assert flag in result.stderr
