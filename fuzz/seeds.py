#!/usr/bin/env python3
"""Makes the dictionary and the first inputs of every target.

The dictionary has the words of the official schema. The inputs are the recorded sessions of `tests/transcripts`, and
hostile ones made by hand. Run it to add the seeds again (`fuzz/seeds.py`), then minimise as the README says.
"""

import json
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
ROOT = FUZZ.parent
SCHEMA = ROOT / "core/tests/schema/debugAdapterProtocol.json"


def dictionary():
    words = set()

    def walk(node):
        if isinstance(node, dict):
            words.update(node.get("properties", {}))
            for key in ("enum", "_enum"):
                words.update(word for word in node.get(key, []) if isinstance(word, str))
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(json.loads(SCHEMA.read_text())["definitions"])
    lines = ["# Words of the Debug Adapter Protocol, of JSON, of its framing and of the configuration; made by seeds.py."]
    plain = ["Content-Length: ", "Content-Type: ", "\r\n", "\r\n\r\n", "Content-Length: 0\r\n\r\n", "GET / HTTP/1.1\r\n"]
    plain += ["true", "false", "null", "{", "}", "[", "]", "\":", ",\"", "\\u0000", "\\ud83d\\ude00", "\\ud83d", "\\ude00"]
    plain += ["-0", "1e5", "0.5", "9007199254740991", "9007199254740992", "2147483647", "-2147483648", "4294967296"]
    plain += ["9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616"]
    plain += ["debugpy:", "\n  host: ", "\n  port: ", "\n  start: ", "\n  wait: ", "!secret ", "&a ", "*a", "<<: ", "!!str "]
    plain += ["? ", "- ", "|2-\n", ">+\n", "---\n", "...\n", "%YAML 1.1\n", "# ", "\xef\xbb\xbf", "\xe2\x80\xa8"]
    for word in plain:
        lines.append('"' + "".join(escape(character) for character in word) + '"')
    for word in sorted(words):
        lines.append('"\\"' + "".join(escape(character) for character in word) + '\\""')
    (FUZZ / "dap.dict").write_text("\n".join(lines) + "\n")


def escape(character):
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    return f"\\x{ord(character):02x}"


def frame(body):
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def compact(message):
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def seed(target, name, data):
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def transcripts():
    for file in sorted((ROOT / "tests/transcripts").glob("*.jsonl")):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        yield file.stem, [(line["dir"], line["msg"]) for line in lines if "msg" in line]


def from_transcripts():
    for name, messages in transcripts():
        client = [compact(message) for direction, message in messages if direction == "c2s"]
        both = [compact(message) for _, message in messages]
        wire = b"".join(map(frame, client))
        seed("frame", name, b"\xff\x00\x00\x01" + wire[:4000])
        seed("frame", name + "-small", b"\x30\x20\x20\x09" + b"".join(map(frame, both))[:3000])
        seed("serve", name, bytes([200, 255, 1, 0]) + wire)
        seed("serve", name + "-tight", bytes([12, 30, 7, 5]) + wire)
        # Each message, an answer to it, and once in a while everything is sent.
        for suffix, setting, answer in (
            ("", bytes([255, 3, 64]), bytes([8, 255, 4])),
            ("-tight", bytes([20, 1, 30]), bytes([8, 255, 2])),
            ("-later", bytes([60, 2, 64]), bytes([12, 1, 0, 5, 0, 34])),
        ):
            moves = b""
            for body in client:
                moves += b"\x00" + len(body).to_bytes(2, "little") + body + answer + b"\x0f\xff"
            seed("session", name + suffix, setting + moves)
        stream = b"".join(b"\x03" + len(part).to_bytes(2, "little") + b"\x11" + part for part in map(frame, client))
        seed("session", name + "-stream", bytes([255, 3, 64]) + stream + b"\x12\x10")
        for body in both:
            message = json.loads(body)
            kind = message.get("command") or message.get("event")
            seed("json", f"{message['type']}-{kind}", body[:2000])
            seed("request", f"{message['type']}-{kind}", body[:3000])


def from_schema():
    """One message of every kind, with every member that it can have."""
    definitions = json.loads(SCHEMA.read_text())["definitions"]

    def value(node, depth):
        if "$ref" in node:
            return value(definitions[node["$ref"].rsplit("/", 1)[1]], depth)
        if "allOf" in node:
            whole = {}
            for part in node["allOf"]:
                whole.update(value(part, depth) or {})
            return whole
        words = node.get("enum") or node.get("_enum")
        if words:
            return words[-1]
        kind = node.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object" or "properties" in node:
            if depth > 4:
                return {}
            return {name: value(inner, depth + 1) for name, inner in node.get("properties", {}).items()}
        if kind == "array":
            return [value(node.get("items", {}), depth + 1)] * 2 if depth < 4 else []
        return {"string": "a\u00e9", "integer": 7, "number": 50, "boolean": True}.get(kind)

    for name, definition in definitions.items():
        kind = next((kind for kind in ("Request", "Response", "Event") if name.endswith(kind)), name)
        if name != kind:
            message = value(definition, 0)
            if kind == "Response":
                command = name.removesuffix("Response")
                message.update(success=True, command=command[0].lower() + command[1:])
            seed("request", f"schema-{name}", compact(message))


def by_hand():
    hostile = {
        "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "post": b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "no-length": b"Content-Type: x\r\n\r\n{}",
        "twice": b"Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}",
        "bare": b"Content-Length: 2\n\n{}",
        "huge": b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
        "oversize": b"Content-Length: 900\r\n\r\n" + b"{\"seq\":1," + b" " * 891 + frame(b"{}"),
        "odd": b"\r\n\r\nCONTENT-length :7\r\n" + b"content-Type:\t" + b"x" * 100 + b"\r\n\r\n",
        "long": b"Content-Length: " + b"0" * 200,
        "many": b"\r\n" * 250 + frame(b"{}"),
        "empty": frame(b"") * 3,
        "torn": b"Content-Length: 5\r\n\r",
    }
    for name, stream in hostile.items():
        seed("frame", "hostile-" + name, b"\xff\x00\x00\x05" + stream)
        seed("frame", "grows-" + name, b"\x11\x60\x80\x05" + stream)
        seed("serve", "hostile-" + name, bytes([64, 20, 3, 1]) + stream)
    texts = [
        b"", b" ", b"{}", b"[]", b"\"\"", b"-0", b"1.5e+10", b"01", b"1.", b"tru", b"nulll", b"[1,]", b"{\"a\":1,}", b"{\"a\"}",
        b"[" * 70, b"{\"a\":" * 70, b"[" * 64 + b"]" * 64, b"\"\\ud83d\\ude00\\u00e9\\n\"", b"\"\\ud83d\"", b"\"\\ude00\"",
        b"\"\\ud83d\\u0041\"", b"\"\\x\"", b"\"\x01\"", b"\xff", b"\"\xed\xa0\x80\"", "\"é😀\u2028\"".encode(), b"{\"seq\":1,\"s\\u0065q\":2}",
        b"{\"a\":{\"b\":[1,-2,9007199254740992,1e3,true,false,null,\"x\"]}, \"a\" : [ ] }", b"[9223372036854775807,-9223372036854775808]",
        b"\"\x1f\"", b"\"\x7f\"", b"\"a\x1fcdefghijkl\"", b"\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"", b"\"AB==\"", b"\"AAB=\"", b"[\"Zg==\",\"Zm8=\",\"Zm9v\",\"AA\"]",
        b"{\"seq\":7,\"type\":\"request\",\"command\":\"a\"} x", b"{\"name\":\"\\u00e9\",\"count\":5,\"flag\":true,\"list\":[\"a\",\"b\"]}",
    ]
    for number, text in enumerate(texts):
        seed("json", f"hand-{number:02}", text)
    for number, text in enumerate(
        [
            b"\x01\x00\x01\x03\x04\x05\x03",
            b"\x03\x00\x02\x00\x01\x03\x05\x03\x04\x00\x05\x03\x04\x06",
            b"\x03\x00\x00\x01\x02\x03\x03\x04\x04\x05\x05",
            b"\x02\x00\x01\x03\x04\x05",
            b"\x00\x03\x05\x04\x00\x01\x06",
            b"\x03\x04\x01\x00\x00\x01\x03\x04\x05\x03\x03",
        ]
    ):
        seed("lifecycle", f"hand-{number:02}", text)
    moves = {
        "handshake": b"\x04\x06\x04\x06",
        "later": b"\x04\x04\x01\x04\x60\x01\x2a\x63\x01\x08\x60\x12\x10",
        "events": b"\x04\x04" + b"".join(bytes([12, n, 1]) for n in range(12)) + b"\x0d\x00\x0d\x01\x0d\x02\x0e\x00\x00\x0e\x00\x01",
        "stale": b"\x04\x02\x01\x2a\x60\x05\x00\x30\x0b\x00\x0b\x01",
        "cancelled": b"\x04\x04" + b"\x01\x2a\x60" * 8 + b"\x01\x08\x60\x05\xff\x30",
        "ending": b"\x04\x04\x01\x08\x60\x0c\x03\x01\x0c\x04\x01\x0c\x01\x01\x12\x0c\x03\x01\x0c\x04\x01\x0c\x03\x01",
        "configured-without-room": b"\x04\x02\x01\x04\x60\x05\x00\x0f\x01\x04\x60\x12\x10",
        "given-up": b"\x04\x04\x01\x2a\x60\x01\x2a\x60\x11\x00\x13\x00\x01\x08\x60\x12",
        "asked": b"\x04\x0b\x0d\x00\x0d\x02\x0e\x00\x00\x04\x12\x0d\x01\x0e\x00\x01\x0e\x00\x01",
        "unknown": b"\x04\x04" + b"".join(bytes([1, n, 0x60]) for n in range(44, 60)) + b"\x12",
    }
    for name, data in moves.items():
        for room in (5, 14, 40, 255):
            seed("session", f"hand-{name}-{room}", bytes([room, room, 64]) + data)
    blocks = [
        b"debugpy:\n", b"debugpy:\n  port: 5679\n  wait: on\n", b"debugpy: {host: '::1', port: 0x10, start: no}\n",
        b"a: &a {port: 1}\ndebugpy:\n  <<: *a\n", b"debugpy: {<<: [{port: 1}, {wait: yes}]}\n", b"debugpy:\n  host: !secret h\n",
        b"debugpy:\n  port: 0\n", b"debugpy:\n  prot: 1\n", b"light: !include l.yaml\nx: |\n  debugpy:\ndebugpy:\n", b"- debugpy", b"\xff",
        b"debugpy: &a {<<: *a}", b"[[[[", b"a: \"x\ndebugpy:", b"%YAML 1.1\n---\n? [a]\n: 1\ndebugpy: ~\n...\n", b"debugpy:\n  host: \"\\u00e9\\x01\\\n x\"\n",
        b"\xef\xbb\xbfdebugpy:\r\n  host: >-\r\n    a\r\n    b\r\n", b"debugpy:\n  start: 0.5\n  wait: ' YES '\n  port: \" 80 \"\n", b"!t {debugpy: 1}",
        b"\x00" + bytes(range(40)), b"\x00" + bytes(range(200, 20, -3)), b"\x00\x01\x05\x01\x02\x03\x10\x20" * 5,
    ]
    for number, text in enumerate(blocks):
        seed("yaml", f"hand-{number:02}", text)
    real = ROOT / "std-frontend/tests/data/configuration.yaml"
    seed("yaml", "real", real.read_bytes())


if __name__ == "__main__":
    dictionary()
    from_transcripts()
    from_schema()
    by_hand()
