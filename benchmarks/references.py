"""How far the reference solutions clear each accuracy threshold, over several seeds.

    python benchmarks/references.py [--seeds 5] [--device cpu|cuda] [--jobs N]

Also trains the lab's own network (16 filters of 5x5, a dense layer of 100, softmax; 1,000 images,
50 epochs) and prints its accuracy on the lab's 500 test images beside that which the lab prints.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from autograder.course.assignment import Assignment, Course
from autograder.expect.accuracy import measure
from autograder.grading.pipeline import job_of
from autograder.model import NetworkData, Settings, Submission
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

ROOT = Path(__file__).parents[1]
LAB_TEST_ACCURACY = 0.908


def reference_accuracies(
    seed: int, assignment: Assignment, device: Literal["cpu", "cuda"]
) -> dict[str, float]:
    """The hidden accuracy of each network of the reference solution, trained with that seed."""
    notebook = ROOT / "solutions" / "reference" / f"{assignment.name}.ipynb"
    submission = Submission(path=notebook.name, student="staff", content=notebook.read_bytes())
    execution = job_of(submission.content, assignment, Settings(seed=seed, device=device)).run()
    images = assignment.sets(device)["hidden_images"]
    return {
        name: measure(Network(seen, InProcess(), assignment.tasks[name]), images)
        for name, seen in execution.observations.items()
        if isinstance(seen, NetworkData) and name in images.thresholds
    }


def lab_network_accuracy(seed: int) -> float:
    """The accuracy of the lab's own network on its 500 test images."""
    torch.manual_seed(seed)
    with np.load(ROOT / "assignments" / "mnist.npz") as data:
        train_images = data["X_train"][:1000].reshape(-1, 1, 28, 28)
        test_images = data["X_test"][:500].reshape(-1, 1, 28, 28)
        train_labels, test_labels = data["y_train"][:1000], data["y_test"][:500]
    net = nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.Flatten(),
        nn.Linear(9216, 100), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(100, 10, bias=False), nn.Softmax(dim=1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    x, y = torch.from_numpy(train_images), torch.from_numpy(train_labels)
    for _ in range(50):
        for start in range(0, len(x), 100):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[start : start + 100]), y[start : start + 100])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        predicted = net.eval()(torch.from_numpy(test_images)).argmax(1).numpy()
    return float(np.mean(predicted == test_labels))


def main() -> None:
    """Print the tables; exit 1 if a margin is below 0.02 or the lab's network is off by 0.03."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments.add_argument("--jobs", type=int, help="runs at a time: 2, or 1 on a GPU")
    options = arguments.parse_args()
    jobs = options.jobs or (2 if options.device == "cpu" else 1)
    seeds, course = range(1, options.seeds + 1), Course.at(ROOT)
    fine = True
    print(f"Hidden accuracy of the references on {options.device}, seeds 1 to {options.seeds}")
    print(
        f"{'network':<14} {'threshold':>9} {'smallest':>9} {'mean':>7} {'largest':>8} {'margin':>7}"
    )
    for name in course.names:
        assignment = course.assignment(name)
        if not assignment.settings.accuracy:
            continue
        with ThreadPoolExecutor(jobs) as pool:
            work = partial(reference_accuracies, assignment=assignment, device=options.device)
            runs = list(pool.map(work, seeds))
        for network, accuracy in assignment.settings.accuracy.items():
            reached = [run[network] for run in runs]
            margin = min(reached) - accuracy.hidden
            fine &= margin >= 0.02
            print(
                f"{network:<14} {accuracy.hidden:>9.3f} {min(reached):>9.4f} "
                f"{np.mean(reached):>7.4f} {max(reached):>8.4f} {margin:>+7.4f}",
                flush=True,
            )
    lab = [lab_network_accuracy(seed) for seed in seeds]
    fine &= all(abs(accuracy - LAB_TEST_ACCURACY) <= 0.03 for accuracy in lab)
    print(f"The lab's own network: {', '.join(f'{a:.3f}' for a in lab)} (lab: {LAB_TEST_ACCURACY})")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
