//! The configuration: any text is read or refused with its place, and what is read means what it says.
//!
//! An input is the file. One that begins with a zero byte is the recipe of a valid block instead, whose values are known.

use arbitrary::{Arbitrary, Unstructured};
use dapstub_std::access::Access;
use dapstub_std::config::{Config, ConfigError, ConfigProblem, parse};
use serde_yaml::Value;

const FILE: &str = "configuration.yaml";

/// Checks one input.
pub fn check(data: &[u8]) {
    match data {
        [0, recipe @ ..] => {
            if let Ok(recipe) = Recipe::arbitrary(&mut Unstructured::new(recipe)) {
                recipe.check();
            }
        }
        file => match parse(file, FILE) {
            Ok(settings) => {
                accepted(file, &settings.config);
                rules(file, &settings.access);
            }
            Err(error) => refused(file, &error),
        },
    }
}

fn refused(file: &[u8], error: &ConfigError) {
    let text = error.to_string();
    assert!(text.starts_with(FILE));
    assert!(text.len() < 700, "{text:?} is short");
    assert!(
        !text.chars().any(|character| character.is_control()),
        "{text:?} can be printed"
    );
    assert_eq!(
        core::str::from_utf8(file).is_err(),
        matches!(error.problem(), ConfigProblem::NotUtf8)
    );
    let Some(at) = error.position() else {
        return;
    };
    assert!(text.starts_with(&format!("{FILE}:{}:{}: ", at.line, at.column)));
    assert!(at.line >= 1 && at.column >= 1, "counted from 1: {at:?}");
    // Any of YAML's line breaks may have been counted, and the end of the text stands behind its last line.
    let shown = String::from_utf8_lossy(file);
    let breaks = shown.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    assert!(at.line <= breaks + 2, "{at:?} is in the text");
    let longest = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(at.column <= longest + 2, "{at:?} is in the text");
}

fn accepted(file: &[u8], config: &Config) {
    // Written out in full, it is the same.
    let text = format!(
        "debugpy:\n  host: {}\n  port: {}\n  start: {}\n  wait: {}\n",
        quoted(&config.host),
        config.port,
        config.start,
        config.wait
    );
    let again = parse(text.as_bytes(), FILE);
    assert!(
        again.as_ref().is_ok_and(|again| again.config == *config),
        "{again:?} of {text:?}"
    );

    // What serde_yaml's own values say, where they say it plainly.
    let Ok(Value::Mapping(whole)) = serde_yaml::from_slice(file) else {
        return;
    };
    let Some(Value::Mapping(block)) = whole.get("debugpy") else {
        return;
    };
    match block.get("host") {
        Some(Value::String(host)) => assert_eq!(config.host, host.as_str()),
        None if block.get("<<").is_none() => assert_eq!(config.host, Config::DEFAULT_HOST),
        _ => {}
    }
    match block.get("port") {
        Some(Value::Number(port)) => assert_eq!(port.as_f64(), Some(config.port.into())),
        None if block.get("<<").is_none() => assert_eq!(config.port, Config::DEFAULT_PORT),
        _ => {}
    }
    if let Some(Value::Bool(start)) = block.get("start") {
        assert_eq!(config.start, *start);
    }
    if let Some(Value::Bool(wait)) = block.get("wait") {
        assert_eq!(config.wait, *wait);
    }
}

/// Written out in full, the rules of access are the same.
fn rules(file: &[u8], access: &Access) {
    let mut text = format!("debugpy:\n  evaluate: {}\n", access.evaluate);
    if let Some(token) = &access.token {
        text += &format!("  token: {}\n", quoted(token.reveal()));
    }
    if let Some(networks) = &access.allow {
        text += "  allow:\n";
        text.extend(networks.iter().map(|network| format!("    - '{network}'\n")));
    }
    let again = parse(text.as_bytes(), FILE);
    assert!(
        again.as_ref().is_ok_and(|again| again.access == *access),
        "{again:?} of {text:?}, of {:?}",
        String::from_utf8_lossy(file)
    );
}

/// A double-quoted scalar of YAML. JSON's escapes are among YAML's, but JSON leaves some characters as they are that
/// YAML wants escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            other => quoted += &format!("\\U{:08x}", u32::from(other)),
        }
    }
    quoted + "\""
}

/// A file with a valid block, and what it says.
#[derive(Arbitrary, Debug)]
struct Recipe {
    before: Vec<Other>,
    entries: Vec<Entry>,
    flow: bool,
    indent: u8,
    comment: bool,
    crlf: bool,
    after: Vec<Other>,
}

/// Something else in the same file.
#[derive(Arbitrary, Debug)]
enum Other {
    Include,
    Secret,
    Template,
    Block,
    List,
    Comment,
    Marker,
}

#[derive(Arbitrary, Debug)]
enum Entry {
    Host(String),
    Port(u16, Form),
    Start(bool, u8),
    Wait(bool, u8),
}

#[derive(Arbitrary, Debug)]
enum Form {
    Plain,
    Quoted,
    Padded,
    Float,
}

const YES: [&str; 9] = ["true", "True", "yes", "on", "ON", "enable", "'1'", "1", "\" yEs \""];
const NO: [&str; 9] = ["false", "FALSE", "no", "off", "Off", "disable", "'0'", "0", "0.0"];

impl Recipe {
    fn check(&self) {
        let mut expected = Config::default();
        let (mut seen, mut lines) = ([false; 4], Vec::new());
        for entry in &self.entries {
            let (index, line) = match entry {
                Entry::Host(host) => (0, format!("host: {}", quoted(host))),
                Entry::Port(0, _) => continue,
                Entry::Port(port, form) => (
                    1,
                    match form {
                        Form::Plain => format!("port: {port}"),
                        Form::Quoted => format!("\"port\": '{port}'"),
                        Form::Padded => format!("port: \" {port} \""),
                        Form::Float => format!("'port': {port}.0"),
                    },
                ),
                Entry::Start(value, word) => (2, format!("start: {}", word_for(*value, *word))),
                Entry::Wait(value, word) => (3, format!("wait: {}", word_for(*value, *word))),
            };
            if core::mem::replace(&mut seen[index], true) {
                continue;
            }
            match entry {
                Entry::Host(host) => match expected.clone().with_host(host) {
                    Ok(with) => expected = with,
                    Err(_) => return,
                },
                Entry::Port(port, _) => expected.port = *port,
                Entry::Start(value, _) => expected.start = *value,
                Entry::Wait(value, _) => expected.wait = *value,
            }
            lines.push(line);
        }
        let file = self.file(&lines);
        match parse(file.as_bytes(), FILE) {
            Ok(settings) => assert_eq!(settings.config, expected, "{file:?}"),
            Err(error) => panic!("{error} in {file:?}"),
        }
    }

    fn file(&self, lines: &[String]) -> String {
        let indent = " ".repeat(usize::from(self.indent % 5) + 1);
        let comment = if self.comment { "  # [ { ' \" debugpy:" } else { "" };
        let mut file: String = self.before.iter().enumerate().map(|(n, other)| other.text(n)).collect();
        if self.flow {
            file += &format!("debugpy: {{{}}}{comment}\n", lines.join(", "));
        } else {
            file += &format!("debugpy:{comment}\n");
            for line in lines {
                file += &format!("{indent}{line}{comment}\n");
            }
        }
        let first = self.before.len();
        file.extend(self.after.iter().enumerate().map(|(n, other)| other.text(first + n)));
        if self.crlf { file.replace('\n', "\r\n") } else { file }
    }
}

fn word_for(value: bool, word: u8) -> &'static str {
    let words = if value { YES } else { NO };
    words[usize::from(word) % words.len()]
}

impl Other {
    fn text(&self, n: usize) -> String {
        match self {
            Self::Include => format!("a{n}: !include_dir_merge_named x/{n}\n"),
            Self::Secret => format!("a{n}:\n  password: !secret s{n}\n  debugpy: 5\n"),
            Self::Template => format!("a{n}: \"{{{{ states('x') }}}} [[\"\n"),
            Self::Block => format!("a{n}: |\n  debugpy:\n    port: '{{[\n\n  end\n"),
            Self::List => format!("a{n}:\n- debugpy: 1\n- [b, {{c: d}}, 'it''s']\n"),
            Self::Comment => "# debugpy: {\n\n".into(),
            Self::Marker => format!("a{n}: &m{n} {{port: 1, wait: on}}\nb{n}: *m{n}\n"),
        }
    }
}
