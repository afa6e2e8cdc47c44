"""The attacks of `tests/attacks` as notebooks to hand in to Gradescope's grader, and the verdict.

    attack_notebooks.py ASSIGNMENT FOLDER          writes a notebook for each attack
    attack_notebooks.py --verdict NOTEBOOK ROOT    judges what is below ROOT (its /autograder)

An attack looks for its secrets where Gradescope keeps them: in the source and in the results.
"""

import json
import sys
import tomllib
from pathlib import Path

import nbformat

from autograder.gradescope.results import problems

ATTACKS = Path(__file__).parents[1] / "tests" / "attacks"
COURSE = "/autograder/source/course"
SECRET = f"{COURSE}/solutions/secret_of_the_staff.txt"
SECRET_TEXT = "SECRET-OF-THE-STAFF"
# Where a file of the grader would lie open to be written to.
PLANTED = ("results", "source")
# What a notebook prints stays in the container: a win has to show in an answer.
SHOW = """
import builtins
def _show(*words, _print=builtins.print, **options):
    said = repr(words)
    if "MALLORY" + "-WON" in said or "SECRET" + "-OF" in said:
        get_ipython().user_ns["VARIABLE"] = "MALLORY" + "-WON"
    _print(*words, **options)
builtins.print = _show
"""
VARIABLES = {"assignment1": "output_dim_5", "assignment2": "net_pooled", "assignment3": "net_10k"}


def main() -> None:
    """Entry point."""
    if sys.argv[1] == "--verdict":
        sys.exit(verdict(Path(sys.argv[2]), Path(sys.argv[3])))
    write(sys.argv[1], Path(sys.argv[2]))


def write(assignment: str, folder: Path) -> None:
    """The attacks on this assignment as notebooks, and the secret that they look for."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text(SECRET_TEXT, "utf-8")
    for attack in sorted(ATTACKS.glob("*/attack.toml")):
        if tomllib.loads(attack.read_text("utf-8"))["assignment"] != assignment:
            continue
        script = (attack.parent / "attack.py").read_text("utf-8")
        script = script.replace("{SECRET}", SECRET).replace("{COURSE}", COURSE)
        show = SHOW.replace("VARIABLE", VARIABLES[assignment])
        cells = [nbformat.v4.new_code_cell(show)]
        cells += [
            nbformat.v4.new_code_cell(block.partition("\n")[2].strip())
            for block in script.split("# %%")[1:]
        ]
        text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        (folder / f"{attack.parent.name}.ipynb").write_text(str(text), "utf-8")


def verdict(notebook: Path, root: Path) -> int:
    """Says what an attack has got: 0 for nothing."""
    facts = tomllib.loads((ATTACKS / notebook.stem / "attack.toml").read_text("utf-8"))
    text = (root / "results" / "results.json").read_text("utf-8")
    found = problems(text)
    score = json.loads(text).get("score", 0.0)
    if score > facts["honest"] + 1e-9:
        found.append(f"{score:g} points, {facts['honest']:g} are honest")
    others = [p.name for p in (root / "results").iterdir() if p.name != "results.json"]
    if others:
        found.append(f"files among the results: {others}")
    if any(word in text for word in ("MALLORY", "SECRET-OF")):
        found.append("its words are in the results")
    if (root / SECRET.removeprefix("/autograder/")).read_text() != SECRET_TEXT:
        found.append("the staff's file is not as it was")
    if planted := [p for place in PLANTED for p in (root / place).rglob("*MALLORY*")]:
        found.append(f"planted: {planted}")
    if found:
        print(f"  ATTACK SUCCEEDED: {'; '.join(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    main()
