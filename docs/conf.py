"""How `make docs` makes pages of the documents: Sphinx, with MyST for Markdown.

The folder of the sources is that of the README, so that links lead where they lead on a code host.
"""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

import autograder

project = "cnn-autograder"
author = "the authors of cnn-autograder"
project_copyright = author
release = autograder.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "README"
include_patterns = [
    "*.md", "docs/*.md", "examples/*.md", "examples/courses/*.md", "assignments/*.md",
]  # fmt: skip

# Headings have the anchors that code hosts give them.
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Docstrings put names between single backticks.
default_role = "code"

html_theme = "furo"
html_title = "cnn-autograder"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["pages"]
html_css_files = ["pages.css"]

_GUIDES = (
    "students", "teaching_assistants", "desk", "course", "instructors", "gradescope", "reference"
)  # fmt: skip
_LAST = "CONTRIBUTING\nCHANGELOG\nexamples/README\nexamples/courses/README\nassignments/DATA"
_INSIDE = ("security", "architecture", "modules", "reasons", "api")


def _with_contents(app: Sphinx, document: str, source: list[str]) -> None:
    """Give the first page the list of all others, which would be noise on a code host."""
    if document == root_doc:
        others = sorted(p.stem for p in Path(app.srcdir, "docs").glob("*.md"))
        guides = [*_GUIDES, *(p for p in others if p not in _GUIDES + _INSIDE)]
        for caption, pages in (("Guides", guides), ("Inside", _INSIDE)):
            listed = "\n".join(f"docs/{page}" for page in pages)
            source[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{_LAST}\n```\n"


def _with_index(app: Sphinx, error: Exception | None) -> None:
    """Let the folder open on its first page."""
    first = Path(app.outdir, f"{root_doc}.html")
    if error is None and first.is_file():
        shutil.copyfile(first, first.with_name("index.html"))


def setup(app: Sphinx) -> None:
    """Hook the above into Sphinx."""
    app.connect("source-read", _with_contents)
    app.connect("build-finished", _with_index)
