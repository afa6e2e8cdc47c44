"""What all the types have in common."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every type here: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


def one_line(text: str) -> str:
    """The text without line breaks and other characters that cannot be printed.

    What a student wrote (a class called "float\\nTry: …") cannot begin a line of its own.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text)


OneLine = Annotated[str, AfterValidator(one_line)]
