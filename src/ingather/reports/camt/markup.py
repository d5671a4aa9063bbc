"""XML a piece at a time, within caps: no document types and so no entities, 64 levels, bounded memory.

Names are local: a prefix is dropped, so that any version and any envelope reads alike.
"""

from collections.abc import Iterator
from xml.parsers import expat

from ingather.reports.findings import Findings

MOST_LEVELS = 64
MOST_ELEMENTS = 100_000
MOST_TEXT = 64 << 10

_CHUNK = 1 << 16


class Element:
    """One element: its local name, its line, its text with single blanks, its currency and what it contains.

    ``within`` is the piece that a piece stands in, None where it stands in none; ``ended`` whether its end was read.
    """

    __slots__ = ("before", "children", "currency", "ended", "line", "name", "text", "within")

    def __init__(self, name: str, *, line: int, currency: str, before: int) -> None:
        self.name = name
        self.line = line
        self.currency = currency
        self.before = before
        self.text = ""
        self.children: list[Element] = []
        self.within: Element | None = None
        self.ended = False

    def all(self, *path: str) -> "Iterator[Element]":
        """Yield every element at a path below this one, in order."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:])

    def at(self, *path: str) -> "Element | None":
        """Return the first element at a path below this one."""
        if not path:
            return self
        for child in self.children:
            if child.name == path[0] and (found := child.at(*path[1:])) is not None:
                return found
        return None

    def said(self, *path: str) -> str:
        """Return the text at a path; empty where nothing is."""
        found = self.at(*path)
        return found.text if found is not None else ""

    def first_element(self, *names: str) -> "Element | None":
        """Return the first of these children that is there."""
        return next((found for name in names if (found := self.at(name)) is not None), None)

    def first(self, *paths: tuple[str, ...]) -> str:
        """Return the first text that is not empty at any of these paths."""
        return next((text for path in paths if (text := self.said(*path))), "")


class _StopError(Exception):
    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.check = check
        self.message = message


class Markup:
    """One XML document. ``names`` are the local names of its elements' beginning: the root, then what it holds."""

    def __init__(self, data: bytes, findings: Findings, *, pieces: frozenset[str], messages: frozenset[str]) -> None:
        self.message = ""
        self.namespace = ""
        self.root = ""
        self.records = 0
        self._data = data
        self._findings = findings
        self._pieces = pieces
        self._messages = messages
        self._stack: list[Element] = []
        self._done: list[Element] = []
        self._alive = 0
        self._long = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._document_type
        self._parser = parser

    def read(self) -> Iterator[Element]:
        """Yield each piece as it ends, out of what contains it; what is still open when reading stops comes last.

        Malformed text, a document type and what is over the caps end the reading with one problem.
        """
        view = memoryview(self._data)
        for start in range(0, len(view), _CHUNK):
            good = self._feed(bytes(view[start : start + _CHUNK]), last=start + _CHUNK >= len(view))
            yield from self._done
            self._done.clear()
            if not good:
                yield from (element for element in reversed(self._stack) if element.name in self._pieces)
                break
        if self._long:
            message = f"A text on line {self._long} is longer than 64 KiB and was cut."
            self._findings.add("text-too-long", message, line=self._long)

    def _feed(self, chunk: bytes, *, last: bool) -> bool:
        try:
            self._parser.Parse(chunk, last)
        except _StopError as stop:
            self._findings.add(stop.check, stop.message, line=self._parser.CurrentLineNumber)
            return False
        except expat.ExpatError as error:
            message = f"The XML is malformed on line {error.lineno}: {expat.ErrorString(error.code)}."
            self._findings.add("xml-malformed", message, line=error.lineno)
            return False
        except (ValueError, LookupError):
            self._findings.add("xml-encoding", "The XML is in an encoding that is not read; send it as UTF-8.")
            return False
        return True

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        name = qualified.rpartition(":")[2]
        if len(self._stack) >= MOST_LEVELS:
            stop = "xml-too-deep"
            raise _StopError(stop, f"The XML is nested deeper than {MOST_LEVELS} levels; the rest was not read.")
        if self._alive >= MOST_ELEMENTS:
            stop = "xml-too-large"
            raise _StopError(stop, f"One part of the XML holds more than {MOST_ELEMENTS} elements and was not read.")
        self.records += 1
        self.root = self.root or name
        if name in self._messages and not self.message:
            self.message = name
        if not self._stack or name == self.message:
            self.namespace = next(
                (value for key, value in attributes.items() if key.partition(":")[0] == "xmlns" and "xsd" in value),
                self.namespace,
            )
        line = self._parser.CurrentLineNumber
        element = Element(name, line=line, currency=attributes.get("Ccy", ""), before=self._alive)
        self._alive += 1
        if name in self._pieces:
            element.within = next((above for above in reversed(self._stack) if above.name in self._pieces), None)
        elif self._stack:
            self._stack[-1].children.append(element)
        self._stack.append(element)

    def _end(self, _: str) -> None:
        element = self._stack.pop()
        element.text = " ".join(element.text.split())
        element.ended = True
        if element.name in self._pieces:
            self._alive = element.before
            self._done.append(element)

    def _characters(self, text: str) -> None:
        element = self._stack[-1]
        if len(element.text) < MOST_TEXT:
            element.text += text
        else:
            self._long = self._long or element.line

    def _document_type(self, *_: object) -> None:
        stop = "xml-doctype"
        raise _StopError(stop, "The XML declares a document type; such a file is not read.")
