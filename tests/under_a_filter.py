"""Runs as a process of its own: grades a notebook although a filter is there, as Docker sets one.

The filter answers EPERM to everything but what student code may call and what starting takes.
Writes the score, and how many filters the notebook has seen.
"""

import errno
import json
import sys

import pyseccomp as seccomp
from conftest import assignment, fork_server, notebook_of

from autograder.grading.pipeline import job_of, score
from autograder.kernel.system_calls import NOTEBOOK, WITHOUT_EFFECT, WITHOUT_SUPPORT
from autograder.model import Layer, Settings, Submission

STARTING = (
    "prctl fcntl ioctl seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self "
    "connect capset setuid setresuid setgroups memfd_create shmget mlockall"
)
ANSWERS = """# %%
convolved_features = [[8, 20], [14, 25]]
pooled_features = 25
# %%
print(*(line for line in open("/proc/self/status") if line.startswith("Seccomp_filters")))
"""


def main() -> None:
    """Set the filter, then grade."""
    outer = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    outer.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    groups = (*NOTEBOOK.allowed, WITHOUT_EFFECT, WITHOUT_SUPPORT)
    for call in (*(name for group in groups for name in group.calls), *STARTING.split()):
        outer.add_rule(seccomp.ALLOW, call)
    outer.load()
    handed_in = Submission(path="ana.ipynb", student="ana", content=notebook_of(ANSWERS))
    settings = Settings(layers=(Layer.LANDLOCK, Layer.SECCOMP))
    ended = job_of(handed_in.content, assignment("assignment1"), settings).run(fork_server())
    (output,) = json.loads(ended.notebook)["cells"][-1]["outputs"]
    grade = score(handed_in, assignment("assignment1"), ended)
    sys.stdout.write(f"{grade.score} {''.join(output['text'])}")


if __name__ == "__main__":
    main()
