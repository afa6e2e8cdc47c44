"""Packages that a notebook imports and that a grader need not have."""

import re
import sys
from collections.abc import Iterable

# What is installed beside the grader, by itself or with the extra `lab`, and what loads the checks;
# `piplite` installs them in a browser.
_LISTED = frozenset({
    "IPython", "PIL", "autograder", "einops", "google", "ipykernel", "ipywidgets", "matplotlib",
    "nbformat", "numpy", "onnx", "onnxruntime", "pandas", "piplite", "scipy", "seaborn", "sklearn",
    "torch", "torchinfo", "torchmetrics", "torchsummary", "tqdm",
})  # fmt: skip
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([^\W\d]\w*)|import[ \t]+([^\W\d][\w., \t]*))", re.MULTILINE
)
_WRITTEN = re.compile(r"^%%writefile[ \t]+(?:\./)?(\w+)\.py", re.MULTILINE)


def unlisted(sources: Iterable[str]) -> tuple[str, ...]:
    """The top-level packages that cells import and that are not listed, in order, each once.

    Modules that the notebook itself has written are its own.
    """
    cells = list(sources)
    own = {name for source in cells for name in _WRITTEN.findall(source)}
    known = _LISTED | sys.stdlib_module_names | own
    found = (name for source in cells for name in _imported(source))
    return tuple(dict.fromkeys(name for name in found if name not in known))


def warning(packages: Iterable[str]) -> str:
    """What a student should know about them; empty where there are none."""
    named = ", ".join(f"`{package}`" for package in packages)
    return (
        f"Your notebook imports {named}. This course does not list that. Where your work is "
        "graded, lines that import it may be skipped: answer without it."
        if named
        else ""
    )


def _imported(source: str) -> Iterable[str]:
    for match in _IMPORT.finditer(source):
        for name in (match[1] or match[2]).split(","):
            top = name.split(" as ")[0].strip().partition(".")[0]
            if top.isidentifier():
                yield top
