"""A class on the workers of a real Dask scheduler: the same marks, and nothing else travels."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assignment, chosen_layers, notebook_of
from dask_machines import DaskMachines, Recorder, told, wait_until

from autograder.course.assignment import Course
from autograder.grading.grade_class import Options, grade_class
from autograder.model import Entry, Grade, Settings

pytest.importorskip("distributed", reason="Dask is not installed: pip install '.[cluster]'")

from autograder.grading.cluster.dask_cluster import DaskCluster
from autograder.grading.cluster.engine import ClusterOptions

PEOPLE = (
    "Anselma Lindqvist", "Bonifaz Ekstrand", "Carolina Dahlberg", "Dinara Falkenstein",
    "Emilian Bergstrand", "Faustina Holmgren",
)  # fmt: skip
ANSWERS = (
    "pooled_features = 25\nconvolved_features = [[8, 20], [14, 25]]",
    "pooled_features = 24",
    "output_dim_1 = (16, 24, 24)\nraise ValueError('half of it')",
    "pooled_features = 'some 25'",
    "convolved_features = [[8, 20], [14, 25]]\n# %%\nimport os\nos._exit(3)",
    "print(open('mnist.npz', 'rb').read(2))\npooled_features = 25.0",
)


def class_of(answers: Sequence[str]) -> list[Entry]:
    """What a class has handed in, each in a folder with the student's name."""
    notebooks = [notebook_of(f"# %%\n{answer}\n") for answer in answers]
    return [
        Entry(f"{who}/hand-in of {who}.ipynb", who, read=lambda one=one: one)  # type: ignore[misc]
        for who, one in zip(PEOPLE, notebooks, strict=True)
    ]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskMachines]:
    """A scheduler and two workers that no test harms."""
    with DaskMachines(tmp_path_factory.mktemp("dask")) as running:
        yield running


def graded_at(address: str, results: Path, class_: list[Entry], **options: object) -> list[Grade]:
    """The class's grades by the workers of a cluster."""
    wish = ClusterOptions(**options)  # type: ignore[arg-type]
    with DaskCluster(address, wish) as cluster:
        cluster.open()
        found = grade_class(
            Course.at(ROOT), class_, Options(assignment="assignment1", results=results),
            machines=cluster,
        )  # fmt: skip
    return list(found.grades)


def test_a_class_gets_the_marks_that_it_gets_here(machines: DaskMachines, tmp_path: Path) -> None:
    class_ = class_of(ANSWERS)
    options = Options(
        assignment="assignment1", results=tmp_path / "here", jobs=2,
        settings=Settings(layers=chosen_layers()),
    )  # fmt: skip
    here = grade_class(Course.at(ROOT), class_, options)
    there = graded_at(machines.address, tmp_path / "there", class_, jobs=2)
    assert told(there) == told(here.grades)
    assert [grade.score for grade in there] == [2.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    wait_until(lambda: not machines.begun(), "nothing is left at the workers")


def test_only_what_a_run_needs_travels(machines: DaskMachines, tmp_path: Path) -> None:
    whole = assignment("assignment1")
    with Recorder(machines.address).listening() as recorder:
        graded_at(recorder.address, tmp_path / "results", class_of(ANSWERS))
    sent = recorder.sent
    assert b"half of it" in sent, "notebooks are not compressed, so that all can be seen"
    for who in PEOPLE:
        for name in (who, *who.split()):
            assert name.encode() not in sent
    for secret in (str(ROOT), str(tmp_path), str(whole.files[0]), "hand-in", "solutions"):
        assert secret.encode() not in sent
    for question in whole.questions:
        assert question.name.encode() not in sent
        for case in question.cases:
            assert case.name.encode() not in sent
    assert not {line for line in hidden_lines() if line.encode() in sent}
    assert not any(piece in sent for piece in hidden_pieces())
    data = whole.files[0].read_bytes()
    times = [sent.count(data[at : at + 64]) for at in range(1_000, len(data) - 64, len(data) // 9)]
    assert max(times) <= 2, "once a worker"
    assert min(times) >= 1


def hidden_lines() -> set[str]:
    """Lines of the hidden test files and of the masters that tell an answer."""
    files = (ROOT / "solutions" / "tests" / "assignment1").glob("*.py")
    lines = {line.strip() for file in files for line in file.read_text("utf-8").splitlines()}
    return {line for line in lines if len(line) > 12}


def hidden_pieces() -> list[bytes]:
    """Pieces of the hidden images, as they lie in the file and as they lie in memory."""
    file = ROOT / "solutions" / "hidden_images.npz"
    packed = file.read_bytes()
    loaded = np.load(io.BytesIO(packed))
    raw = [loaded[name].tobytes() for name in loaded.files]
    whole = [packed, *raw]
    found = [one[at : at + 48] for one in whole for at in range(200, len(one) - 48, len(one) // 20)]
    return [piece for piece in found if len(set(piece)) > 8]


def test_what_no_worker_may_know_is_looked_for(tmp_path: Path) -> None:
    assert len(hidden_lines()) > 20
    assert len(hidden_pieces()) > 20


def command(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """What a command says, and how it ends."""
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], cwd=ROOT, text=True, timeout=600,
        capture_output=True, check=False, env={**os.environ, "COLUMNS": "200", **variables},
    )  # fmt: skip


def test_the_command_grades_and_says_where(machines: DaskMachines, tmp_path: Path) -> None:
    for student in ("ana", "giulia"):
        shutil.copytree(ROOT / "examples" / "class" / student, tmp_path / "class" / student)
    done = command(
        "grade", str(tmp_path / "class"), "--assignment", "assignment1",
        "--out", str(tmp_path / "out"), "--cluster", machines.address,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    grades = json.loads((tmp_path / "out" / "grades.json").read_text("utf-8"))["grades"]
    assert [one["status"] for one in grades] == ["graded", "graded"]


def test_the_command_shows_the_workers(machines: DaskMachines, tmp_path: Path) -> None:
    done = command("cluster", machines.address)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 workers may grade." in done.stdout
    assert "landlock" in done.stdout
    assert re.search(r"torch \d", done.stdout)


def test_workers_that_differ_or_do_not_confine_are_left_out_by_name(tmp_path: Path) -> None:
    """One has a changed copy of the autograder, one has no libseccomp, one no autograder."""
    changed, bare, without = (tmp_path / name for name in ("changed", "bare", "without"))
    shutil.copytree(ROOT / "autograder", changed / "autograder")
    with (changed / "autograder" / "running" / "job.py").open("a") as file:
        file.write("\n# another one\n")
    bare.mkdir()
    (bare / "pyseccomp.py").write_text("raise RuntimeError('Unable to find libseccomp')\n")
    (without / "autograder").mkdir(parents=True)
    (without / "autograder" / "__init__.py").write_text("")
    with DaskMachines(tmp_path, workers=0) as running:
        nannies = [running.start_worker(PYTHONPATH=str(p)) for p in (changed, bare, without)]
        wait_until(lambda: all(map(running.pid_of, nannies)), "workers start")
        done = command("cluster", running.address)
        trusting = command("cluster", running.address, "--trust")
        refused = command(
            "grade", str(ROOT / "examples" / "class" / "ana"), "--assignment", "assignment1",
            "--out", str(tmp_path / "out"), "--cluster", running.address,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "0 of 3 workers may grade." in done.stdout
    for why in ("files differ", "Unable to find libseccomp", "autograder.grading"):
        assert re.search(rf"left out: tcp://127.0.0.1:\d+: .*{re.escape(why)}", done.stdout), why
    assert "1 of 3 workers may grade." in trusting.stdout
    assert refused.returncode == 2
    assert "no worker that may grade" in refused.stderr


@pytest.mark.parametrize("address", ["localhost:8786", "http://localhost", "/no/such/file.json"])
def test_an_address_that_is_none_is_one_sentence(address: str) -> None:
    done = command("cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"autograder: {address}: no cluster; name one as tcp://")


def test_a_server_of_another_kind_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            with other.accept()[0] as one:
                one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)

        thread = threading.Thread(target=answer)
        thread.start()
        done = command("cluster", f"tcp://127.0.0.1:{other.getsockname()[1]}")
        thread.join()
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("autograder: no scheduler answers at tcp://")
    assert "Traceback" not in done.stderr


CERTIFICATES = """
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2
openssl req -newkey rsa:2048 -nodes -keyout node.key -out node.csr -subj /CN=node
openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out node.pem -days 2
"""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_tls_takes_certificates(tmp_path: Path) -> None:
    for line in CERTIFICATES.strip().splitlines():
        subprocess.run(line.split(), cwd=tmp_path, check=True, capture_output=True)
    node = {"cert": str(tmp_path / "node.pem"), "key": str(tmp_path / "node.key")}
    tls = {"ca-file": str(tmp_path / "ca.pem"), **dict.fromkeys(("scheduler", "worker"), node)}
    configured = tmp_path / "dask" / "tls.yaml"
    configured.parent.mkdir()
    folder = {"DASK_CONFIG": str(configured.parent)}
    whole = {"distributed": {"comm": {"require-encryption": True, "tls": tls | {"client": node}}}}
    configured.write_text(json.dumps(whole))
    with DaskMachines(tmp_path, workers=1, protocol="tls", variables=folder) as running:
        behind = command("cluster", running.address, **folder)
        without = command("cluster", running.address)
    assert behind.returncode == 0, behind.stderr
    assert "1 of 1 workers may grade." in behind.stdout
    assert without.returncode == 2
    assert without.stderr == (
        f"autograder: {running.address}: TLS takes certificates, and Dask's configuration names "
        "none for the client\n"
    )


def test_grading_here_loads_nothing_of_dask() -> None:
    program = (
        "import sys, autograder.cli, autograder.grading.grade_class, autograder.grading.placement;"
        "print([name for name in sys.modules if name.split('.')[0] in ('dask', 'distributed')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
