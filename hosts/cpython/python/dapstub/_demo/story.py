"""The demonstration: a program is held, attached to, stopped, looked at, stepped, and left to itself."""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path
from typing import Any

from .client import Client, Message, ProtocolError
from .report import Report
from .scene import PROGRAM, Scene

# The statement to stop at, the line after it, and when.
STATEMENT = "room.pass_minutes(5, outside=-4)"
NEXT_STATEMENT = "for room in rooms:"
CONDITION = 'room.name == "bath" and number == 3'
EXPRESSION = "round(room.wanted - room.celsius, 2)"

LAUNCH = """\
{
    "version": "0.2.0",
    "configurations": [
        {
            "name": "Python: Attach",
            "type": "debugpy",
            "request": "attach",
            "connect": { "host": "localhost", "port": 5678 },
            "pathMappings": [
                { "localRoot": "${workspaceFolder}", "remoteRoot": "." }
            ]
        }
    ]
}"""


def tell(report: Report) -> None:
    """Shows everything, in order. What goes wrong is in the report."""
    print("dapstub: a Python program, debugged over TCP as an editor does it")
    with Scene() as scene:
        try:
            _show_the_program(report, scene)
            expected = scene.run_plainly()
            began = time.perf_counter()
            report.line(f"started: python dapstub {' '.join(scene.command[3:])}   (process {scene.start()})")
            client = scene.connect()
            try:
                report.line("its port is open", (time.perf_counter() - began) * 1000)
                stop = _attach(report, scene, client)
                _look(report, scene, client, stop)
                _leave(report, scene, client, expected)
            finally:
                client.close()
        except ProtocolError as error:
            report.fail("the demonstration ends here", f"{error}\n{scene.complaints()}")
    _show_launch_json(report)


def _show_the_program(report: Report, scene: Scene) -> None:
    report.section("A program and a configuration")
    report.line(f"folder:  {scene.folder}")
    report.line(f"python:  {sys.version.split()[0]}, {sys.executable}")
    block = scene.configuration.read_text(encoding="utf-8")
    for line in block[block.index("debugpy:") :].splitlines():
        report.line("    " + line)


def _attach(report: Report, scene: Scene, client: Client) -> Message:
    """The order in which VS Code attaches. Answers the body of the first stop."""
    report.section("Attaching")
    capabilities, took = client.ask(
        "initialize",
        clientID="dapstub-demo",
        clientName="dapstub demo",
        adapterID="debugpy",
        pathFormat="path",
        linesStartAt1=True,
        columnsStartAt1=True,
        supportsVariableType=True,
        supportsVariablePaging=True,
        locale="en",
    )
    report.check(
        "initialize: conditional breakpoints are offered",
        True,
        capabilities.get("supportsConditionalBreakpoints"),
        took,
    )
    attach = client.send(
        "attach",
        name="Python: Attach",
        type="debugpy",
        request="attach",
        connect={"host": "127.0.0.1", "port": scene.port},
        pathMappings=[{"localRoot": str(scene.folder), "remoteRoot": "."}],
    )
    client.wait_for("initialized")
    line = scene.line_of(STATEMENT)
    requests = [
        client.send(
            "setBreakpoints",
            source={"name": PROGRAM, "path": str(scene.program)},
            breakpoints=[{"line": line, "condition": CONDITION}],
            sourceModified=False,
        ),
        client.send("setFunctionBreakpoints", breakpoints=[]),
        client.send("setExceptionBreakpoints", filters=["uncaught"]),
    ]
    (placed, took), *_ = [client.answer(request) for request in requests]
    breakpoints = [(point["verified"], point.get("line")) for point in placed["breakpoints"]]
    report.check(f"breakpoint on line {line} if {CONDITION}", [(True, line)], breakpoints, took)

    # Long enough for the program to have printed something, if it ran.
    time.sleep(0.3)
    report.check("wait: true, so the program has not begun", "", scene.output())
    began = time.perf_counter()
    configured = client.send("configurationDone")
    took = client.answer(configured)[1]
    client.answer(attach)
    answered = [name for name in client.order if name in ("configurationDone!", "attach!")]
    report.check(
        "configurationDone, and only then attach, is answered", ["configurationDone!", "attach!"], answered, took
    )
    threads = client.send("threads")
    stop, when = client.wait_for("stopped")
    client.answer(threads)

    report.section("The stop")
    report.check("the program stops at the breakpoint", "breakpoint", stop.get("reason"), (when - began) * 1000)
    report.check("the program had begun", "the heating starts\n", scene.first_output().replace("\r\n", "\n"))
    return stop


def _look(report: Report, scene: Scene, client: Client, stop: Message) -> None:
    """Looks around in the stopped program, and steps."""
    thread = stop["threadId"]
    body, took = client.ask("threads")
    names = sorted(thread["name"] for thread in body["threads"])
    report.check(f"threads: {', '.join(names)}", True, {"MainThread", "weather"} <= set(names), took)

    body, took = client.ask("stackTrace", threadId=thread, startFrame=0, levels=20)
    frames = body["stackFrames"]
    report.check("stack", ["heat", "main", "<module>"], [frame["name"] for frame in frames], took)
    for frame in frames:
        report.line(f"    {frame['name']:<12} {Path(frame['source']['path']).name}:{frame['line']}")
    report.check("the path is the editor's own", str(scene.program), frames[0]["source"]["path"])

    body, took = client.ask("scopes", frameId=frames[0]["id"])
    scopes = {scope["name"]: scope["variablesReference"] for scope in body["scopes"]}
    if not report.check("scopes", True, "Locals" in scopes, took):
        report.line(f"    {', '.join(scopes)}")
    body, took = client.ask("variables", variablesReference=scopes.get("Locals", 0))
    variables = {variable["name"]: variable for variable in body["variables"]}
    report.check("locals", ["number", "room", "rooms", "rounds"], _own(variables), took)
    _show(report, variables)
    report.check("the condition holds: number", "3", variables["number"]["value"])

    room = _expected_room(scene.program)
    body, took = client.ask("variables", variablesReference=variables["room"]["variablesReference"])
    members = {variable["name"]: variable for variable in body["variables"]}
    report.check("room, opened", sorted(vars(room)), _own(members), took)
    _show(report, members)
    shown = {name: members[name]["value"] for name in vars(room) if name != "history"}
    report.check("its values", {name: repr(value) for name, value in vars(room).items() if name != "history"}, shown)

    body, took = client.ask("evaluate", expression=EXPRESSION, frameId=frames[0]["id"], context="repl")
    report.check(f"{EXPRESSION} = {body['result']}", repr(round(room.wanted - room.celsius, 2)), body["result"], took)
    _step(report, scene, client, thread, room)


def _step(report: Report, scene: Scene, client: Client, thread: int, room: Any) -> None:
    began = time.perf_counter()
    client.ask("next", threadId=thread)
    stop, when = client.wait_for("stopped")
    took = (when - began) * 1000
    frame = client.ask("stackTrace", threadId=thread, startFrame=0, levels=1)[0]["stackFrames"][0]
    expected = ("step", "heat", scene.line_of(NEXT_STATEMENT))
    report.check("step over", expected, (stop.get("reason"), frame["name"], frame["line"]), took)
    report.line(f"    {frame['name']:<12} {PROGRAM}:{frame['line']}")
    room.pass_minutes(5, outside=-4)
    body, took = client.ask("evaluate", expression="room.celsius", frameId=frame["id"], context="watch")
    report.check(f"room.celsius = {body['result']} after it", repr(room.celsius), body["result"], took)


def _leave(report: Report, scene: Scene, client: Client, expected: tuple[int, str]) -> None:
    report.section("Leaving")
    began = time.perf_counter()
    took = client.ask("disconnect", restart=False, terminateDebuggee=False)[1]
    client.close()
    report.check("disconnect is answered", True, True, took)
    status, output = scene.finish()
    report.check("the program goes on to its end", expected[1], output, (time.perf_counter() - began) * 1000)
    for line in output.splitlines():
        report.line("    " + line)
    report.check("its exit status", expected[0], status)
    report.check("nothing else was printed", "", scene.complaints())


def _show_launch_json(report: Report) -> None:
    report.section("For your own program")
    report.line("dapstub --listen 5678 --wait-for-client program.py")
    report.line()
    report.line("and .vscode/launch.json in the folder of its sources:")
    report.line()
    for line in LAUNCH.splitlines():
        report.line(line)


def _own(variables: dict[str, Message]) -> list[str]:
    """The names without the groups that a debugger adds, such as "special variables"."""
    return sorted(name for name in variables if name.isidentifier() and not name.startswith("__"))


def _show(report: Report, variables: dict[str, Message]) -> None:
    for name, variable in variables.items():
        value = variable["value"]
        shown = value if len(value) <= 40 else value[:37] + "..."
        report.line(f"    {name:<12} {shown:<41} {variable.get('type', '')}")


def _expected_room(program: Path) -> Any:
    """The bath at the moment of the stop, worked out without a debugger."""
    module = runpy.run_path(str(program))
    rooms = module["house"]()
    module["heat"](rooms, 2)
    bath = rooms[1]
    bath.regulate()
    return bath
