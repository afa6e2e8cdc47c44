"""What a page may hold: bytes are charged each time that they are used, not once."""

from dataclasses import dataclass

from markupsafe import Markup

from autograder.results.pages.pictures import Picture

MOST_BYTES = 25_000_000
"""Of a page in all; one that would be larger is not written."""

# What strangers may put on one page: text with its markup, and pictures as base64. A browser
# unfolds a picture to four bytes a pixel, whatever its file takes.
_MOST_TEXT = 2_000_000
_MOST_PICTURES = 15_000_000
_MOST_PIXELS = 100_000_000
# A browser lays out each line, an empty one too: half a million of them take it 10 seconds.
_LINE = 40


@dataclass
class PageBudget:
    """What is left of a page, in bytes and in pixels; negative once it was asked for too much.

    `refused`: something may have been left out for want of room.
    """

    text: int = _MOST_TEXT
    pictures: int = _MOST_PICTURES
    pixels: int = _MOST_PIXELS
    refused: bool = False

    def takes(self, text: str) -> bool:
        """Whether the text has room; it is charged either way, so that a page ends somewhere."""
        self.text -= len(text.encode("utf-8", "replace")) + _LINE * text.count("\n")
        self.refused |= self.is_spent
        return self.text >= 0

    def takes_picture(self, picture: Picture) -> bool:
        """Whether the picture has room; only then it is charged, and a smaller one may follow."""
        if len(picture.address) > self.pictures or picture.pixels > self.pixels:
            self.refused = True
            return False
        self.pictures -= len(picture.address)
        self.pixels -= picture.pixels
        return True

    @property
    def is_spent(self) -> bool:
        """Whether there is no room for more text."""
        return self.text <= 0

    def has_room_for(self, used: "PageBudget") -> bool:
        """Whether all that another page has taken would have room here, with some to spare."""
        return (
            used.text < self.text
            and used.pictures <= self.pictures
            and used.pixels <= self.pixels
        )  # fmt: skip

    def share(self, parts: int) -> "PageBudget":
        """A fair share of what is left, for one of so many parts that are still to come.

        Whoever comes first can't take the room of the others; `give_back` returns what is not used.
        """
        text, pictures, pixels = (
            max(left, 0) // parts for left in (self.text, self.pictures, self.pixels)
        )
        part = PageBudget(text, pictures, pixels)
        self.text -= part.text
        self.pictures -= part.pictures
        self.pixels -= part.pixels
        return part

    def give_back(self, part: "PageBudget") -> None:
        """Take what a part has left."""
        self.text += max(part.text, 0)
        self.pictures += part.pictures
        self.pixels += part.pixels


FULL = Markup("The rest is left out: the page is full.")
"""What stands where a page is full."""
