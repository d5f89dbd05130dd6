"""An administrator and a plain user, with a token each, as Home Assistant stores them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import jwt

_KEY = "a-key-of-sixty-four-bytes-so-that-no-library-finds-it-too-short"
_USERS = {"admin": ("system-admin", True), "plain": ("system-users", False)}


def store(config: Path) -> dict[str, str]:
    """Writes both users into the configuration folder, and returns the token of each."""
    folder = config / ".storage"
    folder.mkdir()
    _write(
        folder,
        "auth",
        1,
        {
            "groups": [{"id": "system-admin", "name": "Administrators"}, {"id": "system-users", "name": "Users"}],
            "users": [_user(name) for name in _USERS],
            "credentials": [],
            "refresh_tokens": [_refresh_token(name) for name in _USERS],
        },
    )
    _write(folder, "onboarding", 4, {"done": ["user", "core_config", "analytics", "integration"]})
    now = int(time.time())
    claims = {name: {"iss": f"token-{name}", "iat": now - 60, "exp": now + 86400} for name in _USERS}
    return {name: jwt.encode(claim, _KEY, "HS256") for name, claim in claims.items()}


def _write(folder: Path, key: str, version: int, data: object) -> None:
    text = json.dumps({"version": version, "minor_version": 1, "key": key, "data": data})
    (folder / key).write_text(text)


def _user(name: str) -> dict[str, object]:
    group, is_owner = _USERS[name]
    return {
        "id": f"user-{name}",
        "group_ids": [group],
        "is_owner": is_owner,
        "is_active": True,
        "name": name,
        "system_generated": False,
        "local_only": False,
    }


def _refresh_token(name: str) -> dict[str, object]:
    return {
        "id": f"token-{name}",
        "user_id": f"user-{name}",
        "client_id": None,
        "client_name": "tests",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": "2024-01-01T00:00:00+00:00",
        "access_token_expiration": 315360000.0,
        "token": f"secret-{name}",
        "jwt_key": _KEY,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": "tests",
    }
