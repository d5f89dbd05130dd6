"""What `get_cli_options` answers. Loaded when somebody asks: the command line itself does without `dataclasses`."""

from __future__ import annotations

import dataclasses

from . import _options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

Endpoint = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class CliOptions:
    """Options of the command line, and of ``DEBUGPY_EXTRA_ARGV``."""

    mode: Literal["connect", "listen"]
    target_kind: Literal["file", "module", "code", "pid"]
    address: tuple[str, int]
    log_to: str | None = None
    log_to_stderr: bool = False
    target: str | None = None
    wait_for_client: bool = False
    adapter_access_token: str | None = None
    config: dict[str, object] = dataclasses.field(default_factory=dict)
    parent_session_pid: int | None = None


def current() -> CliOptions | None:
    """The options that this process was started with; None if its command line was not ours."""
    given = _options.given
    if given is None:
        return None
    options, address = given
    return CliOptions(
        mode="connect" if options.connect is not None else "listen",
        target_kind=options.kind,
        address=address,
        log_to=options.log_to,
        log_to_stderr=options.log_to_stderr,
        target=options.target,
        wait_for_client=options.wait,
        adapter_access_token=options.access_token,
        config={"qt": "none", "subProcess": True, **options.configure},
        parent_session_pid=options.parent,
    )
