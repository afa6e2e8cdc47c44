"""Faults of test cases that show without running anything: words, comparisons, given answers."""

import ast
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.course.questions import Case, Question
from autograder.course.vocabulary import NAME
from autograder.observables import Name
from autograder.syntax import parsed

_VOCABULARY = "autograder"
_WORDS = "expect"
# What a test says of the form of an answer; a shape that happens to be the answer gives none away.
_FORM = {"shape", "size", "columns", "index", "rows", "length", "at_least", "at_most", "within"}
_LEAST_TEXT = 3
_SMALL = 10


@dataclass(frozen=True)
class Fault:
    """What is wrong with a test case: a clause that says what, and what to do."""

    question: str
    case: str
    what: str


def faults(
    question: Question, vocabulary: Collection[str], own: Collection[str] = ()
) -> Iterator[Fault]:
    """Words that are none of the vocabulary, and observations that are taken for plain values.

    `own` are the words that the course has itself.
    """
    for case, function in _functions(question):
        observed = {observable.parameter for observable in case.observables}
        found = (
            *_unknown(_WORDS, _words_used(function), vocabulary),
            *_unknown(NAME, _attributes(function, {NAME}), own),
            *_plain_uses(function, observed),
        )
        yield from (Fault(question.name, case.name, what) for what in found)


def given_answers(question: Question, values: Mapping[str, Any]) -> Iterator[Fault]:
    """Public cases in which the answer stands that the reference has.

    `values` are those of the student's variables, as numbers, texts and lists of them. What an
    expression gives is no answer: an example of a call is there to be read.
    """
    for case, function in _functions(question):
        names = {o.parameter: o.name for o in case.observables if isinstance(o, Name)}
        answers = {p: values[name] for p, name in names.items() if name in values}
        if not case.hidden and (found := _given(function, answers)):
            yield Fault(
                question.name,
                case.name,
                f"this public case holds the answer of `{found}`, and students can read it; hide "
                "it, or look at the form of the answer only",
            )


def _functions(question: Question) -> Iterator[tuple[Case, ast.FunctionDef]]:
    """Each case with its function as it is written; what does not parse has been refused."""
    tree = parsed(question.source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    yield from ((case, functions[case.name]) for case in question.cases if case.name in functions)


def _words_used(function: ast.FunctionDef) -> list[str]:
    """The words of the package that a test uses, whatever it calls the package."""
    modules, used = set[str](), list[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.ImportFrom) and node.module == _VOCABULARY:
            modules |= {a.asname or a.name for a in node.names if a.name == _WORDS}
        elif isinstance(node, ast.ImportFrom) and node.module == f"{_VOCABULARY}.{_WORDS}":
            used += [alias.name for alias in node.names if alias.name != "*"]
    return used + _attributes(function, modules)


def _attributes(function: ast.FunctionDef, modules: Collection[str]) -> list[str]:
    return [
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    ]


def _unknown(module: str, used: Iterable[str], vocabulary: Collection[str]) -> Iterator[str]:
    for word in dict.fromkeys(used):
        if word not in vocabulary:
            near = difflib.get_close_matches(word, vocabulary, 1)
            tip = f"; did you mean `{near[0]}`?" if near else ""
            yield f"`{module}.{word}` is no word of the vocabulary{tip}"


def _plain_uses(function: ast.FunctionDef, observed: Collection[str]) -> Iterator[str]:
    """An observation compared, counted or called as if it were the student's own value."""

    def is_observed(node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in observed

    for node in ast.walk(function):
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                named = next((n for n in (left, *others) if is_observed(n)), None)
                plain = [op for op in ops if not isinstance(op, ast.Is | ast.IsNot)]
                if isinstance(named, ast.Name) and plain:
                    yield (
                        f"`{ast.unparse(node)}` compares what was seen of `{named.id}`, which is "
                        "no plain value; use a word such as `expect.equal` or `expect.close`"
                    )
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]) if name in observed:
                yield (
                    f"`len({name})` counts what was seen of `{name}`, which is no plain value; use "
                    "`expect.shape`"
                )
            case ast.Call(func=ast.Name(id=name)) if name in observed:
                yield (
                    f"`{ast.unparse(node)}` calls what was seen of `{name}`; name the call in the "
                    f'annotation of a parameter instead, as in `result: "{ast.unparse(node)}"`'
                )


def _given(function: ast.FunctionDef, answers: Mapping[str, Any]) -> str:
    """The parameter whose answer stands in the function; empty where there is none."""
    form = {
        id(part)
        for node in ast.walk(function)
        if isinstance(node, ast.keyword) and node.arg in _FORM
        for part in ast.walk(node)
    }
    for statement in function.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.expr) or id(node) in form:
                continue
            beside = _beside(node) if isinstance(node, ast.Call | ast.Compare) else {}
            for name, literals in beside.items():
                if name in answers and any(_same(value, answers[name]) for value in literals):
                    return name
            value = _literal(node)
            if _tells(value):
                for name, answer in answers.items():
                    if _same(value, answer):
                        return name
    return ""


def _beside(node: ast.Call | ast.Compare) -> dict[str, list[Any]]:
    """The values that are written beside a parameter, in a call or a comparison."""
    if isinstance(node, ast.Call):
        keywords = [k.value for k in node.keywords if k.arg not in _FORM]
        parts = [*node.args, *keywords]
    else:
        parts = [node.left, *node.comparators]
    literals = [value for part in parts if (value := _literal(part)) is not None]
    named = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
    return dict.fromkeys(named, literals)


def _literal(node: ast.expr) -> Any:
    """What is written there; None for anything that is no plain value."""
    if not isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.UnaryOp | ast.Dict):
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _tells(value: Any) -> bool:
    """Whether a value wherever it stands is more than chance: no small number, no short text."""
    match value:
        case None | bool():
            return False
        case int() | float():
            return abs(value) > _SMALL or value != int(value)
        case str():
            return len(value) >= _LEAST_TEXT
        case list() | tuple() | dict():
            return len(value) > 1
    return False


def _same(value: Any, answer: Any) -> bool:
    """Whether two values are one, whatever container they are in."""
    if isinstance(value, list | tuple) and isinstance(answer, list | tuple):
        return len(value) == len(answer) and all(map(_same, value, answer))
    if isinstance(value, int | float) and isinstance(answer, int | float):
        return isinstance(value, bool) == isinstance(answer, bool) and value == answer
    return type(value) is type(answer) and bool(value == answer)
