"""The key ring of a host: a folder beside the book, or wherever ``INGATHER_KEYS`` points.

It names the instance, so that a copy of a book on another host is known for what it is, and holds by name the keys
that wrap the book's data keys: a root, kept by a provider, and files of keys that the root wraps. An epoch of evidence
has such a file of its own: without it no backup of the book opens what that epoch sealed.
"""

import json
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock

from ingather.domain.keys import Provider
from ingather.domain.refusals import KeyDestroyed, KeyMissing, WrongState
from ingather.vault import key_files
from ingather.vault.providers import KEY_BYTES, KeyProvider, kept_root, new_root, provider_of, unwrap_with, wrap_with
from ingather.vault.ring_file import RING, SUFFIX, Kept, parsed, read_kek, read_ring, write_ring

_NAME = re.compile(r"[a-z]+-[0-9]+(-[0-9a-f]{8})?")
_INDEX = "index"
SEALING = "sealing-1"
"""The key of a book that was founded before there were epochs: its one sealing key."""


class KeyRing:
    """The keys of one instance. Files of keys are read when they are needed and not kept in memory.

    Whatever changes the folder reads it again first, with all other processes kept out: what a process remembers of the
    ring may be older than the folder.
    """

    __slots__ = ("_kept", "_lock", "folder", "index", "instance")

    def __init__(self, folder: Path, kept: Kept) -> None:
        """Take what the ring's file holds, and unwrap the index key."""
        self.folder = folder
        self.instance = kept.instance
        self._kept = kept
        self._lock = RLock()
        self.index = kept.index
        if kept.root:
            self.index = self._root(kept.index_root).unwrap(kept.index, instance=self.instance, of=_INDEX)

    def __repr__(self) -> str:
        """Show the instance and nothing of the keys."""
        return f"KeyRing(instance={self.instance!r}, ***)"

    @property
    def root(self) -> str:
        """Return the name of the root under which new keys are wrapped; empty in a ring from before there were any."""
        return self._kept.root

    @property
    def provider(self) -> Provider:
        """Return who keeps the root."""
        return provider_of(self.root) if self.root else Provider.FILE

    def roots(self) -> tuple[str, ...]:
        """Return the names of all roots that the ring knows, the present one first."""
        return tuple(sorted(self._kept.roots, key=lambda name: name != self.root))

    def keks(self) -> tuple[str, ...]:
        """Return the names of the key-encrypting keys that lie in the folder."""
        return tuple(sorted(path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}")))

    def traces(self) -> frozenset[str]:
        """Return the names of the key-encrypting keys of which anything lies in the folder, half-written files too."""
        left = (name.partition(SUFFIX)[0] for name in key_files.leftovers(self.folder) if SUFFIX in name)
        return frozenset([*self.keks(), *left])

    def present_root(self) -> str:
        """Return the name of the root as the folder has it now; empty in a ring from before there were any."""
        self._reread()
        return self.root

    def make_kek(self, stem: str) -> str:
        """Make a key-encrypting key with a name of its own, such as ``evidence-3-1f2e3d4c``, durably; return the name.

        Raises ``WrongState`` for a ring without a root, and ``KeysSilent`` when its keeper is.
        """
        name = f"{stem}-{secrets.token_hex(4)}"
        with self._changing():
            if not self.root:
                raise _unadopted()
            self._write_kek(self._root(self.root), name, secrets.token_bytes(KEY_BYTES))
        return name

    def destroy_kek(self, name: str) -> bool:
        """Destroy a key-encrypting key for good; returns whether it was there. What it wrapped opens nowhere again."""
        with self._changing():
            if name in self._kept.sealing:
                self._keep(
                    replace(self._kept, sealing={at: key for at, key in self._kept.sealing.items() if at != name})
                )
                return True
            return key_files.destroy(self._path(name))

    def wrap(self, kek: str, plain: bytes, *, of: str) -> bytes:
        """Return a data key wrapped by a root or a key-encrypting key, bound to the instance and to what it is."""
        if ":" in kek:
            return self._root(kek).wrap(plain, instance=self.instance, of=of)
        return wrap_with(self.kek(kek), plain, instance=self.instance, of=of)

    def unwrap(self, kek: str, wrapped: bytes, *, of: str) -> bytes:
        """Return a data key.

        Raises ``KeyDestroyed`` when its key-encrypting key is gone, ``KeyMissing`` when the ring never had the root,
        ``BrokenInvariant`` when it was changed and ``KeysSilent`` when the root's keeper is.
        """
        if ":" in kek:
            return self._root(kek).unwrap(wrapped, instance=self.instance, of=of)
        return unwrap_with(self.kek(kek), wrapped, instance=self.instance, of=of)

    def kek(self, name: str) -> bytes:
        """Return a key-encrypting key; raises ``KeyDestroyed`` when it is gone, and as ``unwrap`` does."""
        if (plain := self._kept.sealing.get(name)) is not None:
            return plain
        try:
            root, wrapped = self._wrapped(name)
        except FileNotFoundError:
            fact = f"the key {name} is not in the key folder: it was destroyed, or the folder is an older copy"
            raise KeyDestroyed(fact) from None
        return self._root(root).unwrap(wrapped, instance=self.instance, of=name)

    def adopt(self, provider: Provider, key_id: str | None = None) -> bool:
        """Give a ring from before there were roots one; returns whether there was anything to do.

        Its sealing keys become key-encrypting keys in files of their own, wrapped like the index key.
        """
        with self._changing():
            if self.root:
                return False
            root = new_root(provider, key_id)
            for name, key in self._kept.sealing.items():
                self._write_kek(root, name, key)
            wrapped = root.wrap(self.index, instance=self.instance, of=_INDEX)
            self._keep(
                replace(
                    self._kept, root=root.name, roots={root.name: root.kept()}, index_root=root.name, index=wrapped,
                    sealing={},
                )
            )  # fmt: skip
            return True

    def add_root(self, provider: Provider, key_id: str | None = None, *, book: Collection[str] = ()) -> str:
        """Make a new root the present one, durably, and return its name; the old ones still unwrap.

        ``book`` names the roots under which epochs of the book are. One that is the present root already is returned
        while any key is under another: whoever made it died before the book knew. Raises ``WrongState`` when none is,
        or the ring has no root.
        """
        with self._changing():
            if not self.root:
                raise _unadopted()
            root = new_root(provider, key_id)
            if root.name != self.root:
                kept = replace(self._kept, root=root.name, roots=self._kept.roots | {root.name: root.kept()})
                self._keep(kept)
            elif {self._kept.index_root, *self._wrapping().values(), *book} == {root.name}:
                fact = f"{root.name} is the root of this ring already"
                raise WrongState(fact, "Set INGATHER_KEK_NEXT to a new key, or name another one with --key-id")
            return root.name

    def rewrap(self) -> int:
        """Wrap the keys of the folder and the index key under the present root; returns how many were under others."""
        with self._changing():
            root, found = self._root(self.root), 0
            for name, by in self._wrapping().items():
                if by != root.name:
                    self._write_kek(root, name, self.kek(name))
                    found += 1
            if self._kept.index_root != root.name:
                wrapped = root.wrap(self.index, instance=self.instance, of=_INDEX)
                self._keep(replace(self._kept, index_root=root.name, index=wrapped))
                found += 1
            return found

    def forget_root(self, name: str) -> bool:
        """Take a root that is no longer the present one out of the ring, durably; returns whether it was there.

        What only it unwraps is lost, backups of the book included. Raises ``WrongState`` while keys here need it.
        """
        with self._changing():
            if name not in self._kept.roots:
                return False
            if name in {self.root, self._kept.index_root, *self._wrapping().values()}:
                fact = f"keys of this ring are still wrapped under {name}"
                raise WrongState(fact, "Rotate it first: ingather keys rotate --kek")
            self._keep(replace(self._kept, roots={each: has for each, has in self._kept.roots.items() if each != name}))
            return True

    def wait_no_longer(self) -> None:
        """Keep that the book for which a ring was made is founded; does nothing where it does not wait."""
        if self._kept.waiting:
            with self._changing():
                self._keep(replace(self._kept, waiting=False))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep every other process out of the folder, take what it holds now, and end what one that died had begun.

        Raises ``KeyMissing`` when it has become another instance's.
        """
        with self._lock, key_files.alone_in(self.folder):
            self._reread()
            key_files.sweep(self.folder)
            yield

    def _keep(self, kept: Kept) -> None:
        write_ring(self.folder, kept)
        self._kept = kept

    def _wrapping(self) -> dict[str, str]:
        """Return under which root each key-encrypting key is that still lies in the folder."""
        found = {}
        for name in self.keks():
            # Whoever shreds by hand does not wait for us.
            with suppress(FileNotFoundError):
                found[name] = self._wrapped(name)[0]
        return found

    def _root(self, name: str) -> KeyProvider:
        if (found := self._kept.roots.get(name)) is None:
            # Another process may have rotated it.
            self._reread()
            found = self._kept.roots.get(name)
        if found is None:
            fact = f"the ring in {self.folder} has no root {name}"
            raise KeyMissing(fact, "Restore the key folder that belongs to this book")
        return parsed(self.folder, lambda: kept_root(name, found))

    def _reread(self) -> None:
        with self._lock:
            kept = read_ring(self.folder)
            if kept.instance != self.instance:
                fact = f"the ring in {self.folder} is another one than when this process began"
                raise KeyMissing(fact, "Restore the key folder that belongs to this book, and begin again")
            self._kept = kept

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            fact = f"{name} is not the name of a key"
            raise KeyMissing(fact, "Restore the key folder that belongs to this book")
        return self.folder / f"{name}{SUFFIX}"

    def _wrapped(self, name: str) -> tuple[str, bytes]:
        return parsed(self.folder, lambda: read_kek(self._path(name)))

    def _write_kek(self, root: KeyProvider, name: str, key: bytes) -> None:
        wrapped = root.wrap(key, instance=self.instance, of=name)
        key_files.write_closed(self._path(name), json.dumps({"root": root.name, "wrapped": wrapped.hex()}))


def make_ring(
    folder: Path, provider: Provider = Provider.FILE, key_id: str | None = None, *, waiting: bool = False
) -> KeyRing:
    """Make a new key folder (0700) and its ring (0600), for a book that is founded now, or one that it waits for.

    Raises ``KeyMissing`` when there is a ring already or the provider has no key, and ``KeysSilent`` when it does not
    answer.
    """
    key_files.make_folder(folder)
    if (folder / RING).exists():
        raise _there_already(folder)
    instance, index, root = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES), new_root(provider, key_id)
    wrapped = root.wrap(index, instance=instance, of=_INDEX)
    kept = Kept(instance=instance, root=root.name, roots={root.name: root.kept()}, index_root=root.name, index=wrapped,
                 waiting=waiting)  # fmt: skip
    try:
        write_ring(folder, kept, new=True)
    except (FileExistsError, FileNotFoundError):
        # Whoever was faster may have taken our unfinished file away already.
        raise _there_already(folder) from None
    return KeyRing(folder, kept)


def load_ring(folder: Path) -> KeyRing:
    """Return the ring kept in a folder.

    Raises ``KeyMissing`` when there is none, when others may read it, or when its root is not where it should be, and
    ``KeysSilent`` when the root's keeper does not answer.
    """
    return KeyRing(folder, read_ring(folder))


def waiting_ring(folder: Path) -> KeyRing | None:
    """Return a ring that was made before its book and waits for it; None when there is none that waits.

    It waits until ``wait_no_longer``: a founding that fails may be tried again.
    """
    if not has_ring(folder) or not (kept := read_ring(folder)).waiting:
        return None
    return KeyRing(folder, kept)


def has_ring(folder: Path) -> bool:
    """Return whether a folder has a ring, whoever may read it."""
    return (folder / RING).exists()


def _there_already(folder: Path) -> KeyMissing:
    fact = f"there is a key ring already in {folder}"
    return KeyMissing(fact, "Choose another folder; keys are never overwritten")


def _unadopted() -> WrongState:
    fact = "this key ring is from before there were epochs, and has no root"
    return WrongState(fact, "Give it one: ingather keys init")
