"""Pictures that a text holds: taken out before it is parsed, and put back when it is clean.

Their megabytes would cost a parser seconds, and a text can refer to one of them by the thousand:
each place is charged.
"""

import re

from markupsafe import Markup

from autograder.results.pages.budget import PageBudget
from autograder.results.pages.pictures import Picture, from_address
from autograder.results.pages.sanitise import PLACE

_MOST_PICTURES = 200
_DATA = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", re.IGNORECASE)
_PLACE = re.compile(rf'src="{PLACE}(\d{{1,4}})-"')
_NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
_LEFT_OUT = Markup("<p>Pictures are left out: they are damaged, or the page is full.</p>")


class Embedded:
    """The pictures of one text."""

    def __init__(self) -> None:
        self._kept: list[Picture | None] = []

    def taken_out(self, text: str) -> str:
        """The text with an address of ours for each picture in it."""
        return _DATA.sub(lambda address: self.keep(from_address(address[0])), text)

    def keep(self, picture: Picture | None) -> str:
        """The address of ours for a picture; none for more pictures than a text has."""
        if len(self._kept) == _MOST_PICTURES:
            return ""
        self._kept.append(picture)
        return f"{PLACE}{len(self._kept) - 1}-"

    def put_back(self, clean: Markup, budget: PageBudget) -> Markup:
        """The text made clean, with its pictures as far as the page has room for them."""
        left_out = False

        def put(place: re.Match[str]) -> str:
            nonlocal left_out
            index = int(place[1])
            found = self._kept[index] if index < len(self._kept) else None
            if found is not None and budget.takes_picture(found):
                return f'src="{found.address}"'
            left_out = True
            return f'src="{_NO_PICTURE}"'

        # An address is base64 behind a known start, so that it can be put into any markup.
        whole = Markup(_PLACE.sub(put, clean))
        return whole + _LEFT_OUT if left_out else whole
