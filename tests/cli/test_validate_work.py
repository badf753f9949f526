"""`fhirpa validate` as a process: start, many processes, progress, interruption."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhirpa.cli import main

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "2.2.1" / "json"
GOOD = FIXTURES / "lbp-initial.json"
ORGANIZATION = '{"resourceType": "Organization", "name": "Clinic"}'
COMMAND = [sys.executable, "-m", "fhirpa.cli", "validate"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)])


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(60):
        text = ORGANIZATION if number % 7 else ORGANIZATION.replace("name", "nome")
        (tmp_path / f"{number:02}.json").write_text(text)
    return tmp_path


def test_processes_give_the_same_report_in_the_same_order(many: Path) -> None:
    one, two = (run(many, "--format", "json", "--jobs", jobs) for jobs in (1, 2))
    assert two.exit_code == one.exit_code == 1
    assert two.stdout == one.stdout


def test_a_profile_that_is_not_there_is_said_by_the_processes_too(many: Path) -> None:
    result = run(many, "--jobs", 2, "--profile", "http://example.org/none")
    assert result.exit_code == 2
    assert "no profile http://example.org/none" in result.output


def test_neither_web_nor_database_nor_client_is_loaded() -> None:
    unwanted = {"flask", "sqlalchemy", "werkzeug", "requests", "pydantic", "multiprocessing.pool"}
    code = (
        "import sys; from fhirpa.cli import main\n"
        f"try: main(['validate', {str(GOOD)!r}])\n"
        "except SystemExit as e: assert not e.code\n"
        f"sys.exit(', '.join({unwanted!r} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.deep
def test_one_file_takes_well_below_a_second_of_work() -> None:
    before = os.times()
    done = subprocess.run([*COMMAND, str(GOOD)], capture_output=True, check=False, env=ENVIRONMENT)
    after = os.times()
    assert done.returncode == 0
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 1.5  # 0.5 s on an idle machine


def test_progress_is_shown_on_a_terminal_over_many_files_and_findings_after_it(many: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.execve(sys.executable, [*COMMAND, str(many), "--jobs", "1"], ENVIRONMENT)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end was closed
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 1
    text = shown.decode()
    assert text.index("validating") < text.index("100%") < text.index("NOT VALID")
    assert "\x1b[31m" in text


def test_no_progress_is_shown_elsewhere(many: Path) -> None:
    done = subprocess.run([*COMMAND, str(many)], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 1
    assert done.stderr == ""


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    for number in range(3000):  # far more than can be done before the signal arrives
        (tmp_path / f"{number}.json").symlink_to(GOOD)
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path), "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # it is at work
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.decode() == "interrupted\n"
