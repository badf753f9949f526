"""Lines of a text by offset and by number, without a list of all lines: a body of line ends is no attack."""

from bisect import bisect_left

_CHUNK = 4096  # characters between two places where the lines are counted


class Lines:
    """The lines of a text, which end with a line feed; numbers are from 1. Made in one fast pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._before: list[int] = []  # line feeds before each chunk
        self._last: list[int] = []  # offset of the last line feed before each chunk, -1 if there is none
        count, last = 0, -1
        for start in range(0, len(text) + 1, _CHUNK):
            self._before.append(count)
            self._last.append(last)
            found = text.count("\n", start, start + _CHUNK)
            if found:
                count += found
                last = text.rfind("\n", start, start + _CHUNK)
        self.count = count + 1

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of an offset from 0 to the length of the text."""
        chunk = offset // _CHUNK
        first = chunk * _CHUNK
        line = self._before[chunk] + self._text.count("\n", first, offset) + 1
        last = self._text.rfind("\n", first, offset)
        return line, offset - (last if last >= 0 else self._last[chunk])

    def start(self, number: int) -> int:
        """The offset at which a line begins. Raises IndexError for a number that the text does not have."""
        if not 1 <= number <= self.count:
            raise IndexError(number)
        chunk = max(bisect_left(self._before, number - 1) - 1, 0)
        offset, passed = chunk * _CHUNK, self._before[chunk] + 1
        while passed < number:
            offset = self._text.index("\n", offset) + 1
            passed += 1
        return offset if passed > self._before[chunk] + 1 else self._last[chunk] + 1

    def text(self, number: int) -> str:
        """A line without its end. Raises IndexError as `start` does."""
        start = self.start(number)
        end = self._text.find("\n", start)
        return self._text[start : end if end >= 0 else None].rstrip("\r")
