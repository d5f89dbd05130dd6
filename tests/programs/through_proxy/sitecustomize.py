"""Makes Python programs that are clients themselves connect through the proxy in front of the server: `src/signpost.rs`."""

import os
import socket

direct = socket.create_connection


def create_connection(address, *arguments, **named):
    # The proxy takes everybody; whether the server listens yet is for the server to say. A socket that reached nobody but
    # itself is no connection.
    with direct(address, *arguments, **named) as probe:
        if probe.getsockname() == probe.getpeername():
            raise ConnectionRefusedError(f"nobody listens on {address}")
    with direct(("127.0.0.1", int(os.environ["DAPSTUB_SIGNPOST"]))) as signpost, signpost.makefile("rw") as lines:
        print(address[1], file=lines, flush=True)
        port = int(lines.readline())
    return direct(("127.0.0.1", port), *arguments, **named)


socket.create_connection = create_connection
