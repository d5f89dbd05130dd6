//! JSON: what serde_json takes the scanner takes, and the cursor reads the same values out of it.
//!
//! An input is the text. serde_json's own limits are kept out of the way: values are taken apart level by level as
//! `RawValue`, so neither its bound on depth nor its range of numbers plays a part.

use dapstub::json::{
    Cursor, Expected, Fault, Items, Kind, MAX_DEPTH, Nested, Raw, Scanned, SyntaxError, Text, ToJson, check as accept,
    scan,
};
use dapstub::output::{Output, SliceOutput};
use dapstub::protocol::{Arguments, Base64};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::from_str;
use serde_json::value::RawValue;

use crate::members::Members;

/// Checks one input.
pub fn check(data: &[u8]) {
    let verdict = accept(data, MAX_DEPTH);
    match core::str::from_utf8(data) {
        Ok(text) => {
            agrees(text, verdict);
            shallow(text);
            if verdict.is_ok() {
                let value = from_str::<&RawValue>(text).expect("accepted text is JSON");
                values(text, value);
            }
            string_inside(text);
        }
        Err(error) => {
            let at = error.valid_up_to();
            let refused = verdict.expect_err("bytes that are not UTF-8 were accepted");
            assert!(
                refused.at <= at,
                "the first fault is reported: {refused:?}, not UTF-8 from {at}"
            );
            assert_eq!(refused.at == at, refused.fault == Fault::NotUtf8);
        }
    }
    envelope(data, verdict);
}

/// Whether serde_json takes `text`, judged part by part.
fn is_json(text: &str) -> bool {
    // Passed over unread, strings may still have half a surrogate pair in them: so each is read.
    fn is_good(value: &RawValue) -> bool {
        let text = value.get();
        match text.as_bytes()[0] {
            b'"' => from_str::<String>(text).is_ok(),
            b'[' => from_str::<Vec<&RawValue>>(text).is_ok_and(|items| items.into_iter().all(is_good)),
            b'{' => from_str::<Members<'_>>(text)
                .is_ok_and(|members| members.0.into_iter().all(|(_, value)| is_good(value))),
            _ => true,
        }
    }
    from_str::<&RawValue>(text).is_ok_and(is_good)
}

/// Deepest nesting of brackets in `text`, which is JSON as far as it goes.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => open += 1,
            b']' | b'}' if !quoted => open -= 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn agrees(text: &str, verdict: Result<&str, SyntaxError>) {
    let SyntaxError { fault, at } = match verdict {
        Ok(accepted) => {
            assert_eq!(accepted, text);
            assert!(is_json(text), "accepted, and is no JSON");
            return;
        }
        Err(error) => error,
    };
    assert!(at <= text.len() && text.is_char_boundary(at));
    let (before, behind) = text.split_at(at);
    assert!(
        may_go_on(before),
        "{fault:?} at {at} is reported behind the first fault"
    );
    match fault {
        Fault::TooDeep { limit } => {
            assert_eq!((limit, depth(before)), (MAX_DEPTH, MAX_DEPTH));
            assert!(behind.starts_with(['[', '{']));
            return;
        }
        Fault::UnexpectedEnd => {
            assert_eq!(behind, "");
            assert!(from_str::<IgnoredAny>(text).is_err());
            return;
        }
        Fault::BadEscape => {}
        _ => {
            let end = at + behind.chars().next().map_or(0, char::len_utf8);
            assert!(
                !may_go_on(&text[..end]),
                "{fault:?} at {at} is reported in front of the first fault"
            );
        }
    }
    assert!(!is_json(text), "{fault:?} at {at}, and is JSON");
}

/// Whether `text` is JSON, or becomes JSON by what follows it.
fn may_go_on(text: &str) -> bool {
    match from_str::<IgnoredAny>(text) {
        Ok(_) => true,
        // serde_json does not count a number that ends too early as an end that comes too early.
        Err(error) => {
            error.is_eof()
                || text.ends_with(['.', 'e', 'E', '+', '-'])
                    && from_str::<IgnoredAny>(&format!("{text}0")).map_or_else(|error| error.is_eof(), |_| true)
        }
    }
}

/// A smaller bound on depth changes nothing but that.
fn shallow(text: &str) {
    let whole = accept(text.as_bytes(), usize::MAX);
    for limit in [0, 1, 3] {
        match accept(text.as_bytes(), limit) {
            Err(SyntaxError {
                fault: Fault::TooDeep { limit: told },
                at,
            }) => {
                assert_eq!((told, depth(&text[..at])), (limit, limit));
                assert!(whole.is_ok_and(|text| depth(text) > limit) || whole.is_err_and(|error| error.at > at));
            }
            result => assert_eq!(result, whole),
        }
    }
}

/// The cursor goes through the value as serde_json does.
fn values(text: &str, value: &RawValue) {
    let raw = Raw::new(text).expect("accepted");
    assert_eq!(raw.text(), value.get());
    let mut cursor = Cursor::new(raw);
    walk(&mut cursor, value);
    assert_eq!(cursor.rest(), "");
    host_types(raw);
}

fn walk(cursor: &mut Cursor<'_>, value: &RawValue) {
    let text = value.get();
    let kind = match text.as_bytes()[0] {
        b'n' => Kind::Null,
        b't' | b'f' => Kind::Boolean,
        b'"' => Kind::String,
        b'[' => Kind::Array,
        b'{' => Kind::Object,
        _ => Kind::Number,
    };
    assert_eq!(cursor.kind(), Some(kind));
    let start = *cursor;
    let mut behind = start;
    let raw = behind.raw();
    assert_eq!((raw.text(), raw.kind()), (text, kind));
    assert_eq!(written(&raw), text);
    assert_eq!(raw.is_null(), kind == Kind::Null);

    // Whoever expects something else is told so, here.
    let refused = |expected: Expected, result: Result<(), dapstub::json::Mismatch<'_>>| {
        let mismatch = result.expect_err("another kind of value");
        assert_eq!((mismatch.expected, mismatch.at), (expected, start.rest().trim_start()));
    };
    if kind != Kind::Boolean {
        refused(Expected::Boolean, { start }.boolean().map(drop));
    }
    if kind != Kind::String {
        refused(Expected::String, { start }.string().map(drop));
        assert!(raw.as_text().is_none());
    }
    if kind != Kind::Array {
        refused(Expected::Array, { start }.array());
    }
    if kind != Kind::Object {
        refused(Expected::Object, { start }.object());
    }
    integers(start, text);
    assert_eq!({ start }.null(), kind == Kind::Null);

    match kind {
        Kind::Null => assert!(cursor.null()),
        Kind::Boolean => assert_eq!(cursor.boolean().expect("a boolean"), text == "true"),
        Kind::Number => drop(cursor.raw()),
        Kind::String => {
            let meant: String = from_str(text).expect("a string");
            base64(raw, &meant);
            same_text(cursor.string().expect("a string"), &text[1..text.len() - 1], &meant);
        }
        Kind::Array => {
            let items: Vec<&RawValue> = from_str(text).expect("an array");
            lists(raw, &items);
            cursor.array().expect("an array");
            for item in items {
                assert!(cursor.element());
                walk(cursor, item);
            }
            assert!(!cursor.element());
        }
        Kind::Object => {
            cursor.object().expect("an object");
            for (name, value) in from_str::<Members<'_>>(text).expect("an object").0 {
                let key = cursor.member().expect("a member");
                assert_eq!(key.text(), name.as_str());
                let fits = name.len() <= dapstub::json::Key::buffer().len();
                let mut buffer = dapstub::json::Key::buffer();
                let told = key.name(&mut buffer);
                let expected = if fits || !key.text().is_escaped() { &*name } else { "" };
                assert_eq!(told, expected);
                walk(cursor, value);
            }
            assert!(cursor.member().is_none());
        }
    }
    assert_eq!(cursor.rest(), behind.rest());
}

/// An integer is one that stands there without fraction and exponent.
fn integers(start: Cursor<'_>, text: &str) {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // More digits are refused, whatever the range.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 18;
    let value: Option<i128> = if plain { text.parse().ok() } else { None };
    for (min, max) in [
        (-i64::MAX, i64::MAX),
        (0, 10),
        (-9_007_199_254_740_991, 9_007_199_254_740_991),
    ] {
        let mut cursor = start;
        let expected = value.filter(|value| (i128::from(min)..=i128::from(max)).contains(value));
        match cursor.integer(min, max) {
            Ok(value) => {
                assert_eq!(Some(i128::from(value)), expected);
                assert!(start.rest().trim_start()[text.len()..] == *cursor.rest());
            }
            Err(mismatch) => {
                assert_eq!(expected, None);
                assert_eq!(mismatch.expected, Expected::Integer { min, max });
                assert_eq!(mismatch.at, start.rest().trim_start());
            }
        }
    }
    let raw = { start }.raw();
    let fits = |min: i128, max: i128| value.is_some_and(|value| (min..=max).contains(&value));
    assert_eq!(raw.read::<i32>().is_ok(), fits(i32::MIN.into(), i32::MAX.into()));
    assert_eq!(raw.read::<u32>().is_ok(), fits(0, u32::MAX.into()));
    assert_eq!(raw.read::<u64>().is_ok(), fits(0, 9_007_199_254_740_991));
    assert_eq!(
        raw.read::<Option<u64>>().is_ok(),
        text == "null" || fits(0, 9_007_199_254_740_991)
    );
}

fn lists(raw: Raw<'_>, items: &[&RawValue]) {
    let list: Items<'_, Raw<'_>> = raw.read().expect("an array");
    assert!(
        list.iter()
            .map(|item| item.text())
            .eq(items.iter().map(|item| item.get()))
    );
    assert_eq!((list.len(), list.is_empty()), (items.len(), items.is_empty()));
    let nested: Nested<'_, Raw<'_>> = raw.read().expect("an array");
    assert_eq!(nested.iter().count(), items.len());
    let strings = items.iter().take_while(|item| item.get().starts_with('"')).count();
    let texts: Nested<'_, Text<'_>> = raw.read().expect("an array");
    assert_eq!(texts.iter().filter(Result::is_ok).count(), strings);
    assert_eq!(raw.read::<Items<'_, Text<'_>>>().is_ok(), strings == items.len());
}

/// One string in all the ways in which it can be asked for.
fn same_text(text: Text<'_>, raw: &str, meant: &str) {
    assert_eq!((text.raw(), text.is_escaped()), (raw, raw.contains('\\')));
    assert_eq!(text, meant);
    assert_eq!(text, Text::plain(meant));
    assert_eq!((text.decoded_len(), text.is_empty()), (meant.len(), meant.is_empty()));
    assert!(text.chars().eq(meant.chars()));
    assert_eq!(text.to_string(), meant);
    assert_eq!(text.as_str(), (!text.is_escaped()).then_some(meant));
    let mut buffer = vec![0; meant.len()];
    assert_eq!(text.decode(&mut buffer), Ok(meant));
    if text.is_escaped() && !buffer.is_empty() {
        buffer.pop();
        assert!(text.decode(&mut buffer).is_err());
    }
    assert_eq!(from_str::<String>(&written(&text)).expect("a string is written"), meant);
    assert_eq!(
        written(meant),
        serde_json::to_string(meant).expect("a string can be written")
    );
}

/// Base64 is what can be written back bit for bit.
fn base64(raw: Raw<'_>, meant: &str) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = meant.trim_end_matches('=');
    let value = |digit: u8| DIGITS.iter().position(|&known| known == digit);
    let values: Option<Vec<_>> = digits.bytes().map(value).collect();
    let bits: Option<Vec<u8>> = values.map(|values| {
        let bit = |value: &usize| [5, 4, 3, 2, 1, 0].map(|place| (value >> place & 1) as u8);
        values.iter().flat_map(bit).collect()
    });
    let bytes = bits.filter(|bits| {
        let stray = bits.len() % 8;
        let padded = meant.len().is_multiple_of(4) && meant.len() - digits.len() == stray / 2;
        padded && stray < 6 && bits.iter().rev().take(stray).all(|&bit| bit == 0)
    });
    let byte = |bits: &[u8]| bits.iter().fold(0u8, |byte, bit| byte << 1 | bit);
    let bytes: Option<Vec<u8>> = bytes.map(|bits| bits.chunks_exact(8).map(byte).collect());
    match (raw.read::<Base64<'_>>(), bytes) {
        (Ok(read), Some(bytes)) => {
            assert!(read.bytes().eq(bytes.iter().copied()) && read == Base64::new(&bytes));
            assert_eq!((read.len(), read.is_empty()), (bytes.len(), bytes.is_empty()));
            assert_eq!(
                from_str::<String>(&written(&Base64::new(&bytes))).expect("a string"),
                meant
            );
        }
        (Err(_), None) => {}
        (ours, reference) => panic!("{ours:?}, but {reference:?} of {meant:?}"),
    }
}

/// The inside of a string is what makes a string between quotes.
fn string_inside(text: &str) {
    let quoted = format!("\"{text}\"");
    match (Text::from_wire(text), from_str::<String>(&quoted)) {
        (Some(text), Ok(meant)) => same_text(text, text.raw(), &meant),
        (None, Err(_)) => {}
        (ours, theirs) => panic!("{ours:?}, but {theirs:?}"),
    }
    let plain = Text::plain(text);
    assert_eq!(from_str::<String>(&written(&plain)).expect("a string is written"), text);
}

fn written<T: ToJson + ?Sized>(value: &T) -> String {
    let mut storage = vec![0; 64 * 1024];
    let mut out = SliceOutput::new(&mut storage);
    value.write(&mut out).expect("there is room");
    String::from_utf8(out.written().to_vec()).expect("what is written is UTF-8")
}

/// `scan` is `check` and finds the envelope besides.
fn envelope(data: &[u8], verdict: Result<&str, SyntaxError>) {
    const NAMES: [&str; 9] = [
        "seq",
        "type",
        "command",
        "arguments",
        "request_seq",
        "success",
        "message",
        "body",
        "event",
    ];
    let Scanned { envelope, fault } = scan(data, MAX_DEPTH);
    let found = [
        envelope.seq(),
        envelope.kind(),
        envelope.command(),
        envelope.arguments(),
        envelope.request_seq(),
        envelope.success(),
        envelope.message(),
        envelope.body(),
        envelope.event(),
    ];
    for raw in found.into_iter().flatten() {
        assert!(
            is_json(raw.text()) && raw.text().trim_ascii() == raw.text(),
            "{raw:?} stood there whole"
        );
    }
    match (fault, verdict) {
        (None, Ok(text)) => {
            let members = from_str::<Members<'_>>(text).expect("an object").0;
            for (name, found) in NAMES.into_iter().zip(found) {
                let expected: Vec<_> = members
                    .iter()
                    .filter(|(key, _)| key == name)
                    .map(|(_, value)| value.get())
                    .collect();
                assert_eq!(found.as_slice().iter().map(Raw::text).collect::<Vec<_>>(), expected);
            }
        }
        (
            Some(SyntaxError {
                fault: Fault::NotAnObject,
                at,
            }),
            _,
        ) => {
            assert!(found.iter().all(Option::is_none));
            assert!(!data[at..].starts_with(b"{") && data[..at].trim_ascii().is_empty());
        }
        (
            Some(SyntaxError {
                fault: Fault::Duplicate { key },
                at,
            }),
            verdict,
        ) => {
            assert!(data[at..].starts_with(b"\"") && NAMES.contains(&key));
            assert!(verdict.map_or_else(|error| error.at > at, |_| true));
            if let Ok(text) = verdict {
                let members = from_str::<Members<'_>>(text).expect("an object").0;
                assert!(members.iter().filter(|(name, _)| name == key).count() > 1);
            }
        }
        (fault, verdict) => assert_eq!(fault, verdict.err()),
    }
}

/// A type of the host's own is read by serde: it may be refused, but what is read is what stands there.
fn host_types(raw: Raw<'_>) {
    #[derive(Deserialize)]
    struct Own<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
        count: Option<i32>,
        flag: Option<bool>,
        #[serde(borrow, default)]
        list: heapless::Vec<Text<'a>, 4>,
    }
    #[derive(Deserialize)]
    struct Theirs {
        name: Option<String>,
        count: Option<i32>,
        flag: Option<bool>,
        #[serde(default)]
        list: Vec<String>,
    }
    let arguments = Arguments::new(Some(raw));
    assert_eq!(arguments.is_absent(), raw.is_null());
    let Ok(own) = arguments.deserialize::<Own<'_>>() else {
        return;
    };
    let Ok(theirs) = from_str::<Theirs>(arguments.raw()) else {
        return;
    };
    assert!(
        own.name.is_some() == theirs.name.is_some()
            && own.name.is_none_or(|name| name == *theirs.name.unwrap_or_default())
    );
    assert_eq!((own.count, own.flag), (theirs.count, theirs.flag));
    assert!(own.list.iter().map(ToString::to_string).eq(theirs.list));
}
