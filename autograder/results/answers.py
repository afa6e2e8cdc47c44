"""Written answers of executed notebooks, found once and kept in the ledger."""

import json
from collections.abc import Sequence

from autograder.grading.ledger import Ledger
from autograder.judging import fingerprint
from autograder.results.written import WrittenQuestion, written_answers


class Answers:
    """Finds what students answered to the questions that are `asked` in `template` (JSON)."""

    def __init__(self, ledger: Ledger, template: str, asked: Sequence[WrittenQuestion]) -> None:
        self._ledger, self._template, self._asked = ledger, template, asked
        asking = [[question.name, question.prompt] for question in asked]
        self._prefix = f"answers:{fingerprint.of_parts(template, asking)}"

    def of(self, execution: str) -> dict[str, str]:
        """The answer to each question in the notebook of an execution; none without a notebook.

        Raises LedgerError.
        """
        key = f"{self._prefix}:{execution}"
        if (kept := self._ledger.get(key)) is not None:
            return dict(json.loads(kept))
        notebook = self._ledger.notebook(execution)
        if notebook is None:
            return {}
        found = dict(written_answers(self._template, notebook, self._asked))
        self._ledger.put(key, json.dumps(found))
        return found
