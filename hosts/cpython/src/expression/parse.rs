//! Reads the text of a simple expression.
//!
//! The text is known to be a Python expression, because Python has compiled it. Whatever is not certain to mean here
//! what it means there is refused: chained comparisons, floats, escapes in strings, names that are not ASCII, ...

use pyo3::{
    basic::CompareOp,
    prelude::*,
    types::{PyBool, PyInt, PyString},
};

use super::simple::{Arithmetic, Comparison, Node};

/// Most operations of an expression, and so the deepest nesting of their evaluation.
const LARGEST: usize = 64;

/// Words that are no names; `None`, `True` and `False` are constants.
const KEYWORDS: [&str; 36] = [
    "False",
    "None",
    "True",
    "__debug__",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Number(&'t str),
    /// What stands between the quotes.
    Text(&'t str),
    Sign(&'t str),
}

/// Signs, longer ones before their beginnings.
const SIGNS: [&str; 20] = [
    "==", "!=", "<=", ">=", "//", "**", "<<", ">>", "<", ">", "+", "-", "*", "%", ".", "(", ")", "[", "]", "/",
];

/// The tokens of `text`; `None` if there is anything that is not known here.
fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    // Whether the last token was a word or a number and nothing stood behind it: `1if`, `r"..."`.
    let mut touches = false;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t']);
        touches &= trimmed.len() == rest.len();
        rest = trimmed;
        let first = rest.bytes().next();
        let (token, length) = match first {
            None => return Some(tokens),
            Some(b'_' | b'a'..=b'z' | b'A'..=b'Z') => {
                let word = leading(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                (Token::Word(word), word.len())
            }
            Some(b'0'..=b'9') => {
                let number = leading(rest, |byte| byte.is_ascii_digit());
                (Token::Number(number), number.len())
            }
            Some(quote @ (b'"' | b'\'')) => {
                let inside = leading(&rest[1..], |byte| byte != quote);
                let length = inside.len() + 2;
                if rest.len() < length || inside.contains(['\\', '\n', '\r', '\0']) {
                    return None;
                }
                (Token::Text(inside), length)
            }
            Some(_) => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
                (Token::Sign(sign), sign.len())
            }
        };
        let is_sign = matches!(token, Token::Sign(_));
        // Two strings in a row are one, and three quotes are no empty string: both are refused here.
        let follows_text = matches!(tokens.last(), Some(Token::Text(_))) && matches!(token, Token::Text(_));
        let is_fraction = touches && token == Token::Sign(".") && matches!(tokens.last(), Some(Token::Number(_)));
        if follows_text || is_fraction || (touches && !is_sign) {
            return None;
        }
        touches = matches!(token, Token::Word(_) | Token::Number(_));
        tokens.push(token);
        rest = &rest[length..];
        if tokens.len() > 4 * LARGEST {
            return None;
        }
    }
}

fn leading(text: &str, belongs: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len());
    &text[..end]
}

/// The tree of `text`, with the names that it uses appended to `names`; `None` if it is not simple.
pub(super) fn expression(py: Python<'_>, text: &str, names: &mut Vec<String>) -> PyResult<Option<Node>> {
    let Some(tokens) = tokens(text) else { return Ok(None) };
    let mut reader = Reader {
        py,
        tokens: &tokens,
        names,
        left: LARGEST,
    };
    let root = reader.disjunction();
    Ok(root.filter(|_| reader.tokens.is_empty()))
}

struct Reader<'t, 'n, 'py> {
    py: Python<'py>,
    tokens: &'t [Token<'t>],
    names: &'n mut Vec<String>,
    /// How many more operations there may be.
    left: usize,
}

/// Every method reads what its name says and takes it off the tokens; `None`: not simple.
impl<'t> Reader<'t, '_, '_> {
    fn take(&mut self, token: Token<'_>) -> bool {
        let is_next = self.tokens.first() == Some(&token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn spend(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    fn disjunction(&mut self) -> Option<Node> {
        let mut node = self.conjunction()?;
        while self.take(Token::Word("or")) {
            self.spend()?;
            node = Node::Or(Box::new(node), Box::new(self.conjunction()?));
        }
        Some(node)
    }

    fn conjunction(&mut self) -> Option<Node> {
        let mut node = self.negation()?;
        while self.take(Token::Word("and")) {
            self.spend()?;
            node = Node::And(Box::new(node), Box::new(self.negation()?));
        }
        Some(node)
    }

    fn negation(&mut self) -> Option<Node> {
        if self.take(Token::Word("not")) {
            self.spend()?;
            return Some(Node::Not(Box::new(self.negation()?)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Node> {
        let left = self.sum()?;
        let Some(comparison) = self.comparator()? else {
            return Some(left);
        };
        self.spend()?;
        let right = self.sum()?;
        // `a < b < c` compares twice.
        if self.comparator()?.is_some() {
            return None;
        }
        let has_identity = |node: &Node| match node {
            Node::Constant(value) => {
                let value = value.bind(self.py);
                value.is_none() || value.is_instance_of::<PyBool>()
            }
            Node::Integer(..) => false,
            _ => true,
        };
        if matches!(comparison, Comparison::Is(_)) && !(has_identity(&left) && has_identity(&right)) {
            return None;
        }
        Some(Node::Comparison(comparison, Box::new(left), Box::new(right)))
    }

    /// The sign of a comparison, if one comes next.
    #[allow(
        clippy::option_option,
        reason = "the outer one says that the expression is not simple"
    )]
    fn comparator(&mut self) -> Option<Option<Comparison>> {
        let comparison = match self.tokens.first() {
            Some(Token::Sign("==")) => Comparison::Rich(CompareOp::Eq),
            Some(Token::Sign("!=")) => Comparison::Rich(CompareOp::Ne),
            Some(Token::Sign("<")) => Comparison::Rich(CompareOp::Lt),
            Some(Token::Sign("<=")) => Comparison::Rich(CompareOp::Le),
            Some(Token::Sign(">")) => Comparison::Rich(CompareOp::Gt),
            Some(Token::Sign(">=")) => Comparison::Rich(CompareOp::Ge),
            Some(Token::Word("in")) => Comparison::In(true),
            Some(Token::Word("is")) => {
                self.tokens = &self.tokens[1..];
                return Some(Some(Comparison::Is(!self.take(Token::Word("not")))));
            }
            Some(Token::Word("not")) => {
                self.tokens = &self.tokens[1..];
                return self.take(Token::Word("in")).then_some(Some(Comparison::In(false)));
            }
            _ => return Some(None),
        };
        self.tokens = &self.tokens[1..];
        Some(Some(comparison))
    }

    fn sum(&mut self) -> Option<Node> {
        let mut node = self.product()?;
        loop {
            let operation = match self.tokens.first() {
                Some(Token::Sign("+")) => Arithmetic::Add,
                Some(Token::Sign("-")) => Arithmetic::Subtract,
                _ => return Some(node),
            };
            node = self.operate(operation, node, Self::product)?;
        }
    }

    fn product(&mut self) -> Option<Node> {
        let mut node = self.operand()?;
        loop {
            let operation = match self.tokens.first() {
                Some(Token::Sign("*")) => Arithmetic::Multiply,
                Some(Token::Sign("//")) => Arithmetic::FloorDivide,
                Some(Token::Sign("%")) => Arithmetic::Remainder,
                _ => return Some(node),
            };
            node = self.operate(operation, node, Self::operand)?;
        }
    }

    fn operate(
        &mut self,
        operation: Arithmetic,
        left: Node,
        right: impl FnOnce(&mut Self) -> Option<Node>,
    ) -> Option<Node> {
        self.spend()?;
        self.tokens = &self.tokens[1..];
        Some(Node::Arithmetic(operation, Box::new(left), Box::new(right(self)?)))
    }

    fn operand(&mut self) -> Option<Node> {
        self.spend()?;
        if self.take(Token::Sign("-")) {
            // A negative number; `-1 .real` and the like are nobody's condition.
            let Some(Token::Number(digits)) = self.next() else {
                return None;
            };
            let ends = !matches!(self.tokens.first(), Some(Token::Sign("." | "[" | "(")));
            return ends.then(|| self.number(digits, true)).flatten();
        }
        let mut node = match self.next()? {
            Token::Number(digits) => self.number(digits, false)?,
            Token::Text(text) => Node::Constant(PyString::new(self.py, text).into_any().unbind()),
            Token::Word("None") => Node::Constant(self.py.None()),
            Token::Word(word @ ("True" | "False")) => {
                Node::Constant(PyBool::new(self.py, word == "True").to_owned().into_any().unbind())
            }
            Token::Word(word) => self.name(word)?,
            Token::Sign("(") => {
                let inner = self.disjunction()?;
                self.take(Token::Sign(")")).then_some(inner)?
            }
            Token::Sign(_) => return None,
        };
        loop {
            if self.take(Token::Sign(".")) {
                let Some(Token::Word(word)) = self.next() else {
                    return None;
                };
                let name = PyString::intern(self.py, word).unbind();
                node = Node::Attribute(Box::new(node), name);
            } else if self.take(Token::Sign("[")) {
                let index = self.disjunction()?;
                node = self
                    .take(Token::Sign("]"))
                    .then(|| Node::Item(Box::new(node), Box::new(index)))?;
            } else {
                return Some(node);
            }
            self.spend()?;
        }
    }

    fn number(&self, digits: &str, is_negative: bool) -> Option<Node> {
        let value: i64 = digits.parse().ok()?;
        let value = if is_negative { -value } else { value };
        Some(Node::Integer(value, PyInt::new(self.py, value).into_any().unbind()))
    }

    fn name(&mut self, word: &str) -> Option<Node> {
        if KEYWORDS.contains(&word) {
            return None;
        }
        let number = self.names.iter().position(|name| name == word).unwrap_or_else(|| {
            self.names.push(word.to_owned());
            self.names.len() - 1
        });
        Some(Node::Name(number))
    }
}
