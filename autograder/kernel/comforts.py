"""Lines that only please a person at a screen: without the screen they cost nothing.

Plots in windows, extensions and magics that are not installed, and `exit()`, which would end the
kernel before the cells below have run.
"""

import re
from typing import Any, NoReturn

from autograder.kernel.remarks import remark, skipped

_INLINE = "inline"
# Backends that need a window or a browser; the others (agg, svg, pdf, inline) work anywhere.
_WINDOWED = re.compile(r"widget|ipympl|notebook|nbagg|webagg|qt|tk|gtk|wx|osx", re.IGNORECASE)


def do_without_a_screen(shell: Any) -> None:
    """Plots appear below their cells, and extensions and magics that are not there are skipped."""
    _plot_inline(shell)
    _skip_extensions(shell)
    _skip_unknown_magics(shell)


def end_cells_at_exit(shell: Any) -> None:
    """Let whatever would end the kernel from inside a cell end the cell, as `sys.exit()` does."""

    def leave(*_: object) -> NoReturn:
        raise SystemExit

    shell.ask_exit = leave
    # The grader ends a kernel from outside and asks nothing of it.
    shell.kernel.do_shutdown = leave


def plot_below_cells() -> None:
    """Keep Matplotlib from windows; to be called once it is imported."""
    import matplotlib as mpl

    use = mpl.use

    def use_inline(backend: str, *, force: bool = True) -> None:
        if _WINDOWED.search(str(backend)) and "inline" not in str(backend):
            skipped(f"matplotlib.use({backend!r}): figures appear below their cells")
            remark("plots", f"matplotlib.use({backend!r})")
        else:
            use(backend, force=force)

    mpl.use = use_inline


def skip_unknown_styles() -> None:
    """Plot on in the style as it is where Matplotlib, of another version, has none of that name."""
    from matplotlib import style as styles

    use = styles.use

    def use_if_there(style: Any) -> None:
        try:
            use(style)
        except OSError:
            skipped(f"plt.style.use({style!r}): there is no such style")
            remark("magic", f"plt.style.use({style!r})")

    styles.use = use_if_there


def _plot_inline(shell: Any) -> None:
    enable_matplotlib, enable_gui = shell.enable_matplotlib, shell.enable_gui

    def enable(gui: str | None = None) -> Any:
        if gui is not None and _WINDOWED.search(gui):
            skipped(f"%matplotlib {gui}: figures appear below their cells")
            remark("plots", f"%matplotlib {gui}")
            gui = _INLINE
        return enable_matplotlib(gui)

    def enable_event_loop(gui: str | None = None) -> None:
        if gui in (None, _INLINE):
            enable_gui(gui)
        else:
            skipped(f"%gui {gui}")

    shell.enable_matplotlib, shell.enable_gui = enable, enable_event_loop


def _skip_extensions(shell: Any) -> None:
    load_extension = shell.extension_manager.load_extension

    def load(module_str: str) -> Any:
        try:
            return load_extension(module_str)
        except Exception as error:  # an extension may raise anything while it is imported
            skipped(f"%load_ext {module_str} ({type(error).__name__}: {error})")
            remark("magic", f"%load_ext {module_str}")
            return None

    shell.extension_manager.load_extension = load


def _skip_unknown_magics(shell: Any) -> None:
    run_line_magic = shell.run_line_magic

    def run(magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if shell.find_line_magic(magic_name) is None and not shell.find_cell_magic(magic_name):
            skipped(f"%{magic_name} {line}")
            remark("magic", f"%{magic_name}")
            return None
        return run_line_magic(magic_name, line, _stack_depth + 1)

    shell.run_line_magic = run
