"""Object files of this system, put into memory and linked without LLVM, where they are as plain as those of our loops.

All references in them are whole addresses, so linking is adding numbers.  LLVM does it as well, and takes 50 MB and a tenth
of a second to be there for it.  Format: System V ABI, ELF-64, and its supplement for AMD64.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_SYMBOLS, _WITH_ADDENDS, _WITHOUT_BYTES, _WITHOUT_ADDENDS = 2, 4, 8, 9
"""Kinds of sections: a table of symbols, references, memory that begins as zeros, references as other systems have them."""
_WRITABLE, _IN_MEMORY = 1, 2
_FOR_UNWINDING = 0x70000001
_WHOLE_ADDRESS = 1
_ABSOLUTE = 0xFFF1
_ELF_OF_AMD64 = (b"\x7fELF\x02\x01\x01", 62)


class UnusualObjectError(Exception):
    """What is in the object file is left to a real linker."""


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class Linked:
    """An object file in memory, which lives as long as this object.

    ``symbols`` are the addresses of what it refers to; all else is looked for in the process.  Raises
    :class:`UnusualObjectError` for another system's file or one that refers to something in another way, or to nothing that is
    there; :class:`OSError` where the system allows no new machine code.
    """

    def __init__(self, code: bytes, symbols: Mapping[str, int]) -> None:
        if not can_link():
            raise UnusualObjectError("this system has other object files")
        try:
            self._place(code, symbols)
        except (struct.error, IndexError, ValueError) as error:
            raise UnusualObjectError(f"it is damaged: {error}") from error

    def __getitem__(self, name: str) -> int:
        """The address of what it defines.  Raises :class:`KeyError`."""
        return self._defined[name]

    def _place(self, code: bytes, symbols: Mapping[str, int]) -> None:
        if (code[:7], *struct.unpack_from("<H", code, 18)) != _ELF_OF_AMD64:
            raise UnusualObjectError("it is of another kind")
        sections = _sections(code)
        places, fixed, size = _layout(sections)
        self._memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        for n, at in places.items():
            if sections[n].kind != _WITHOUT_BYTES:
                self._memory[at : at + sections[n].size] = _content(code, sections[n])
        known = list(_addresses(code, sections, {n: base + at for n, at in places.items()}, symbols))
        for section in sections:
            if section.kind in (_WITH_ADDENDS, _WITHOUT_ADDENDS) and section.info in places:
                self._link(code, section, places[section.info], known)
        self._defined = {name: address for name, address, own in known if own and address is not None}
        _protect(base, fixed)

    def _link(self, code: bytes, section: _Section, at: int, known: list[_Symbol]) -> None:
        if section.kind != _WITH_ADDENDS:
            raise UnusualObjectError("its references have no addends")
        for offset, info, addend in struct.iter_unpack("<QQq", _content(code, section)):
            name, address, _ = known[info >> 32]
            if info & 0xFFFFFFFF != _WHOLE_ADDRESS:
                raise UnusualObjectError(f"it has a reference of the kind {info & 0xFFFFFFFF}")
            if address is None:
                raise UnusualObjectError(f"there is no {name}")
            struct.pack_into("<Q", self._memory, at + offset, address + addend)


def can_link() -> bool:
    """Whether object files of this system are such that can be linked here."""
    return sys.platform == "linux" and platform.machine() == "x86_64" and sys.maxsize > 1 << 32


def _sections(code: bytes) -> list[_Section]:
    (start,) = struct.unpack_from("<Q", code, 40)
    _, count = struct.unpack_from("<HH", code, 58)
    return [_Section(*struct.unpack_from("<IIQQQQIIQQ", code, start + 64 * n)) for n in range(count)]


def _content(code: bytes, section: _Section) -> bytes:
    return code[section.offset : section.offset + section.size]


def _layout(sections: list[_Section]) -> tuple[dict[int, int], int, int]:
    """Where each section goes, how much from the beginning on is never written to, and how large all is."""
    placed = {n: s for n, s in enumerate(sections) if s.flags & _IN_MEMORY and s.kind != _FOR_UNWINDING and s.size}
    places: dict[int, int] = {}
    end = fixed = 0
    for written in (0, _WRITABLE):
        for n, section in placed.items():
            if section.flags & _WRITABLE == written:
                places[n] = _rounded_up(end, section.alignment)
                end = places[n] + section.size
        end = _rounded_up(end, mmap.PAGESIZE)
        fixed = fixed or end
    return places, fixed, end


def _rounded_up(value: int, multiple: int) -> int:
    return -(-value // max(multiple, 1)) * max(multiple, 1)


_Symbol = tuple[str, int | None, bool]
"""Its name, its address, and whether the file itself defines it."""


def _addresses(
    code: bytes, sections: list[_Section], places: Mapping[int, int], symbols: Mapping[str, int]
) -> Iterator[_Symbol]:
    table = next(section for section in sections if section.kind == _SYMBOLS)
    names = _content(code, sections[table.link])
    for at, _, _, section, value, _ in struct.iter_unpack("<IBBHQQ", _content(code, table)):
        name = names[at : names.index(b"\0", at)].decode()
        if section == _ABSOLUTE:
            yield name, value, False
        elif section:
            yield name, places[section] + value if section in places else None, True
        else:
            yield name, symbols.get(name) or _in_process(name), False


def _in_process(name: str) -> int | None:
    if not name:
        return None
    try:
        return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name))
    except ValueError:
        return None


def _protect(base: int, size: int) -> None:
    """Makes memory that was written machine code, which can't be written any more."""
    library: Any = ctypes.CDLL(None, use_errno=True)
    if library.mprotect(ctypes.c_void_p(base), ctypes.c_size_t(size), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "no memory may be made machine code")
