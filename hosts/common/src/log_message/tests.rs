use super::*;
use proptest::prelude::*;

/// The pieces in one line: literals as they are, expressions between angle brackets.
fn read(text: &str) -> String {
    let message = LogMessage::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    message
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => literal.clone(),
            Piece::Expression(expression) => format!("<{expression}>"),
        })
        .collect()
}

#[test]
fn good_literals_and_expressions() {
    assert_eq!(read(""), "");
    assert_eq!(read("plain"), "plain");
    assert_eq!(read("x = {x}, y = { y }."), "x = <x>, y = <y>.");
    assert_eq!(read("{a}{b}"), "<a><b>");
    assert_eq!(read("größer: {größe} °C"), "größer: <größe> °C");
}

#[test]
fn good_escaped_braces() {
    assert_eq!(read("{{x}}"), "{x}");
    assert_eq!(read("{{{x}}}"), "{<x>}");
    assert_eq!(read("{{{{"), "{{");
    assert_eq!(read("}}"), "}");
}

#[test]
fn good_braces_inside_an_expression() {
    assert_eq!(read("{ {'a': {1: 2}}['a'] }!"), "<{'a': {1: 2}}['a']>!");
    assert_eq!(read("{f({})}"), "<f({})>");
    assert_eq!(read("{[n for n in {1, 2}]}"), "<[n for n in {1, 2}]>");
    assert_eq!(read("{d[{'k'}]}}}"), "<d[{'k'}]>}");
}

#[test]
fn good_strings_inside_an_expression() {
    assert_eq!(read("{d['}']}"), "<d['}']>");
    assert_eq!(read(r#"{d["{"]} {x}"#), r#"<d["{"]> <x>"#);
    assert_eq!(read(r"{d['it\'s }']}"), r"<d['it\'s }']>");
    assert_eq!(read(r"{'\\'}"), r"<'\\'>");
    assert_eq!(read(r#"{"""a "quoted" }"""}"#), r#"<"""a "quoted" }""">"#);
    assert_eq!(read("{''}{x}"), "<''><x>");
    assert_eq!(read("{`}`}"), "<`}`>");
    assert_eq!(read("{f'{x}'}"), "<f'{x}'>");
}

#[test]
fn an_apostrophe_outside_an_expression_is_only_text() {
    assert_eq!(read("it's {x}"), "it's <x>");
}

#[test]
fn a_colon_belongs_to_the_expression() {
    assert_eq!(read("{a[1:2]} {(lambda: 3)()}"), "<a[1:2]> <(lambda: 3)()>");
}

#[test]
fn what_names_no_expression_is_printed() {
    assert_eq!(read("{} and { }"), "{} and { }");
    assert_eq!(read("a } b"), "a } b");
    assert_eq!(
        LogMessage::parse("a } {} b").unwrap().pieces(),
        [Piece::Literal("a } {} b".into())]
    );
}

#[test]
fn expressions_come_in_order() {
    let message = LogMessage::parse("{a} - {b} - {a}").unwrap();
    assert_eq!(message.expressions().collect::<Vec<_>>(), ["a", "b", "a"]);
}

#[test]
fn bad_unclosed() {
    let refused = [
        ("ab {x", LogMessageError::UnclosedBrace { column: 4 }),
        ("{", LogMessageError::UnclosedBrace { column: 1 }),
        ("é {x {y}", LogMessageError::UnclosedBrace { column: 3 }),
        ("{x} {{{y", LogMessageError::UnclosedBrace { column: 7 }),
        ("é {d['x]}", LogMessageError::UnclosedString { column: 6 }),
        (r"{'\", LogMessageError::UnclosedString { column: 2 }),
        ("{'''x'}", LogMessageError::UnclosedString { column: 2 }),
    ];
    for (text, error) in refused {
        assert_eq!(LogMessage::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn an_error_says_what_was_expected() {
    assert_eq!(
        LogMessage::parse("ab {x").unwrap_err().to_string(),
        "log message: the brace at column 4 is never closed; expected {expression}, or {{ for a brace that is printed"
    );
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[{}'\"\\\\`aé ]{0,16}") {
        if let Ok(message) = LogMessage::parse(&text) {
            let literals = message.pieces().windows(2).filter(|pair| {
                matches!(pair, [Piece::Literal(_), Piece::Literal(_)])
            });
            prop_assert_eq!(literals.count(), 0);
            prop_assert!(message.expressions().all(|expression| expression == expression.trim()));
        }
    }

    #[test]
    fn an_escaped_text_is_printed_as_it_was(text in "\\PC{0,24}") {
        let escaped = text.replace('{', "{{").replace('}', "}}");
        prop_assert_eq!(read(&escaped), text);
    }

    #[test]
    fn pieces_survive_being_written_and_read(names in proptest::collection::vec("[a-z]{1,5}", 0..6)) {
        let text: String = names.iter().map(|name| format!("{{{name}}}, ")).collect();
        let expected: String = names.iter().map(|name| format!("<{name}>, ")).collect();
        prop_assert_eq!(read(&text), expected);
    }
}
