"""Proof of work: a browser calculates for a moment before a form is sent. A person does not notice, a flood does.

By the protocol of ALTCHA, with challenges of our own. Each is good for one sending.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import altcha

from core.sdk import first_time, now

ROUNDS = 2_000
TRIES = (300, 1_000)
"""How far a browser has to count: half a second on a desk, two on an old phone."""
GOOD_FOR = timedelta(minutes=30)
LONGEST = 4_000


def set_challenge(form_id: UUID, secret: str) -> dict[str, Any]:
    """Something to calculate, for one sending of this form."""
    low, high = TRIES
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256", ROUNDS, counter=low + secrets.randbelow(high - low), expires_at=now() + GOOD_FOR,
        data={"form": str(form_id)}, hmac_secret=secret, hmac_key_secret=secret,
    )  # fmt: skip
    return challenge.to_dict()


def is_proof(form_id: UUID, proof: str, secret: str) -> bool:
    """Whether this is a right answer to a challenge of ours, set for this form, that has not expired."""
    challenge = _challenge(proof)
    if challenge is None or (challenge.data or {}).get("form") != str(form_id):
        return False
    return altcha.verify_solution(proof, secret, hmac_key_secret=secret).verified


def spend(proof: str) -> bool:
    """Use a proof up. False where somebody did before."""
    challenge = _challenge(proof)
    return challenge is not None and first_time(f"leads.form:{challenge.nonce}", GOOD_FOR)


def _challenge(proof: str) -> altcha.ChallengeParameters | None:
    if not 0 < len(proof) <= LONGEST:
        return None
    try:
        return altcha.Payload.from_base64(proof).challenge.parameters
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
