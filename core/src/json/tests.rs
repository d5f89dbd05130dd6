use super::*;
use crate::output::{Output, SliceOutput};
use proptest::prelude::*;
use serde_json::Value;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn fault(text: &str) -> Option<Fault> {
    check(text.as_bytes(), MAX_DEPTH).err().map(|error| error.fault)
}

#[test]
fn good_values() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "1.5",
        "-1.5e+10",
        "1E-3",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        " [ 1 , [ ] , { } ] ",
        r#"{"a":{"b":[1,2,{"c":null}]},"d":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#,
        "\"é😀\u{7f}\u{2028}\"",
        "\t\r\n 1\n",
    ] {
        assert_eq!(check(text.as_bytes(), MAX_DEPTH), Ok(text));
        assert!(serde_json::from_str::<Value>(text).is_ok());
    }
}

#[test]
fn bad_values() {
    use Fault::*;
    for (text, expected) in [
        ("", UnexpectedEnd),
        (" ", UnexpectedEnd),
        ("[", UnexpectedEnd),
        ("[1", UnexpectedEnd),
        ("{\"a\"", UnexpectedEnd),
        ("{\"a\":", UnexpectedEnd),
        ("\"a", UnexpectedEnd),
        ("\"\\", UnexpectedEnd),
        ("\"\\u00", UnexpectedEnd),
        ("\"\\ud83d", UnexpectedEnd),
        ("-", UnexpectedEnd),
        ("1.", UnexpectedEnd),
        ("1e", UnexpectedEnd),
        ("tru", UnexpectedEnd),
        ("nul ", Unexpected),
        ("True", Unexpected),
        ("NaN", Unexpected),
        ("Infinity", Unexpected),
        ("+1", Unexpected),
        (".5", Unexpected),
        ("1. ", BadNumber),
        ("01", BadNumber),
        ("-01", BadNumber),
        ("-x", BadNumber),
        ("1ex", BadNumber),
        ("0x1", TrailingData),
        ("1 2", TrailingData),
        ("{}{}", TrailingData),
        ("{}\0", TrailingData),
        ("[1,]", Unexpected),
        ("[,1]", Unexpected),
        ("[1 2]", Unexpected),
        ("[1}", Unexpected),
        ("{]", Unexpected),
        ("{\"a\":1,}", Unexpected),
        ("{,}", Unexpected),
        ("{a:1}", Unexpected),
        ("{'a':1}", Unexpected),
        ("{\"a\" 1}", Unexpected),
        ("{\"a\":1 \"b\":2}", Unexpected),
        ("\"a\nb\"", ControlCharacter),
        ("\"\u{1}\"", ControlCharacter),
        ("\"\\x\"", BadEscape),
        ("\"\\u+041\"", BadEscape),
        ("\"\\u00g0\"", BadEscape),
        ("\"\\ud83d\"", BadEscape),
        ("\"\\ud83dx\"", BadEscape),
        ("\"\\ud83d\\n\"", BadEscape),
        ("\"\\ud83d\\ud83d\"", BadEscape),
        ("\"\\ude00\"", BadEscape),
        ("\u{feff}1", Unexpected),
        ("\u{c}1", Unexpected),
        ("// a\n1", Unexpected),
    ] {
        assert_eq!(fault(text), Some(expected), "{text:?}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    for (bytes, at) in [
        (&b"\"\xff\""[..], 1),
        (b"\xff", 0),
        (b"{} \xc3", 3),
        (b"\"\xed\xa0\x80\"", 1),
        (b"[1,\xc0\x80]", 3),
    ] {
        assert_eq!(
            check(bytes, MAX_DEPTH),
            Err(SyntaxError {
                fault: Fault::NotUtf8,
                at
            })
        );
    }
    // The first fault counts.
    assert_eq!(
        check(b"[x\xff", 9),
        Err(SyntaxError {
            fault: Fault::Unexpected,
            at: 1
        })
    );
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for limit in [1, 5, 31, 32, 33, 64, MAX_DEPTH] {
        assert!(check(nested(limit).as_bytes(), limit).is_ok());
        let error = check(nested(limit + 1).as_bytes(), limit).unwrap_err();
        assert_eq!(
            error,
            SyntaxError {
                fault: Fault::TooDeep { limit },
                at: limit
            }
        );
    }
    assert_eq!(fault(&"[".repeat(100_000)), Some(Fault::TooDeep { limit: MAX_DEPTH }));
    assert_eq!(
        fault(&"{\"a\":".repeat(100_000)),
        Some(Fault::TooDeep { limit: MAX_DEPTH })
    );
    assert_eq!(
        check(nested(MAX_DEPTH + 1).as_bytes(), usize::MAX).unwrap_err().fault,
        Fault::TooDeep { limit: MAX_DEPTH }
    );
    let error = check(nested(3).as_bytes(), 2).unwrap_err();
    assert_eq!(error.to_string(), "nested deeper than 2 levels at byte 2");
    // Closed brackets do not count.
    assert!(check(format!("[{}1]", "[[]],".repeat(1000)).as_bytes(), 3).is_ok());
}

#[test]
fn envelope_is_found_in_any_order() {
    let body = br#" { "arguments" : {"seq":9,"command":[{}]} ,"command":"a\u0062","x":[1,{"type":2}],"type":"request", "seq":7 } "#;
    let Scanned { envelope, fault } = scan(body, MAX_DEPTH);
    assert_eq!(fault, None);
    assert_eq!(envelope.arguments().unwrap().text(), r#"{"seq":9,"command":[{}]}"#);
    assert_eq!(envelope.command().unwrap().as_text().unwrap(), "ab");
    assert_eq!(envelope.kind().unwrap().text(), "\"request\"");
    assert_eq!(envelope.seq().unwrap().text(), "7");
    assert!(envelope.body().is_none());
}

#[test]
fn what_stood_whole_in_front_of_a_fault_is_reported() {
    for (body, seq, command) in [
        (
            &br#"{"seq":7,"command":"a","arguments":{"b":"#[..],
            Some("7"),
            Some("\"a\""),
        ),
        (br#"{"seq":7,"command":"a""#, Some("7"), None),
        (br#"{"seq":7"#, None, None),
        (br#"{"seq":7 "#, None, None),
        (br#"{"seq":7,"command":"a"] "#, Some("7"), None),
        (b"{\"seq\":7,\"command\":\"\xff\"}", Some("7"), None),
        (br#"{"seq":7,"command":"a"} x"#, Some("7"), Some("\"a\"")),
        (br#"{"seq":7,"seq":8,"command":"a"}"#, Some("7"), None),
        (br#"[{"seq":7}]"#, None, None),
        (b"", None, None),
    ] {
        let Scanned { envelope, fault } = scan(body, MAX_DEPTH);
        assert!(fault.is_some());
        let text = |raw: Option<Raw<'static>>| raw.map(|raw| raw.text());
        assert_eq!(
            (text(envelope.seq()), text(envelope.command())),
            (seq, command),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn envelope_members_come_once() {
    for key in [
        "seq",
        "type",
        "command",
        "arguments",
        "request_seq",
        "success",
        "message",
        "body",
        "event",
    ] {
        let error = scan(format!("{{\"{key}\":1,\"x\":2,\"x\":3,\"{key}\":1}}").as_bytes(), 9)
            .fault
            .unwrap();
        assert_eq!(error.fault, Fault::Duplicate { key });
        assert!(
            error
                .to_string()
                .starts_with(&format!("member `{key}` comes twice at byte "))
        );
    }
    // Written with an escape, it is the same name.
    assert_eq!(
        scan(br#"{"seq":1,"s\u0065q":2}"#, 9).fault.unwrap().fault,
        Fault::Duplicate { key: "seq" }
    );
    assert_eq!(scan(br#"{"s\u0065q":2}"#, 9).envelope.seq().unwrap().text(), "2");
}

#[test]
fn only_an_object_is_a_message() {
    for body in ["[]", "5", "\"a\"", "null", "  true"] {
        assert_eq!(scan(body.as_bytes(), 9).fault.unwrap().fault, Fault::NotAnObject);
    }
    assert_eq!(scan(b"", 9).fault.unwrap().fault, Fault::UnexpectedEnd);
}

#[test]
fn text_decodes_escapes() {
    for (raw, meant) in [
        ("", ""),
        ("plain é", "plain é"),
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"\u0041\u00e9\u20AC", "Aé€"),
        (r"\ud83d\ude00\uD800\uDC00\udbff\udfff", "😀\u{10000}\u{10ffff}"),
        (r"\u0000", "\0"),
    ] {
        let text = Text::from_wire(raw).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(text.decode(&mut buffer), Ok(meant));
        assert_eq!(text.decoded_len(), meant.len());
        assert_eq!(text, meant);
        assert_eq!(text, Text::plain(meant));
        assert_eq!(text.to_string(), meant);
        assert_eq!(format!("{text:?}"), format!("{meant:?}"));
        assert_eq!(text.as_str().is_some(), !raw.contains('\\'));
    }
    assert!(Text::from_wire(r"\n").unwrap() != "n");
}

#[test]
fn text_refuses_what_is_no_inside_of_a_string() {
    for raw in [
        "a\"b",
        "\\",
        "\\x",
        "\\u12",
        "\\ud83d",
        "\\ud83d\\",
        "a\nb",
        "\n",
        "\\ude00",
    ] {
        assert!(Text::from_wire(raw).is_none(), "{raw:?}");
    }
}

#[test]
fn text_needs_room_only_for_escapes() {
    assert_eq!(Text::plain("long enough").decode(&mut []), Ok("long enough"));
    let text = Text::from_wire(r"\u00e9x").unwrap();
    assert!(text.decode(&mut [0; 2]).is_err());
    assert_eq!(text.decode(&mut [0; 3]), Ok("éx"));
}

fn read<'a, T: FromJson<'a>>(json: &'a str) -> Result<T, Expected> {
    Raw::new(json).unwrap().read().map_err(|mismatch| mismatch.expected)
}

#[test]
fn integers_keep_to_their_range() {
    assert_eq!(read::<u64>("9007199254740991"), Ok(9_007_199_254_740_991));
    assert!(read::<u64>("9007199254740992").is_err());
    assert!(read::<u64>("-1").is_err());
    assert_eq!(read::<i64>("-9007199254740991"), Ok(-9_007_199_254_740_991));
    assert!(read::<i64>("-9007199254740992").is_err());
    assert_eq!(read::<i32>("-2147483648"), Ok(i32::MIN));
    assert!(read::<i32>("2147483648").is_err());
    assert_eq!(read::<u32>("4294967295"), Ok(u32::MAX));
    assert_eq!(read::<u32>("-0"), Ok(0));
    assert!(read::<u32>("4294967296").is_err());
    for text in [
        "1.0",
        "1e3",
        "1E0",
        "0.5",
        "99999999999999999999999",
        "-99999999999999999999999",
        "\"1\"",
        "true",
        "null",
        "[1]",
    ] {
        assert!(matches!(read::<i64>(text), Err(Expected::Integer { .. })), "{text}");
    }
}

#[test]
fn null_is_absent_only_where_a_member_may_be() {
    assert_eq!(read::<Option<u32>>("null"), Ok(None));
    assert_eq!(read::<Option<u32>>("3"), Ok(Some(3)));
    assert!(read::<bool>("null").is_err());
    assert_eq!(read::<bool>("true"), Ok(true));
    assert_eq!(read::<Text<'_>>("null"), Err(Expected::String));
}

#[test]
fn lists_are_walked_in_place() {
    let items: Items<'_, u32> = read(" [ 1 , 2,3 ] ").unwrap();
    assert_eq!(items.iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((items.len(), items.is_empty()), (3, false));
    assert_eq!(items, Items::new(&[1, 2, 3]));
    assert_eq!(format!("{items:?}"), "[ 1 , 2,3 ]");
    assert!(read::<Items<'_, u32>>("[]").unwrap().is_empty());
    assert!(read::<Items<'_, u32>>("[1,\"2\"]").is_err());
    assert_eq!(read::<Items<'_, u32>>("{}"), Err(Expected::Array));

    let nested: Nested<'_, u32> = read("[1,\"2\",3]").unwrap();
    let seen: Vec<_> = nested.iter().map(|item| item.ok()).collect();
    assert_eq!(seen, [Some(1), None], "it ends at the first that is wrong");
}

#[test]
fn cursor_on_text_that_was_not_accepted_comes_to_an_end() {
    for text in [
        "", "[", "[:", "[,,", "{", "{\"", "{\"a\"", "{\"a\":", "[}", "]", "}", ":", "[\\", "\"\\é", "[\"\\é",
        "{\"a\":}", "[]]",
    ] {
        let mut cursor = Cursor::accepted(text);
        if cursor.array().is_ok() {
            while cursor.element() {
                cursor.raw();
            }
        }
        let mut cursor = Cursor::accepted(text);
        if cursor.object().is_ok() {
            while cursor.member().is_some() {
                cursor.raw();
            }
        }
        let _ = Items::<u32>::read(&mut Cursor::accepted(text));
    }
}

fn written<T: ToJson + ?Sized>(value: &T) -> String {
    let mut storage = vec![0; 4096];
    let mut out = SliceOutput::new(&mut storage);
    value.write(&mut out).unwrap();
    String::from_utf8(out.written().to_vec()).unwrap()
}

#[test]
fn writer_writes_what_serde_json_writes() {
    let all: String = (0..0x80u8)
        .map(char::from)
        .chain("é€😀\u{7f}\u{2028}".chars())
        .collect();
    assert_eq!(written(all.as_str()), serde_json::to_string(&all).unwrap());
    for value in [0, 7, 10, 99, 100, u64::from(u32::MAX), u64::MAX] {
        assert_eq!(written(&value), value.to_string());
    }
    for value in [0, -1, 42, i64::MIN, i64::MAX] {
        assert_eq!(written(&value), value.to_string());
    }
    assert_eq!(written(&[1, 2][..]), "[1,2]");
    assert_eq!(written(&true), "true");
    // What was read with escapes is written back as it stood.
    assert_eq!(written(&Text::from_wire(r"\u00e9\n").unwrap()), r#""\u00e9\n""#);
}

#[test]
fn writer_stops_at_the_end_of_the_room() {
    let value = "a\"b\nc".repeat(3);
    let whole = written(value.as_str());
    for room in 0..whole.len() {
        let mut storage = vec![0; room];
        let mut out = SliceOutput::new(&mut storage);
        assert!(value.as_str().write(&mut out).is_err());
        assert_eq!(
            crate::output::whole(&mut out, |out| value.as_str().write(out)),
            Err(crate::output::Full)
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e10..1e10f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-z\"\\\\é]{0,4}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Builds serde_json's value with our cursor.
fn value_of(cursor: &mut Cursor<'_>) -> Value {
    match cursor.kind().unwrap() {
        Kind::Null => {
            assert!(cursor.null());
            Value::Null
        }
        Kind::Boolean => cursor.boolean().unwrap().into(),
        Kind::Number => serde_json::from_str(cursor.raw().text()).unwrap(),
        Kind::String => cursor.string().unwrap().to_string().into(),
        Kind::Array => {
            cursor.array().unwrap();
            let mut items = vec![];
            while cursor.element() {
                items.push(value_of(cursor));
            }
            items.into()
        }
        Kind::Object => {
            cursor.object().unwrap();
            let mut members = serde_json::Map::new();
            while let Some(key) = cursor.member() {
                let value = value_of(cursor);
                members.insert(key.text().to_string(), value);
            }
            members.into()
        }
    }
}

/// Text that is nearly JSON: pieces of it in any order.
fn near_json() -> impl Strategy<Value = String> {
    let parts = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "d83d",
        "\\ud83d\\ude00",
        "\\n",
        "0",
        "1",
        "-",
        ".",
        "e",
        "+",
        "12",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\u{c}",
        "\u{1}",
        "é",
        "\"a\"",
        "\"a\":",
        "{\"a\":1}",
        "[1]",
        "\"\\\"\"",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..14).prop_map(|parts| parts.concat())
}

/// What serde_json says, with its two differences taken out: numbers beyond a double, and depth.
fn reference(text: &[u8]) -> Option<bool> {
    match serde_json::from_slice::<Value>(text) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().contains("out of range") || error.to_string().contains("recursion") => None,
        Err(_) => Some(false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepts_what_serde_json_accepts(text in near_json()) {
        if let Some(good) = reference(text.as_bytes()) {
            prop_assert_eq!(check(text.as_bytes(), MAX_DEPTH).is_ok(), good, "{}", text);
        }
    }

    #[test]
    fn accepts_what_serde_json_accepts_of_damaged_json(
        json in any_json(), at: prop::sample::Index, byte: u8, how in 0..3u8, pretty: bool,
    ) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        match how {
            0 => text[at] = byte,
            1 => { text.remove(at); }
            _ => text.insert(at, byte),
        }
        if let Some(good) = reference(&text) {
            prop_assert_eq!(check(&text, MAX_DEPTH).is_ok(), good, "{:?}", String::from_utf8_lossy(&text));
        }
        // Whatever the scanner says of it, nothing panics behind it.
        let _ = scan(&text, MAX_DEPTH);
    }

    #[test]
    fn values_agree_with_serde_json(json in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        prop_assert!(check(text.as_bytes(), MAX_DEPTH).is_ok());
        let reference: Value = serde_json::from_str(&text).unwrap();
        let mut cursor = Cursor::accepted(&text);
        prop_assert_eq!(value_of(&mut cursor), reference);
        prop_assert_eq!(cursor.rest(), "");
        prop_assert_eq!(Cursor::accepted(&text).raw().text(), &text);
    }

    #[test]
    fn strings_go_there_and_back(text: String) {
        let json = written(text.as_str());
        prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
        let back: Text<'_> = Raw::new(&json).unwrap().read().unwrap();
        prop_assert_eq!(back, text.as_str());
    }
}
