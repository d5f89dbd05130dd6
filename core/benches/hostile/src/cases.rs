//! Streams that are malformed, or look so.

/// One stream: some bytes, and a good request behind them.
pub struct Case {
    pub name: &'static str,
    /// What this library makes of it.
    pub ours: &'static str,
    /// Bytes, and how often they come.
    pub stream: Vec<(Vec<u8>, usize)>,
}

/// The request that follows every case, so that it shows whether the reader is still in step.
pub const NEXT: &str = r#"{"seq":99,"type":"request","command":"threads"}"#;

/// The largest body that the reader of this library is set to take.
pub const LIMIT: usize = 256 * 1024;

const GOOD: &str = r#"{"seq":7,"type":"request","command":"threads"}"#;

pub fn cases() -> Vec<Case> {
    let mut all = vec![];
    let mut case = |name, ours, mut stream: Vec<(Vec<u8>, usize)>| {
        stream.push((framed(NEXT), 1));
        all.push(Case { name, ours, stream });
    };
    let once = |bytes: &[u8]| vec![(bytes.to_vec(), 1)];
    let header = |header: &str| once(format!("{header}\r\n\r\n{GOOD}").as_bytes());
    let length = GOOD.len();

    // Headers.
    case("good message", "request 7 threads", once(&framed(GOOD)));
    case(
        "header without `Content-Length`",
        "closed: header has no Content-Length",
        header("Content-Type: json"),
    );
    case(
        "no header at all",
        "closed: a line that is not a DAP header",
        once(format!("\r\n{GOOD}").as_bytes()),
    );
    case(
        "length left out",
        "closed: Content-Length is not a decimal number",
        header("Content-Length:"),
    );
    case(
        "length that is no number",
        "closed: Content-Length is not a decimal number",
        header("Content-Length: many"),
    );
    case(
        "length with a sign",
        "closed: Content-Length is not a decimal number",
        header(&format!("Content-Length: +{length}")),
    );
    case(
        "negative length",
        "closed: Content-Length is not a decimal number",
        header(&format!("Content-Length: -{length}")),
    );
    case(
        "length of 10^12",
        "closed: body of 1000000000000 bytes exceeds the limit of 1048576",
        header("Content-Length: 1000000000000"),
    );
    case(
        "length of 2^64 - 1",
        "closed: body of 18446744073709551615 bytes exceeds the limit of 1048576",
        header("Content-Length: 18446744073709551615"),
    );
    case(
        "length of 2^64 + 46",
        "closed: body of 18446744073709551615 bytes exceeds the limit of 1048576",
        header("Content-Length: 18446744073709551662"),
    );
    case(
        "the same length twice",
        "closed: header has Content-Length twice",
        header(&format!("Content-Length: {length}\r\nContent-Length: {length}")),
    );
    case(
        "two lengths, the second wrong",
        "closed: header has Content-Length twice",
        header(&format!("Content-Length: {length}\r\nContent-Length: 5")),
    );
    case(
        "header name in lower case",
        "request 7 threads",
        header(&format!("content-length: {length}")),
    );
    case(
        "no space behind the colon",
        "request 7 threads",
        header(&format!("Content-Length:{length}")),
    );
    case(
        "lines that end with LF only",
        "closed: header line does not end with CR LF",
        once(format!("Content-Length: {length}\n\n{GOOD}").as_bytes()),
    );
    case(
        "lines that end with CR only",
        "closed: header line does not end with CR LF",
        once(format!("Content-Length: {length}\r\r{GOOD}").as_bytes()),
    );
    case(
        "empty line between messages",
        "request 7 threads",
        once(&[b"\r\n", &*framed(GOOD)].concat()),
    );
    case(
        "`Content-Type` beside the length",
        "request 7 threads",
        header(&format!("Content-Length: {length}\r\nContent-Type: application/json")),
    );
    case(
        "unknown header",
        "closed: a line that is not a DAP header",
        header(&format!("Content-Length: {length}\r\nX-Trace: 1")),
    );
    case(
        "HTTP POST, as a web page can send it",
        "closed: a line that is not a DAP header",
        header(&format!(
            "POST / HTTP/1.1\r\nHost: localhost:5678\r\nOrigin: http://evil.example\r\nContent-Length: {length}"
        )),
    );
    case(
        "HTTP POST with the message as its body",
        "closed: a line that is not a DAP header",
        http_with_frame(),
    );
    case(
        "byte order mark in front",
        "closed: a line that is not a DAP header",
        once(&[b"\xef\xbb\xbf", &*framed(GOOD)].concat()),
    );
    case(
        "log text in front",
        "closed: a line that is not a DAP header",
        once(&[b"listening on 5678\r\n", &*framed(GOOD)].concat()),
    );
    case(
        "header line of 10 MB",
        "closed: a line that is not a DAP header",
        [vec![(b"x".to_vec(), 10_000_000)], header("")].concat(),
    );
    case(
        "10 MB of header lines",
        "closed: header exceeds the limit of 512 bytes",
        [vec![(b"Content-Type: x\r\n".to_vec(), 600_000)], once(&framed(GOOD))].concat(),
    );

    // Where a body ends.
    case(
        "length 3 too small",
        "error response to 7: the JSON text ends too early at byte 43, then closed: a line that is not a DAP header",
        once(&framed_as(length - 3, GOOD)),
    );
    case(
        "length 20 too large",
        "error response to 7: something follows the JSON value at byte 46, then closed: a line that is not a DAP header",
        once(&framed_as(length + 20, GOOD)),
    );
    case(
        "body that never comes whole",
        "closed: the stream ended inside a message",
        once(b"Content-Length: 5000\r\n\r\n{\"seq\":7"),
    );
    case(
        "length 0",
        "error response to 0: the JSON text ends too early at byte 0",
        once(&framed("")),
    );
    let long = format!(
        r#"{{"seq":7,"type":"request","command":"threads","more":"{}"}}"#,
        "x".repeat(LIMIT)
    );
    case(
        "body larger than is taken",
        "error response to 7: the message of 262200 bytes is larger than this server accepts",
        once(&framed(&long)),
    );

    // Bodies that are no JSON.
    let mut body = |name, ours, body: &str| case(name, ours, once(&framed(body)));
    body(
        "body that is no JSON",
        "error response to 0: a message has to be a JSON object at byte 0",
        "hello, this is a debugger",
    );
    body(
        "array",
        "error response to 0: a message has to be a JSON object at byte 0",
        "[1,2,3]",
    );
    body(
        "something behind the object",
        "error response to 7: something follows the JSON value at byte 46",
        r#"{"seq":7,"type":"request","command":"threads"}{}"#,
    );
    let nested = |open: &str, close: &str, n| {
        let (open, close) = (open.repeat(n), close.repeat(n));
        format!(r#"{{"seq":7,"type":"request","command":"threads","more":{open}1{close}}}"#)
    };
    body(
        "1,900 arrays in one another",
        "error response to 7: nested deeper than 64 levels at byte 116",
        &nested("[", "]", 1900),
    );
    body(
        "20,000 objects in one another",
        "error response to 7: nested deeper than 64 levels at byte 368",
        &nested("{\"a\":", "}", 20_000),
    );
    body(
        "100,000 opening brackets",
        "error response to 0: a message has to be a JSON object at byte 0",
        &"[".repeat(100_000),
    );
    body(
        "line end inside a string",
        "error response to 7: control character in a string at byte 55",
        "{\"seq\":7,\"type\":\"request\",\"command\":\"threads\",\"more\":\"a\nb\"}",
    );
    body(
        "half a surrogate pair",
        "error response to 7: malformed escape in a string at byte 54",
        r#"{"seq":7,"type":"request","command":"threads","more":"\ud800"}"#,
    );
    body(
        "`\\u0000` in a string",
        "request 7 threads",
        r#"{"seq":7,"type":"request","command":"threads","more":"a\u0000b"}"#,
    );
    body(
        "number 1e999",
        "request 7 threads",
        r#"{"seq":7,"type":"request","command":"threads","more":1e999}"#,
    );
    let not_utf8 = b"{\"seq\":7,\"type\":\"request\",\"command\":\"threads\",\"more\":\"\xff\xfe\"}";
    case(
        "body that is not UTF-8",
        "error response to 7: not UTF-8 at byte 54",
        framed_bytes(not_utf8),
    );

    // Envelopes.
    let mut body = |name, ours, body: &str| case(name, ours, once(&framed(body)));
    body(
        "`seq` twice",
        "error response to 7: member `seq` comes twice at byte 9",
        r#"{"seq":7,"seq":8,"type":"request","command":"threads"}"#,
    );
    body(
        "`command` twice",
        "error response to 7: member `command` comes twice at byte 46",
        r#"{"seq":7,"type":"request","command":"threads","command":"pause"}"#,
    );
    body(
        "key with an escape",
        "request 7 threads",
        r#"{"\u0073eq":7,"type":"request","command":"threads"}"#,
    );
    body(
        "`seq` as a string",
        "error response to 0: member `seq` has to be an integer from 0 to 2147483647",
        r#"{"seq":"7","type":"request","command":"threads"}"#,
    );
    body(
        "`seq` 7.0",
        "error response to 0: member `seq` has to be an integer from 0 to 2147483647",
        r#"{"seq":7.0,"type":"request","command":"threads"}"#,
    );
    body(
        "`seq` 2^53",
        "error response to 0: member `seq` has to be an integer from 0 to 2147483647",
        r#"{"seq":9007199254740992,"type":"request","command":"threads"}"#,
    );
    body(
        "`seq` negative",
        "error response to 0: member `seq` has to be an integer from 0 to 2147483647",
        r#"{"seq":-7,"type":"request","command":"threads"}"#,
    );
    body(
        "no `seq`",
        "error response to 0: member `seq` has to be an integer from 0 to 2147483647",
        r#"{"type":"request","command":"threads"}"#,
    );
    body(
        "no `type`",
        "error response to 7: member `type` has to be \"request\" or \"response\"",
        r#"{"seq":7,"command":"threads"}"#,
    );
    body(
        "no `command`",
        "error response to 7: member `command` has to be a string",
        r#"{"seq":7,"type":"request"}"#,
    );
    body(
        "unknown command",
        "error response to 7: request `fly` is not supported",
        r#"{"seq":7,"type":"request","command":"fly"}"#,
    );
    body(
        "unknown member",
        "request 7 threads",
        r#"{"seq":7,"type":"request","command":"threads","colour":"red"}"#,
    );
    body(
        "`arguments` null",
        "request 7 threads",
        r#"{"seq":7,"type":"request","command":"threads","arguments":null}"#,
    );
    body(
        "`arguments` missing where they are required",
        "error response to 7: arguments: member `frameId` is missing",
        r#"{"seq":7,"type":"request","command":"scopes"}"#,
    );
    body(
        "argument of the wrong type",
        "error response to 7: arguments.frameId: expected an integer, found a string",
        r#"{"seq":7,"type":"request","command":"scopes","arguments":{"frameId":"one"}}"#,
    );
    body(
        "argument out of range",
        "error response to 7: arguments.frameId: expected an integer from -2147483648 to 2147483647, found 2147483648",
        r#"{"seq":7,"type":"request","command":"scopes","arguments":{"frameId":2147483648}}"#,
    );
    body(
        "response that nobody asked for",
        "ignored",
        r#"{"seq":7,"type":"response","request_seq":1,"success":true,"command":"threads"}"#,
    );
    body(
        "event from the client",
        "error response to 7: member `type` has to be \"request\" or \"response\"",
        r#"{"seq":7,"type":"event","event":"stopped"}"#,
    );
    all
}

fn framed(body: &str) -> Vec<u8> {
    framed_as(body.len(), body)
}

fn framed_as(length: usize, body: &str) -> Vec<u8> {
    format!("Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn framed_bytes(body: &[u8]) -> Vec<(Vec<u8>, usize)> {
    let header = format!("Content-Length: {}\r\n\r\n", body.len());
    vec![([header.as_bytes(), body].concat(), 1)]
}

/// Nothing in the headers of the request is right, but its body is a whole message with its header.
fn http_with_frame() -> Vec<(Vec<u8>, usize)> {
    let head = b"POST / HTTP/1.1\r\nHost: localhost:5678\r\nContent-Type: text/plain\r\n\r\n";
    vec![([head, &*framed(GOOD)].concat(), 1)]
}
