"""Microsoft, for the accounts of all companies and persons: one address, and an issuer for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.auth.providers.discovery import Issuer
from core.auth.providers.oidc import OpenIdProvider
from core.auth.providers.somebody import NotBelieved


@dataclass(frozen=True)
class Microsoft(OpenIdProvider):
    def expected_issuer(self, issuer: Issuer, claims: Mapping[str, Any]) -> str:
        """The issuer of the directory that the token names, which stands in the place of `{tenantid}`."""
        if "{tenantid}" not in issuer.name:
            return issuer.name
        try:
            directory = str(UUID(str(claims.get("tid"))))
        except ValueError:
            raise NotBelieved("directory") from None
        return issuer.name.replace("{tenantid}", directory)

    def says_verified(self, said: Mapping[str, Any]) -> bool | None:
        """The administrator of any directory may write any address into it. Only the claim `xms_edov` says that the
        domain is the directory's own."""
        return str(said.get("xms_edov")).lower() in ("true", "1")
