"""A rename that never replaces: one step where the system has it, a look and a rename where it has not."""

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache
from typing import Final, cast

_NO_REPLACE: Final = 1
_NOT_HERE: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
_Renameat2 = Callable[[int, bytes, int, bytes, int], int]


@cache
def _renameat2() -> _Renameat2 | None:
    """Return Linux's ``renameat2``, or None where the C library has none."""
    try:
        found = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    found.restype = ctypes.c_int
    return cast("_Renameat2", found)


def rename_into_place(source: str, target: str, *, source_folder: int, target_folder: int) -> None:
    """Rename ``source`` to ``target``, each in the folder with this descriptor.

    Raises ``FileExistsError`` when there is a ``target`` already, and the other ``OSError`` of a rename. On a system
    or mount without ``renameat2`` a foreign writer could still slip in between the look and the rename.
    """
    whole = _renameat2()
    if whole is not None:
        done = whole(source_folder, os.fsencode(source), target_folder, os.fsencode(target), _NO_REPLACE)
        code = 0 if done == 0 else ctypes.get_errno()
        if code == 0:
            return
        if code not in _NOT_HERE:
            raise OSError(code, os.strerror(code))
    try:
        os.stat(target, dir_fd=target_folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
