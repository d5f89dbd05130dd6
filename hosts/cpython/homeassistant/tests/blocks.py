"""What a `debugpy:` entry means: one table for Home Assistant and for dapstub's own reading of the same file.

Each case is the text of an entry, and the settings that differ from the defaults, or REFUSED.
"""

REFUSED = None

DEFAULTS = {
    "host": "0.0.0.0",
    "port": 5678,
    "start": True,
    "wait": False,
    "allow": None,
    "token": None,
    "evaluate": True,
    "path_mappings": [],
    "just_my_code": None,
}

_WORDS = {
    True: ["true", "True", "yes", "On", "enable", "'1'", "1", "-1", "0.5", "' TRUE '"],
    False: ["false", "no", "OFF", "disable", "'0'", "0", "0.0"],
    REFUSED: ["y", "n", "t", "maybe", "''", "", "[]", "{}", "[true]", "2024-01-01"],
}

_MAPPINGS = "{{local_root: {}, remote_root: {}}}"

CASES = [
    # No options at all, in every way that Home Assistant takes for it.
    *[(f"debugpy:{text}", {}) for text in ["", " ~", " {}", " false", " []", " 0", " ''"]],
    *[(f"debugpy: {text}", REFUSED) for text in ["true", "5678", "text", "[host]"]],
    # host
    ("debugpy:\n  host: 127.0.0.1", {"host": "127.0.0.1"}),
    ("debugpy:\n  host: '::1'", {"host": "::1"}),
    ("debugpy:\n  host: ''", {"host": ""}),
    ("debugpy:\n  host: 7", {"host": "7"}),
    ("debugpy:\n  host: true", {"host": "True"}),
    ("debugpy:\n  host:", REFUSED),
    ("debugpy:\n  host: []", REFUSED),
    ("debugpy:\n  host: {}", REFUSED),
    # port
    ("debugpy:\n  port: 1", {"port": 1}),
    ("debugpy:\n  port: 65535", {"port": 65535}),
    ("debugpy:\n  port: '5679'", {"port": 5679}),
    ("debugpy:\n  port: ' 80 '", {"port": 80}),
    ("debugpy:\n  port: 5679.0", {"port": 5679}),
    *[
        (f"debugpy:\n  port: {text}", REFUSED)
        for text in ["0", "-1", "65536", "70000", "5678.9", "true", "'0x10'", "", "[]", "text", "''"]
    ],
    # allow
    ("debugpy:\n  allow: 10.0.0.0/8", {"allow": ["10.0.0.0/8"]}),
    ("debugpy:\n  allow: 10.0.0.0/08", {"allow": ["10.0.0.0/8"]}),
    ("debugpy:\n  allow: ' 10.9.9.9/8 '", {"allow": ["10.0.0.0/8"]}),
    ("debugpy:\n  allow: ['::1', 'FE80::5/10', 10.9.9.9]", {"allow": ["::1/128", "fe80::/10", "10.9.9.9/32"]}),
    *[
        (f"debugpy:\n  allow: {text}", REFUSED)
        for text in [
            *("", "[]", "localhost", "''", "10", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/"),
            *("[10.0.0.0/8, true]", "[[10.0.0.0/8]]", "{a: b}", "010.0.0.1", "10.0.0", "'fe80::1%eth0'", "'::/129'"),
        ]
    ],
    # token
    ("debugpy:\n  token: 'Pa\u00df w\u00f6rt '", {"token": "Pa\u00df w\u00f6rt "}),
    ("debugpy:\n  token: 123456", {"token": "123456"}),
    ("debugpy:\n  token: true", {"token": "True"}),
    *[(f"debugpy:\n  token: {text}", REFUSED) for text in ["", "''", "' '", "[]", "[a]", "{a: b}"]],
    # start, wait, evaluate, just_my_code
    *[
        (f"debugpy:\n  {key}: {word}", meaning if meaning is REFUSED else {key: meaning})
        for key in ["start", "wait", "evaluate", "just_my_code"]
        for meaning, words in _WORDS.items()
        for word in words
    ],
    # path_mappings
    ("debugpy:\n  path_mappings: []", {}),
    (
        "debugpy:\n  path_mappings:\n"
        "    - local_root: /home/me/core/homeassistant\n      remote_root: /usr/src/homeassistant/homeassistant\n"
        "    - local_root: 'C:\\config'\n      remote_root: .\n",
        {
            "path_mappings": [
                ("/home/me/core/homeassistant", "/usr/src/homeassistant/homeassistant"),
                ("C:\\config", "."),
            ]
        },
    ),
    ("debugpy:\n  path_mappings: [" + _MAPPINGS.format("/a", 7) + "]", {"path_mappings": [("/a", "7")]}),
    *[
        ("debugpy:\n  path_mappings: [" + _MAPPINGS.format(local, remote) + "]", REFUSED)
        for local, remote in [
            ("relative", "/b"),
            ("'${workspaceFolder}'", "/b"),
            ("''", "/b"),
            ("7", "/b"),
            ("~", "/b"),
            ("[/a]", "/b"),
            ("/a", "''"),
            ("/a", "' '"),
            ("/a", "~"),
            ("/a", "{}"),
        ]
    ],
    ("debugpy:\n  path_mappings:", REFUSED),
    ("debugpy:\n  path_mappings: text", REFUSED),
    ("debugpy:\n  path_mappings: [text]", REFUSED),
    ("debugpy:\n  path_mappings: [~]", REFUSED),
    ("debugpy:\n  path_mappings: {local_root: /a, remote_root: /b}", REFUSED),
    ("debugpy:\n  path_mappings: [{local_root: /a}]", REFUSED),
    ("debugpy:\n  path_mappings: [{remote_root: /a}]", REFUSED),
    ("debugpy:\n  path_mappings: [{local_root: /a, remote_root: /b, root: /c}]", REFUSED),
    ("debugpy:\n  path_mappings: [{localRoot: /a, remoteRoot: /b}]", REFUSED),
    # keys
    ("debugpy:\n  hots: x", REFUSED),
    ("debugpy:\n  Port: 1", REFUSED),
    ("debugpy:\n  5: 1", REFUSED),
    # all of it
    (
        "light: []\ndebugpy:\n  host: localhost\n  port: 5679\n  start: off\n  wait: on\n  just_my_code: no\n",
        {"host": "localhost", "port": 5679, "start": False, "wait": True, "just_my_code": False},
    ),
]
