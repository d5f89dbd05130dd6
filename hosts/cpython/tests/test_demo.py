"""`dapstub demo`, from every door, and that it would notice if something were wrong."""

import re
import socket
import sys

import pytest
from dapstub._demo.client import Client
from dapstub._demo.report import Report


def test_demo_shows_a_whole_session(work, door):
    (work.folder / "temporary").mkdir()
    places = {name: str(work.folder / "temporary") for name in ("TMPDIR", "TEMP", "TMP")}
    outcome = work.run(*door, "demo", env=places)
    assert (outcome.status, outcome.err) == (0, ""), outcome.out
    assert "\x1b" not in outcome.out
    assert re.search(r"^(\d+) of \1 checks: all of it true$", outcome.out, re.MULTILINE)
    assert '"connect": { "host": "localhost", "port": 5678 }' in outcome.out
    # Each thing that was asked says how long it took.
    for shown in ("stack", "locals", "room, opened", "step over", "disconnect is answered"):
        assert re.search(rf"^  ok {shown} .*\d ms$", outcome.out, re.MULTILINE), shown
    # Nothing stays behind.
    assert [path.name for path in work.folder.rglob("*")] == ["temporary"]


def test_a_check_that_fails_fails_the_demo(capsys: pytest.CaptureFixture[str]):
    report = Report()
    assert report.check("two", 2, 1 + 1)
    assert not report.check("three", 3, 1 + 1)
    assert report.conclude() == 1
    out = capsys.readouterr().out
    assert "  ok two\n" in out
    assert "  NO three\n     expected: 3\n     found:    2\n" in out
    assert "1 of 2 checks: 1 not true" in out


def test_a_demo_that_breaks_off_fails(capsys: pytest.CaptureFixture[str]):
    report = Report()
    report.fail("the demonstration ends here", "no answer\nafter 15 s")
    assert report.conclude() == 1
    assert "     after 15 s\n" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a socket may not connect to itself")
def test_a_connection_to_itself_has_reached_nobody(monkeypatch: pytest.MonkeyPatch):
    itself = socket.socket()
    itself.bind(("127.0.0.1", 0))
    itself.connect(itself.getsockname())
    monkeypatch.setattr(socket, "create_connection", lambda *_: itself)
    with pytest.raises(ConnectionRefusedError, match="nobody listens"):
        Client(*itself.getsockname())
    assert itself.fileno() == -1
