"""The commands of the service, each in a process of its own as an operator starts it; and the settings they read."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from api.settings import Settings
from api.storage.place import place_of
from api.tables.models import Activity, Job, Role
from tests.api.conftest import SECRET, Start
from tests.model import Catalogue
from tests.stored import store_in_duckdb

ROOT = Path(__file__).parents[2]


def bellhop(folder: Path, *arguments: str, code: int = 0, **settings: str) -> str:
    """Run the command; what it printed, on stdout and stderr."""
    given = {
        "SOURCE": f"duckdb:///{folder}/catalogue.duckdb",
        "DATABASE": f"sqlite:///{folder}/bellhop.sqlite",
        "STORAGE": f"file://{folder}/files",
        "SECRET_KEY": SECRET,
        **settings,
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"BELLHOP_{name}": value for name, value in given.items()}}
    run = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    told = run.stdout + run.stderr
    assert run.returncode == code, told
    assert "Traceback" not in told
    assert SECRET not in told
    return told


def test_a_storage_that_cannot_be_used_is_told_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("no folder")
    told = bellhop(tmp_path, "cleanup", code=2)
    assert told.startswith(f"bellhop: BELLHOP_STORAGE: {tmp_path}/files cannot be used: File exists; name a folder")


def test_an_operators_day(tmp_path: Path, golden: Catalogue) -> None:
    Path(store_in_duckdb(tmp_path, golden).removeprefix("duckdb:///")).rename(tmp_path / "catalogue.duckdb")
    assert "bellhop db upgrade" in bellhop(tmp_path, "user", "list", code=4)
    assert "bellhop db upgrade" in bellhop(tmp_path, "serve", code=2)
    bellhop(tmp_path, "db", "upgrade")
    added = bellhop(tmp_path, "user", "add", "ada", "--role", "general_user", "--points", "50", "--supplier", "agoda")
    assert re.search(r"^bh_[\w-]{43}$", added, re.MULTILINE)
    assert "may come from nowhere yet" in added
    assert bellhop(tmp_path, "user", "ip", "ada", "--add", "192.0.2.9/24", "--add", "::1").split() == [
        "192.0.2.0/24",
        "::1/128",
    ]
    assert bellhop(tmp_path, "user", "points", "ada", "--add", "-20").split() == ["30"]
    assert "30 points" in bellhop(tmp_path, "user", "list")
    assert "more than there are" in bellhop(tmp_path, "user", "points", "ada", "--add", "-31", code=2)
    bellhop(tmp_path, "user", "suppliers", "ada", "--add", "TEMP_DEACTIVATED_agoda")
    assert bellhop(tmp_path, "user", "suppliers", "ada", "--remove", "AGODA").split() == ["TEMP_DEACTIVATED_agoda"]
    assert "1 keys revoked" in bellhop(tmp_path, "user", "key", "ada", "--revoke")
    assert bellhop(tmp_path, "user", "key", "ada", "--expires", "90d").startswith("bh_")
    assert "is no address" in bellhop(tmp_path, "user", "ip", "ada", "--add", "nonsense", code=2)
    assert "there is no user" in bellhop(tmp_path, "user", "points", "bob", code=2)
    assert "super_user" in bellhop(tmp_path, "user", "add", "bob", "--role", "boss", code=2)
    assert bellhop(tmp_path, "jobs", "list") == ""
    assert "there is no job" in bellhop(tmp_path, "jobs", "cancel", "x", code=2)
    assert "there is no failed job" in bellhop(tmp_path, "jobs", "retry", "x", code=2)
    assert "0 files expired" in bellhop(tmp_path, "cleanup")
    told = bellhop(tmp_path, "audit", "verify")
    assert "as it was written" in told
    assert "as it was written" in bellhop(tmp_path, "audit", "verify", "--seen", told.split()[-1])
    assert "is gone" in bellhop(tmp_path, "audit", "verify", "--seen", f"99:{'0' * 64}", code=1)
    assert "NUMBER:MAC" in bellhop(tmp_path, "audit", "verify", "--seen", "99", code=2)
    assert "row" in bellhop(tmp_path, "audit", "verify", SECRET_KEY=SECRET[::-1], code=1)
    assert bellhop(tmp_path, "refresh-summary") == "4 suppliers\n"
    bellhop(tmp_path, "db", "downgrade", "--to", "base", "--yes")


def test_an_operator_ends_and_retries_the_jobs_of_others(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=10)
    job_id = service.export(who, "/mappings", headers={"Prefer": "respond-async"}).json()["job_id"]
    settings = service.parts.settings
    given = {"DATABASE": settings.database.get_secret_value(), "SOURCE": settings.source.get_secret_value()}
    assert "cancelled" in bellhop(service.folder, "jobs", "cancel", job_id, code=0, **given)
    assert service.balance(who) == 10
    assert "has ended" in bellhop(service.folder, "jobs", "cancel", job_id, code=2, **given)
    with service.parts.database.writing() as session:
        session.execute(update(Job).values(status="failed"))
    assert job_id in bellhop(service.folder, "jobs", "list", "--status", "failed", code=0, **given)
    assert "again" in bellhop(service.folder, "jobs", "retry", job_id, code=0, **given)
    newest = select(Activity.action, Activity.job_id, Activity.details).order_by(Activity.number.desc()).limit(1)
    assert service.query(lambda session: session.execute(newest).one()) == ("administration", job_id, "jobs retry")
    assert service.call("GET", f"/status/{job_id}", who).json()["status"] == "pending"
    with service.parts.database.writing() as session:
        session.execute(update(Job).values(status="failed"))
    assert service.call("DELETE", f"/jobs/{job_id}", who).status_code == 204
    assert "no failed job" in bellhop(service.folder, "jobs", "retry", job_id, code=2, **given)


def test_the_demo_needs_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BELLHOP_")}
    environment = {**bare, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line)
            if "Application startup complete" in line:
                break
        keys = dict(re.findall(r"^(\w+) +(bh_\S+)$", "".join(lines), re.MULTILINE))
        assert set(keys) == {"super_user", "admin_user", "general_user"}
        answer = httpx2.post(
            f"http://127.0.0.1:{port}/v1.0/export/hotels",
            json={"format": "csv", "filters": {"country_codes": ["FR"]}},
            headers={"X-API-Key": keys["general_user"]},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        assert httpx2.get(f"http://127.0.0.1:{port}/docs").status_code == 200
        process.terminate()
        process.stderr.read()
        assert process.wait(60) == 0
    assert list(tmp_path.glob("bellhop-demo-*")) == []


def test_settings_are_read_from_a_file_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BELLHOP_RETENTION=soon\n")
    assert "BELLHOP_RETENTION" in bellhop(tmp_path, "db", "upgrade", code=2)


@pytest.mark.parametrize("secret", ["", "short", "a" * 64, "abababababababababababababababababababab"])
def test_a_weak_secret_stops_a_production_start(tmp_path: Path, secret: str) -> None:
    told = bellhop(tmp_path, "serve", SECRET_KEY=secret, code=2)
    assert "BELLHOP_SECRET_KEY is missing or weak" in told
    assert not secret or secret not in told
    assert Settings(_env_file=None, environment="development", secret_key=secret or None).secret


def test_settings_take_what_operators_write(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("SECRET_KEY", SECRET),
        ("RETENTION", "36h"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1"),
        ("DATABASE", "postgresql://me:hunter2@host/db"),
        ("STORAGE", "file:///srv/a%20b"),
    ):
        monkeypatch.setenv(f"BELLHOP_{name}", value)
    settings = Settings(_env_file=None)
    assert settings.retention.total_seconds() == 36 * 3600
    assert [str(one) for one in settings.trusted_proxies] == ["10.0.0.0/8", "2001:db8::1/128"]
    assert place_of(settings.storage) == Path("/srv/a b")
    assert "hunter2" not in repr(settings)
    assert SECRET not in repr(settings)
    for wrong in (
        {"storage": "s3://me:hunter2@bucket"},
        {"storage": "file:///"},
        {"retention": "soon"},
        {"trusted_proxies": "x"},
    ):
        with pytest.raises(ValidationError) as refused:
            Settings.model_validate(wrong)
        assert "hunter2" not in str(refused.value)


def test_the_docs_name_every_setting() -> None:
    told = (ROOT / "docs/service.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `BELLHOP_(\w+)` \|([^|]*)\|", told, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}


def test_the_help_loads_no_web_framework() -> None:
    heavy = ("fastapi", "sqlalchemy", "uvicorn", "alembic", "polars")
    code = f"import sys, api.cli; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
