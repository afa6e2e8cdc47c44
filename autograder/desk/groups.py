"""Equal and nearly equal answers in groups, so that they can be graded at once."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

# Of the words that either of two answers has, the part that both have: one that was changed a
# little, or whose sentences were moved, is nearly equal; another thought in the same words is not.
_ALIKE = 0.85
_SHORT = 4  # words: of a few, each one matters


@dataclass(frozen=True)
class AnswerGroup:
    """Answers that say the same: the keys of their members, and one of the texts."""

    text: str
    keys: tuple[str, ...]
    is_equal: bool


def groups(answers: Mapping[str, str]) -> tuple[AnswerGroup, ...]:
    """The answers (by key) in groups, the largest first; each belongs to one."""
    equal: dict[str, list[str]] = defaultdict(list)
    for key, text in answers.items():
        equal[_plain(text)].append(key)
    found: list[tuple[list[str], frozenset[str]]] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    for plain, keys in sorted(equal.items(), key=lambda pair: -len(pair[1])):
        words = frozenset(plain.split())
        at = _nearest(words, found, by_word)
        if at is not None:
            found[at][0].extend(keys)
            continue
        for word in words:
            by_word[word].append(len(found))
        found.append((list(keys), words))
    made = [
        AnswerGroup(answers[keys[0]], tuple(keys), len({_plain(answers[key]) for key in keys}) == 1)
        for keys, _ in found
    ]
    return tuple(sorted(made, key=lambda group: -len(group.keys)))


def _plain(text: str) -> str:
    """The words of a text without case, marks and layout."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _nearest(
    words: frozenset[str],
    found: list[tuple[list[str], frozenset[str]]],
    by_word: Mapping[str, list[int]],
) -> int | None:
    """The first group whose words are nearly these; None if there is none."""
    if len(words) < _SHORT:
        return None
    # Of words that are nearly the same, one of the rarest few has to be among both.
    rare = sorted(words, key=lambda word: len(by_word.get(word, ())))
    some = rare[: int(len(words) * (1 - _ALIKE)) + 1]
    for at in sorted({n for word in some for n in by_word.get(word, ())}):
        other = found[at][1]
        if len(words & other) / len(words | other) >= _ALIKE:
            return at
    return None
