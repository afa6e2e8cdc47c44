"""A course's own words for its tests, `solutions/expect.py`, which tests have as `course`."""

import ast
from collections.abc import Iterable, Iterator
from types import ModuleType

from autograder.course.questions import Question
from autograder.errors import CourseError
from autograder.syntax import parsed

FILE = "expect.py"
"""Its file in `solutions/`."""

NAME = "course"
"""What tests call it: `course.word(…)`, beside `expect.word(…)` of the package."""


def equip(questions: Iterable[Question], source: str, where: str) -> None:
    """Give the tests of these questions the words in `source`; raises CourseError if it is broken.

    The code is the course's own and runs here, as its tests do.
    """
    module = ModuleType(NAME)
    module.__dict__["__file__"] = where
    try:
        exec(compile(source, where, "exec", optimize=0, dont_inherit=True), module.__dict__)
    except Exception as error:  # the file is code, and may raise anything
        raise CourseError(f"{where}: the course's vocabulary does not load: {error}") from error
    for question in questions:
        for case in question.cases:
            case.body.test_func.__globals__[NAME] = module


def words_in(source: str) -> set[str]:
    """The names that the vocabulary makes, which tests may use."""
    return {name for statement in parsed(source).body for name in _made_by(statement)}


def uses(question: Question) -> bool:
    """Whether a question's tests use words of the course."""
    return any(_words(parsed(question.source)))


def public_part(source: str, questions: Iterable[Question], where: str) -> str:
    """What public cases need of the vocabulary, and nothing else; empty where they need nothing.

    That are the words that they use, and all that these use in turn. Raises CourseError for a word
    that is not there, and for a file that is no Python.
    """
    try:
        statements = parsed(source).body
    except (SyntaxError, ValueError) as error:
        raise CourseError(f"{where}: the course's vocabulary does not load: {error}") from error
    makes = [set(_made_by(statement)) for statement in statements]
    wanted = {word for question in questions for word in _of_public_cases(question)}
    if missing := wanted.difference(*makes):
        raise CourseError(f"{where}: a public case uses `{NAME}.{min(missing)}`, which it lacks")
    needed = set[int]()
    while new := [n for n, made in enumerate(makes) if made & wanted and n not in needed]:
        needed.update(new)
        wanted.update(name for n in new for name in _names_in(statements[n]))
    return "\n\n\n".join(ast.unparse(statements[n]) for n in sorted(needed))


def _of_public_cases(question: Question) -> Iterator[str]:
    public = {case.name for case in question.cases if not case.hidden}
    for node in parsed(question.source).body:
        if isinstance(node, ast.FunctionDef) and node.name in public:
            yield from _words(node)


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=word) if name == NAME:
                yield word


def _made_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of the module gives a value."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (one.asname or one.name.partition(".")[0] for one in names)
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id


def _names_in(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
