"""A passkey without a device: what a phone or a security key answers, made by the test itself."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

UP, UV, AT = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey. What is wrong with an answer is said by its keyword."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0
        self.handle = b""

    def create(self, options: dict[str, Any], origin: str = "http://localhost:8000", **wrong: Any) -> str:
        """The answer to `navigator.credentials.create`."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(public)
        data = self._data(wrong.get("site", options["rp"]["id"]), UP | UV | AT) + attested
        client = _client("webauthn.create", options["challenge"], origin)
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": client, "attestationObject": attestation}, transports=["internal"])

    def get(self, options: dict[str, Any], origin: str = "http://localhost:8000", **wrong: Any) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count = wrong.get("count", self.count + 1)
        data = self._data(wrong.get("site", options["rpId"]), UP | (UV if wrong.get("verified", True) else 0))
        client = _client("webauthn.get", wrong.get("challenge", options["challenge"]), origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        handle = wrong.get("handle", self.handle)
        return self._answer(said | ({"userHandle": handle} if handle else {}))

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, said: dict[str, bytes], **more: Any) -> str:
        written = {name: bytes_to_base64url(value) for name, value in said.items()}
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": written | more,
                           "clientExtensionResults": {}})  # fmt: skip


def _client(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
