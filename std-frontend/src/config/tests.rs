//! Whole files, right and wrong.

use core::time::Duration;
use std::time::Instant;

use super::*;

fn read(text: &str) -> Result<Config, String> {
    parse(text.as_bytes(), "c.yaml")
        .map(|settings| settings.config)
        .map_err(|error| error.to_string())
}

fn config(host: &str, port: u16, start: bool, wait: bool) -> Config {
    Config {
        host: host.try_into().unwrap(),
        port,
        start,
        wait,
    }
}

#[test]
fn good_real_file() {
    let text = include_str!("../../tests/data/configuration.yaml");
    assert!(text.lines().count() > 100);
    assert_eq!(read(text), Ok(config("127.0.0.1", 5679, true, true)));
    assert_eq!(
        read(&text.replace('\n', "\r\n")),
        Ok(config("127.0.0.1", 5679, true, true))
    );
    let broken = text.replace("port: \"5679\"", "port: 70000");
    assert_eq!(
        read(&broken).unwrap_err(),
        "c.yaml:102:9: debugpy: port: expected a port number between 1 and 65535, found 70000",
    );
}

#[test]
fn good_blocks() {
    let default = Config::default;
    for (text, expected) in [
        ("debugpy:", default()),
        ("debugpy:\n", default()),
        ("debugpy: ~", default()),
        ("debugpy: {}", default()),
        ("debugpy: false", default()),
        ("debugpy: []", default()),
        ("debugpy: 0", default()),
        ("debugpy: ''", default()),
        ("---\ndebugpy:\n...\n", default()),
        ("\u{feff}debugpy:\n  port: 1\n", config("0.0.0.0", 1, true, false)),
        (
            "debugpy:\n  start: true\n  wait: true\n",
            config("0.0.0.0", 5678, true, true),
        ),
        ("debugpy:\n  start: no\n", config("0.0.0.0", 5678, false, false)),
        ("\"debugpy\": {port: 80, 'host': '::1'}", config("::1", 80, true, false)),
        (
            "{debugpy: {port: 80}, other: !include x}",
            config("0.0.0.0", 80, true, false),
        ),
        (
            "a: !x\n  debugpy: 3\ndebugpy:\n  port: ' 80 '",
            config("0.0.0.0", 80, true, false),
        ),
        ("debugpy:\n  host: ::1", config("::1", 5678, true, false)),
        ("debugpy:\n  port: 5679.0", config("0.0.0.0", 5679, true, false)),
        ("debugpy:\n  port: 0x10", config("0.0.0.0", 16, true, false)),
        ("debugpy:\n  host: 7\n  wait: 0.5", config("7", 5678, true, true)),
        ("debugpy:\n  host: ''", config("", 5678, true, false)),
        ("debugpy:\n  host: !!str 5", config("5", 5678, true, false)),
        (
            "debugpy:\n  host: >-\n    example\n    org",
            config("example org", 5678, true, false),
        ),
        (
            "a: &a {port: 1}\nb: &b {port: 2, wait: on}\ndebugpy: {<<: [*a, *b]}",
            config("0.0.0.0", 1, true, true),
        ),
        ("a: &a {port: 1}\ndebugpy: *a", config("0.0.0.0", 1, true, false)),
        ("p: &p 81\ndebugpy: {port: *p}", config("0.0.0.0", 81, true, false)),
        (
            "? [complex, key]\n: 1\n1: 2\n~: 3\ntrue: 4\n!x y: 5\ndebugpy:",
            default(),
        ),
        ("a: 1\na: 2\ndebugpy:", default()),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
}

#[test]
fn bad_blocks() {
    const PORT: &str = "debugpy: port: expected a port number between 1 and 65535";
    const KEYS: &str = "expected host, port, start, wait, allow, token, evaluate, path_mappings or just_my_code";
    const TAG: &str = "is resolved by Home Assistant, not here; expected a plain value";
    for (text, expected) in [
        ("debugpy:\n  port: 0", format!("2:9: {PORT}, found 0")),
        ("debugpy:\n  port: -1", format!("2:9: {PORT}, found -1")),
        ("debugpy:\n  port: true", format!("2:9: {PORT}, found true")),
        ("debugpy:\n  port: 5678.9", format!("2:9: {PORT}, found 5678.9")),
        ("debugpy:\n  port: '0x10'", format!("2:9: {PORT}, found \"0x10\"")),
        ("debugpy:\n  port:", format!("2:8: {PORT}, found nothing (null)")),
        ("debugpy:\n  port: []", format!("2:9: {PORT}, found a list")),
        ("debugpy:\n  port: 99999999999999999999", format!("2:9: {PORT}, found 1e20")),
        ("debugpy:\n  host: ~", "2:9: debugpy: host: expected a host name or address of at most 253 bytes, found nothing (null)".into()),
        ("debugpy:\n  host:\n    - a", "3:5: debugpy: host: expected a host name or address of at most 253 bytes, found a list".into()),
        ("debugpy:\n  host: {a: b}", "2:9: debugpy: host: expected a host name or address of at most 253 bytes, found a mapping".into()),
        (
            "debugpy:\n  wait: y",
            "2:9: debugpy: wait: expected a boolean (true, yes, on, enable or 1; false, no, off, disable or 0), found \"y\"".into(),
        ),
        (
            "debugpy:\n  wait:\n  start: 1",
            "2:8: debugpy: wait: expected a boolean (true, yes, on, enable or 1; false, no, off, disable or 0), found nothing (null)".into(),
        ),
        ("debugpy:\n  hots: x", format!("2:3: debugpy: unknown key \"hots\"; {KEYS} (did you mean `host`?)")),
        ("debugpy:\n  Port: 1", format!("2:3: debugpy: unknown key \"Port\"; {KEYS} (did you mean `port`?)")),
        ("debugpy:\n  frobnicate: 1", format!("2:3: debugpy: unknown key \"frobnicate\"; {KEYS}")),
        ("debugpy:\n  5: 1", format!("2:3: debugpy: unknown key 5; {KEYS}")),
        ("debugpy:\n  ? [a]\n  : 1", format!("2:5: debugpy: unknown key a list; {KEYS}")),
        ("debugpy:\n  port: 1\n  port: 2", "3:3: debugpy: `port` stands here for the second time; expected once".into()),
        ("debugpy:\na: 1\ndebugpy:\n", "3:1: a second `debugpy:` entry; expected one".into()),
        ("debugpy:\n  host: !secret host", format!("2:9: debugpy: host: !secret {TAG}")),
        ("debugpy:\n  wait: !env_var W", format!("2:9: debugpy: wait: !env_var {TAG}")),
        ("debugpy:\n  !x port: 5", format!("2:3: debugpy: !x {TAG}")),
        ("debugpy: !include debugpy.yaml", format!("1:10: debugpy: !include {TAG}")),
        ("debugpy: 5678", "1:10: debugpy: expected host, port, start and wait below it, found 5678".into()),
        ("debugpy: true", "1:10: debugpy: expected host, port, start and wait below it, found true".into()),
        ("debugpy: [host]", "1:10: debugpy: expected host, port, start and wait below it, found a list".into()),
        ("debugpy: x", "1:10: debugpy: expected host, port, start and wait below it, found \"x\"".into()),
        ("debugpy: {<<: 5}", "1:15: debugpy: expected a mapping behind `<<`, found 5".into()),
        ("debugpy: {<<: [[]]}", "1:16: debugpy: expected a mapping behind `<<`, found a list".into()),
        ("- debugpy:", "1:1: expected keys and values on the top level (such as `debugpy:`), found a list".into()),
        ("debugpy", "1:1: expected keys and values on the top level (such as `debugpy:`), found text".into()),
        ("a: \"x\ndebugpy:", "is not valid YAML".into()),
        ("debugpy:\n\tport: 1", "is not valid YAML".into()),
        ("debugpy: *nowhere", "is not valid YAML: unknown anchor".into()),
        ("a: b\n---\ndebugpy:", "is not valid YAML".into()),
        ("debugpy: {port: 1", "is not valid YAML".into()),
        ("debugpy: \u{0}", "is not valid YAML".into()),
    ] {
        let error = read(text).unwrap_err();
        match expected.starts_with(|c: char| c.is_ascii_digit()) {
            true => assert_eq!(error, format!("c.yaml:{expected}"), "{text}"),
            false => assert!(error.contains(&expected), "{text}\n{error}"),
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn bad_absent_block() {
    for text in [
        "",
        "# nothing\n",
        "~",
        "light:\n  debugpy:\n    port: 1\n",
        "a: 1\nDebugpy:\n",
        "a: |\n  debugpy:\n",
    ] {
        let error = parse(text.as_bytes(), "c.yaml").unwrap_err();
        assert!(matches!(error.problem(), ConfigProblem::NoBlock), "{text}: {error}");
        assert!(error.to_string().contains("add the line `debugpy:`"), "{error}");
        assert_eq!(error.position(), None);
    }
}

#[test]
fn bad_bytes_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("configuration.yaml");
    let problem = |content: Option<&[u8]>| {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = load(&path).unwrap_err();
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
        error
    };
    assert!(
        matches!(problem(None).problem(), ConfigProblem::Unreadable(error) if error.kind() == io::ErrorKind::NotFound)
    );
    let error = problem(Some(b"a: 1\nb: \xc3\xbc\xff\n"));
    assert!(matches!(error.problem(), ConfigProblem::NotUtf8));
    assert_eq!(error.position(), Some(Position { line: 2, column: 5 }));
    let large = problem(Some(&vec![b'\n'; MAX_FILE_SIZE as usize + 1]));
    assert!(matches!(
        large.problem(),
        ConfigProblem::TooLarge { limit: MAX_FILE_SIZE }
    ));
    std::fs::write(&path, "debugpy:").unwrap();
    assert_eq!(load(&path).unwrap(), Settings::default());
    assert!(matches!(
        load(folder.path()).unwrap_err().problem(),
        ConfigProblem::NotAFile
    ));
}

#[test]
fn hostile_files_are_refused_fast() {
    let mut bomb = String::from("a0: &a0 {port: 1}\n");
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} {{<<: [{}]}}\n", [below.as_str(); 9].join(", "));
    }
    let mut lists = String::from("a0: &a0 []\n");
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        lists += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    let limit = MAX_FILE_SIZE as usize;
    for (text, expected) in [
        (
            format!("debugpy: {}", "[".repeat(10_000)),
            Some("brackets are nested deeper"),
        ),
        (
            format!("debugpy:\na: {}", "{a: ".repeat(10_000)),
            Some("brackets are nested deeper"),
        ),
        ("[\"]\",".repeat(limit / 5), Some("brackets are nested deeper")),
        (
            format!("{bomb}debugpy: *a29"),
            Some("merges (`<<`) more than 64 mappings"),
        ),
        (format!("{bomb}debugpy: 0"), None),
        (
            format!("{lists}debugpy: {{<<: *a29}}"),
            Some("expected a mapping behind `<<`"),
        ),
        (format!("{lists}debugpy: {{host: *a29}}"), Some("expected a host name")),
        ("debugpy: &a {<<: *a}".into(), Some("")),
        (format!("a: {}", "[,#],".repeat(limit / 5 - 2)), Some("")),
        (format!("{}debugpy:", "- ".repeat(limit / 2 - 8)), Some("")),
        (format!("debugpy:\n{}", "? ".repeat(limit / 2 - 8)), None),
        (
            format!("debugpy:\n  host: {}", "x".repeat(limit - 20)),
            Some("of at most 253 bytes, found \"xxx"),
        ),
        (format!("debugpy:\n{}", "a: b\n".repeat(limit / 5 - 3)), None),
        (format!("debugpy:\n  {}: 1", "x".repeat(limit - 20)), Some("")),
    ] {
        let begin = Instant::now();
        let result = read(&text);
        let took = begin.elapsed();
        let shown = &text[..text.len().min(40)];
        assert!(took < Duration::from_secs(5), "{shown}: {took:?}");
        match (result, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(expected)) => assert!(error.contains(expected) && error.len() < 300, "{shown}: {error}"),
            (result, _) => panic!("{shown}: {result:?}"),
        }
    }
}

#[test]
fn good_settings_for_clients() {
    let read = |text: &str| {
        let settings = parse(text.as_bytes(), "c.yaml").map_err(|error| error.to_string())?;
        let pairs = settings.path_mappings.into_iter();
        let pairs: Vec<_> = pairs.map(|one| (one.local_root, one.remote_root)).collect();
        Ok::<_, String>((pairs, settings.just_my_code))
    };
    let pair = |local: &str, remote: &str| (local.to_owned(), remote.to_owned());
    for (text, expected) in [
        ("debugpy:", (vec![], None)),
        ("debugpy: {path_mappings: []}", (vec![], None)),
        ("debugpy: {just_my_code: no}", (vec![], Some(false))),
        (
            "debugpy:\n  path_mappings:\n    - local_root: C:\\a\n      remote_root: .\n    - {remote_root: 7, local_root: /b}\n",
            (vec![pair(r"C:\a", "."), pair("/b", "7")], None),
        ),
        (
            "m: &m {local_root: /a, remote_root: /b}\nb: &b {path_mappings: [*m], just_my_code: on}\ndebugpy: {<<: *b}",
            (vec![pair("/a", "/b")], Some(true)),
        ),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
}

#[test]
fn bad_settings_for_clients() {
    const LIST: &str = "expected a list of mappings with local_root and remote_root";
    const MAPPING: &str = "expected local_root and remote_root, and nothing else";
    const LOCAL: &str = "expected local_root with an absolute path, without variables of the editor";
    let mapping = "{local_root: /a, remote_root: /b},";
    for (value, expected) in [
        ("", format!("{LIST}, found nothing (null)")),
        ("text", format!("{LIST}, found \"text\"")),
        ("{local_root: /a, remote_root: /b}", format!("{LIST}, found a mapping")),
        ("[text]", format!("{MAPPING}, found \"text\"")),
        ("[{local_root: /a}]", format!("{MAPPING}, found no remote_root")),
        ("[{remote_root: /a}]", format!("{MAPPING}, found no local_root")),
        ("[{localRoot: /a}]", format!("{MAPPING}, found \"localRoot\"")),
        (
            "[{local_root: /a, local_root: /a}]",
            format!("{MAPPING}, found one of them twice"),
        ),
        (
            "[{local_root: '${workspaceFolder}', remote_root: .}]",
            format!("{LOCAL}, found \"${{workspaceFolder}}\""),
        ),
        (
            "[{local_root: /a, remote_root: ' '}]",
            "expected remote_root with a path on the side of the program, found \" \"".into(),
        ),
        (
            "[{local_root: !secret folder}]",
            "!secret is resolved by Home Assistant, not here".into(),
        ),
        (
            &format!("[{}]", mapping.repeat(65)),
            "expected at most 64 mappings, found more".into(),
        ),
    ] {
        let error = read(&format!("debugpy:\n  path_mappings: {value}")).unwrap_err();
        assert!(error.starts_with("c.yaml:2:"), "{error}");
        assert!(
            error.contains(&format!("debugpy: path_mappings: {expected}")),
            "{value}\n{error}"
        );
    }
    assert!(read(&format!("debugpy:\n  path_mappings: [{}]", mapping.repeat(64))).is_ok());
}

#[test]
fn good_access_rules() {
    let read = |text: &str| parse(text.as_bytes(), "c.yaml").unwrap().access;
    assert_eq!(read("debugpy:"), Access::default());
    let access = read(
        "debugpy:\n  allow: [10.0.0.0/8, '192.168.1.7/24', \"::1\", fe80::/10]\n  token: 'Pa\u{df} w\u{f6}rt '\n  evaluate: off\n",
    );
    let expected = Access::default()
        .with_allow(["10.0.0.0/8", "192.168.1.0/24", "::1", "fe80::/10"])
        .unwrap()
        .with_token("Pa\u{df} w\u{f6}rt ")
        .unwrap();
    assert_eq!(access, expected.without_evaluate());
    let one = Access::default().with_allow(["127.0.0.1"]).unwrap();
    assert_eq!(read("debugpy:\n  allow: 127.0.0.1"), one);
    for (text, token) in [("123456", "123456"), ("'123456'", "123456"), ("1.5", "1.5")] {
        let token = crate::access::Token::new(token).unwrap();
        assert_eq!(read(&format!("debugpy: {{token: {text}}}")).token, Some(token));
    }
    assert_eq!(
        read("a: &a {token: x, evaluate: no, allow: 10.0.0.1}\ndebugpy: {<<: *a}")
            .token
            .unwrap(),
        crate::access::Token::new("x").unwrap()
    );
}

#[test]
fn bad_access_rules_and_no_token_is_repeated() {
    const NETWORK: &str =
        "debugpy: allow: expected an IP address or a network (such as 192.168.1.0/24), or a list of them";
    const TOKEN: &str = "debugpy: token: expected text of 1 to 512 bytes, not blank";
    let long = format!("token: hunter2{}", "x".repeat(600));
    for (entry, expected) in [
        ("allow:", format!("2:9: {NETWORK}, found nothing (null)")),
        ("allow: []", format!("2:10: {NETWORK}, found an empty list")),
        ("allow: localhost", format!("2:10: {NETWORK}, found \"localhost\"")),
        ("allow: [10.0.0.0/8, 10.0.0.0/33]", format!("2:23: {NETWORK}, found \"10.0.0.0/33\"")),
        ("allow: 10", format!("2:10: {NETWORK}, found 10")),
        ("allow: [[10.0.0.0/8]]", format!("2:11: {NETWORK}, found a list")),
        ("allow: {a: b}", format!("2:10: {NETWORK}, found a mapping")),
        ("token:", format!("2:9: {TOKEN}, found nothing (null)")),
        ("token: ''", format!("2:10: {TOKEN}, found text")),
        ("token: ' '", format!("2:10: {TOKEN}, found text")),
        ("token: [hunter2]", format!("2:10: {TOKEN}, found a list")),
        ("token: {hunter2: hunter2}", format!("2:10: {TOKEN}, found a mapping")),
        (&long, format!("2:10: {TOKEN}, found text")),
        ("token: !secret hunter2", "2:10: debugpy: token: !secret is resolved by Home Assistant, not here; expected a plain value".into()),
        ("evaluate: maybe", "2:13: debugpy: evaluate: expected a boolean (true, yes, on, enable or 1; false, no, off, disable or 0), found \"maybe\"".into()),
        ("tokn: hunter2", "2:3: debugpy: unknown key \"tokn\"; expected host, port, start, wait, allow, token, evaluate, path_mappings or just_my_code (did you mean `token`?)".into()),
    ] {
        let error = read(&format!("debugpy:\n  {entry}")).unwrap_err();
        assert_eq!(error, format!("c.yaml:{expected}"), "{entry}");
        assert!(!error.contains("hunter2"));
    }
    let many = format!("debugpy: {{allow: [{}]}}", "10.0.0.1,".repeat(257));
    assert!(
        read(&many)
            .unwrap_err()
            .ends_with("allow: expected at most 256 networks, found more")
    );
}
