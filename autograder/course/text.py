"""The text of a course's files, whatever editor has saved them."""

from pathlib import Path

from autograder.errors import CourseError


def text_of(file: Path) -> str:
    """The text of a UTF-8 file, without the byte-order mark that some editors put before it.

    Raises CourseError for a file that is missing, closed or not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CourseError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{file}: byte {error.start + 1} is no UTF-8; save the file as UTF-8"
        ) from error
