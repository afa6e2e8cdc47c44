"""Where every process of the product begins: `python -P entry.py PACKAGE MODULE [ARGUMENT...]`.

Imports this package from the folder given, with nothing added to the path, then calls `main` of
the module.
"""

import importlib
import importlib.util
import os
import sys
from pathlib import Path


def main() -> None:
    """Entry point: `autograder` is the package in the folder given, wherever that is."""
    folder, module, *arguments = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(
        "autograder", Path(folder) / "__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["autograder"] = package
    spec.loader.exec_module(package)
    leave_current_folder()
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()


def leave_current_folder() -> None:
    """Take the current folder off the path of this process, and a checkout of this package.

    A checkout is a course as well, in which people put what was handed in.
    """
    folders = {"", os.getcwd(), os.path.realpath(os.getcwd())}  # noqa: PTH109
    installed_in = Path(__file__).parents[1]
    if not installed_in.name.endswith("-packages"):
        folders.add(str(installed_in))
    sys.path[:] = [place for place in sys.path if place not in folders]


if __name__ == "__main__":
    main()
