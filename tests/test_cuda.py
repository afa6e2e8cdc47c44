"""What only a machine with a GPU shows: kernels that compute on it, and what they leave there."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from conftest import ROOT, assignment, chosen_layers, fork_server, grade_bytes, notebook_of

from autograder.grading.cards import CardShares, was_full
from autograder.grading.pipeline import job_of
from autograder.grading.placement import Lease
from autograder.model import Execution, Limits, Numbers, Outcome, Settings
from autograder.running.job import run_job
from autograder.running.machine import cards, closed_devices, cuda_devices

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not (cuda_devices() or closed_devices()), reason="needs a CUDA device"),
]
CUDA = Settings(device="cuda", layers=chosen_layers())
CPU = Settings(layers=chosen_layers())
LIMITS = Limits(cell_seconds=20)


def executed(script: str, *names: str, settings: Settings = CUDA) -> Execution:
    """A run in which these were observed."""
    content = notebook_of(script)
    return run_job(content, names or ("answer",), (), LIMITS, settings, server=fork_server())


def answer_of(execution: Execution) -> object:
    """The number that `answer` is."""
    assert execution.outcome is Outcome.FINISHED, execution.detail
    answer = execution.observations["answer"]
    assert isinstance(answer, Numbers), execution.notebook
    return answer.value


def processes_on_the_card() -> str:
    """What computes on some card now, a line each."""
    command = ["nvidia-smi", "--query-compute-apps=pid,name", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_kernel_computes_on_its_card() -> None:
    execution = executed("""
# %%
import torch
x = torch.arange(6.0, device="cuda")
net = torch.nn.Conv2d(1, 4, 3).cuda()
scores = net(torch.ones(2, 1, 8, 8, device="cuda"))
scores.sum().backward()
torch.cuda.synchronize()
answer = int(x.sum())
""")
    assert answer_of(execution) == 15
    assert not execution.repairs
    assert execution.device == "cuda"


@pytest.mark.parametrize("name", ["assignment2", "assignment3"])
def test_networks_that_were_trained_on_a_card_are_judged(name: str) -> None:
    notebook = ROOT / "solutions" / "reference" / f"{name}.ipynb"
    grade = grade_bytes(name, notebook.read_bytes(), CUDA)
    lost = [case.message for q in grade.questions for case in q.cases if case.status != "passed"]
    assert not lost
    assert not grade.remarks


def test_what_asks_for_a_gpu_gets_it() -> None:
    script = (ROOT / "tests" / "cases" / "gpu_asked_for" / "submission.py").read_text("utf-8")
    grade = grade_bytes("assignment2", notebook_of(script), CUDA)
    (question,) = [q for q in grade.questions if q.name == "q2_1"]
    passed = {case.name for case in question.cases if case.status == "passed"}
    assert {"test_structure", "test_accuracy"} <= passed
    assert not grade.remarks


def test_a_kernel_for_the_cpu_cannot_open_the_card() -> None:
    execution = executed(
        """
# %%
import glob, os, torch
os.environ["CUDA_VISIBLE_DEVICES"] = "0"
opened = 0
for name in glob.glob("/dev/nvidia*") or ["/dev/nvidia0", "/dev/nvidiactl"]:
    try:
        os.close(os.open(name, os.O_RDWR))
        opened += not os.path.isdir(name)
    except OSError:
        pass
answer = [opened, int(torch.cuda.is_available())]
""",
        settings=CPU,
    )
    assert answer_of(execution) == [0, 0]


def test_what_never_ends_on_a_card_is_ended_and_the_next_has_the_card() -> None:
    execution = executed("""
# %%
import torch
torch.cuda._sleep(2**44)
torch.cuda.synchronize()
""")
    assert execution.outcome is Outcome.TIMEOUT, execution.detail
    assert processes_on_the_card() == ""
    later = executed("# %%\nimport torch\nanswer = int(torch.ones(3, device='cuda').sum())")
    assert answer_of(later) == 3


def test_no_kernel_finds_what_another_left_on_the_card() -> None:
    left = executed("""
# %%
import torch
size = int(torch.cuda.mem_get_info()[0] * 0.8) // 8
secret = torch.full((size,), 0x5EC2E75EC2E7, dtype=torch.int64, device="cuda")
answer = int(all((part == 0x5EC2E75EC2E7).all() for part in secret.split(2**28)))
""")
    assert answer_of(left) == 1
    found = executed("""
# %%
import torch
size = int(torch.cuda.mem_get_info()[0] * 0.8) // 8
found = torch.empty(size, dtype=torch.int64, device="cuda")
answer = int(any((part == 0x5EC2E75EC2E7).any() for part in found.split(2**28)))
""")
    assert answer_of(found) == 0


def test_data_comes_to_the_card_from_a_loader_with_workers() -> None:
    execution = executed("""
# %%
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.rand(64, 1, 28, 28), torch.arange(64) % 10)
loader = DataLoader(data, batch_size=16, num_workers=2, pin_memory=True, shuffle=True)
total = 0
for _ in range(2):
    for images, labels in loader:
        total += len(images.to("cuda", non_blocking=True))
answer = total
""")
    assert answer_of(execution) == 128


def test_a_compiled_network_is_trained_on_a_card() -> None:
    execution = executed("""
# %%
import torch
net = torch.compile(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10)).cuda())
optimizer = torch.optim.AdamW(net.parameters(), fused=True)
scaler = torch.amp.GradScaler("cuda")
for _ in range(3):
    with torch.autocast("cuda", dtype=torch.float16):
        scores = net(torch.rand(8, 1, 28, 28, device="cuda"))
        loss = torch.nn.functional.cross_entropy(scores.float(), torch.arange(8, device="cuda"))
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
answer = len(scores)
""")
    assert answer_of(execution) == 8


def test_answers_that_lie_on_a_card_are_read() -> None:
    grade = grade_bytes("assignment1", notebook_of("""
# %%
import torch
pooled_features = torch.tensor(25, device="cuda")
output_dim_1 = torch.tensor([16, 24, 24]).cuda()
convolved_features = torch.tensor([[8.0, 20.0], [14.0, 25.0]], device="cuda", requires_grad=True)
"""), CUDA)  # fmt: skip
    assert grade.score == 3.0


def test_expressions_are_evaluated_where_the_notebook_has_its_gpu() -> None:
    script = """
# %%
import torch
weights = torch.ones(3, device="cuda")
def weighted(x):
    return float((weights * torch.tensor(x, device="cuda")).sum())
"""
    found = executed(script, "weighted([1.0, 2.0, 3.0])").observations["weighted([1.0, 2.0, 3.0])"]
    assert isinstance(found, Numbers)
    assert found.value == 6.0


def test_two_that_want_more_than_half_a_card_get_it_one_after_the_other() -> None:
    leases: list[Lease] = []

    class Noting(CardShares):
        @contextmanager
        def leased(self, *, alone: bool) -> Iterator[Lease]:
            with super().leased(alone=alone) as lease:
                leases.append(lease)
                yield lease

    shares = Noting(jobs=2, per_gpu=2, cards=cards()[:1])
    script = """
# %%
import time, torch
total = torch.cuda.mem_get_info()[1]
held = torch.empty(int(total * 0.6), dtype=torch.uint8, device="cuda")
time.sleep(8)
pooled_features = 25
"""
    job = job_of(notebook_of(script), assignment("assignment1"), CUDA)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: shares.run(one, fork_server()), [job, job]))
    assert not any(map(was_full, found))
    assert [lease.alone for lease in leases] == [False, False, True]


def test_a_notebook_that_wants_more_than_a_card_is_told_so() -> None:
    shares = CardShares(jobs=1, per_gpu=1, cards=cards()[:1])
    script = """
# %%
import torch
torch.empty(2 * torch.cuda.mem_get_info()[1], dtype=torch.uint8, device="cuda")
"""
    execution = shares.run(
        job_of(notebook_of(script), assignment("assignment1"), CUDA), fork_server()
    )
    assert was_full(execution)
    assert execution.outcome is Outcome.CELL_ERROR
