"""Keeps the keys of sources encrypted: the database holds them only so that this installation can read them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hansei.errors import SetupError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_MAKE_ONE = "`hansei source new-key` prints a good one."


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted secret, and the short name of the key that it was encrypted with."""

    token: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts with the first of its keys (Fernet: AES-128-CBC with HMAC-SHA256); reads with any of them.

    Raises:
        SetupError: a key is not 32 bytes in URL-safe base64.
    """

    keys: Sequence[str] = field(repr=False)

    def __post_init__(self) -> None:
        for key in self.keys:
            try:
                _fernet(key)
            except ValueError:
                raise SetupError(
                    "HANSEI_SECRET_KEY holds a key that is not 32 bytes in URL-safe base64.", remedy=_MAKE_ONE
                ) from None

    def seal(self, secret: str) -> Sealed:
        """Encrypt a secret.

        Raises:
            SetupError: there is no key.
        """
        if not self.keys:
            raise SetupError(
                "The key of a source cannot be kept: HANSEI_SECRET_KEY is not set.",
                remedy=f"Set it for every process of this installation. {_MAKE_ONE}",
            )
        return Sealed(_fernet(self.keys[0]).encrypt(secret.encode()).decode(), key_id(self.keys[0]))

    def open(self, sealed: Sealed) -> str:
        """Decrypt a secret.

        Raises:
            SetupError: none of the keys fits; nothing is deleted.
        """
        from cryptography.fernet import InvalidToken

        for key in self.keys:
            if key_id(key) == sealed.key_id:
                try:
                    return _fernet(key).decrypt(sealed.token.encode()).decode()
                except InvalidToken:
                    break
        held = ", ".join(key_id(k) for k in self.keys) or "none"
        raise SetupError(
            f"The stored keys of sources were encrypted with the key {sealed.key_id}; HANSEI_SECRET_KEY holds {held}. "
            "Nothing was deleted.",
            remedy="Start with the old key (HANSEI_SECRET_KEY=new,old to change it, then `hansei source rotate-key`).",
        )


def _fernet(key: str) -> Fernet:
    from cryptography.fernet import Fernet  # only who keeps a key pays for this import

    return Fernet(key)


def new_key() -> str:
    """Return a fresh key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def key_id(key: str) -> str:
    """Return the short name of a key, which tells nothing of it."""
    return hashlib.sha256(b"hansei key id\0" + key.encode()).hexdigest()[:8]
