//! Expressions that are evaluated without the interpreter's loop, operation by operation as it would.

use pyo3::{basic::CompareOp, prelude::*, types::PyString};

use super::parse;
use super::scope::Place;
use crate::ffi::integers;

/// An expression as a tree.
#[derive(Debug)]
pub(super) struct Simple {
    root: Node,
    names: Vec<String>,
}

/// One operation.
#[derive(Debug)]
pub(super) enum Node {
    /// The name with this number.
    Name(usize),
    Constant(Py<PyAny>),
    /// A constant, also as a number.
    Integer(i64, Py<PyAny>),
    Attribute(Box<Node>, Py<PyString>),
    Item(Box<Node>, Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    Comparison(Comparison, Box<Node>, Box<Node>),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    FloorDivide,
    Remainder,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Rich(CompareOp),
    /// `is`, or `is not` where false.
    Is(bool),
    /// `in`, or `not in` where false.
    In(bool),
}

impl Simple {
    /// Reads `text`, which Python has compiled; `None`: not simple.
    pub(super) fn read(py: Python<'_>, text: &str) -> PyResult<Option<Self>> {
        let mut names = Vec::new();
        let root = parse::expression(py, text, &mut names)?;
        Ok(root.map(|root| Self { root, names }))
    }

    /// The names that are used, each once.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether what [`evaluate`](Self::evaluate) gives is true; what is only compared gets no object for that.
    pub(super) fn is_true(&self, frame: &Bound<'_, PyAny>, places: &[Place]) -> PyResult<bool> {
        self.root.is_true(frame, places)
    }

    /// Evaluates with a place for each of the [`names`](Self::names).
    pub(super) fn evaluate<'py>(&self, frame: &Bound<'py, PyAny>, places: &[Place]) -> PyResult<Bound<'py, PyAny>> {
        self.root.evaluate(frame, places)
    }
}

impl Node {
    fn is_true(&self, frame: &Bound<'_, PyAny>, places: &[Place]) -> PyResult<bool> {
        match self {
            Self::Comparison(Comparison::Rich(operation), left, right) => {
                let left = left.evaluate(frame, places)?;
                // Two `int` compare the same, whoever does it.
                if let Self::Integer(number, _) = **right
                    && let Some(value) = integers::of(&left)
                {
                    return Ok(operation.matches(value.cmp(&number)));
                }
                left.rich_compare(right.evaluate(frame, places)?, *operation)?
                    .is_truthy()
            }
            Self::Not(operand) => Ok(!operand.is_true(frame, places)?),
            Self::And(left, right) => Ok(left.is_true(frame, places)? && right.is_true(frame, places)?),
            Self::Or(left, right) => Ok(left.is_true(frame, places)? || right.is_true(frame, places)?),
            _ => self.evaluate(frame, places)?.is_truthy(),
        }
    }

    fn evaluate<'py>(&self, frame: &Bound<'py, PyAny>, places: &[Place]) -> PyResult<Bound<'py, PyAny>> {
        let py = frame.py();
        match self {
            Self::Name(number) => places[*number].read(frame),
            Self::Constant(value) | Self::Integer(_, value) => Ok(value.bind(py).clone()),
            Self::Attribute(owner, name) => owner.evaluate(frame, places)?.getattr(name),
            Self::Item(owner, index) => {
                let owner = owner.evaluate(frame, places)?;
                owner.get_item(index.evaluate(frame, places)?)
            }
            Self::Arithmetic(operation, left, right) => {
                let (left, right) = (left.evaluate(frame, places)?, right.evaluate(frame, places)?);
                match operation {
                    Arithmetic::Add => left.add(right),
                    Arithmetic::Subtract => left.sub(right),
                    Arithmetic::Multiply => left.mul(right),
                    Arithmetic::FloorDivide => left.floor_div(right),
                    Arithmetic::Remainder => left.rem(right),
                }
            }
            Self::Comparison(comparison, left, right) => {
                let (left, right) = (left.evaluate(frame, places)?, right.evaluate(frame, places)?);
                match comparison {
                    Comparison::Rich(operation) => left.rich_compare(right, *operation),
                    Comparison::Is(expected) => Ok(truth(py, left.is(&right) == *expected)),
                    Comparison::In(expected) => Ok(truth(py, right.contains(left)? == *expected)),
                }
            }
            Self::Not(operand) => Ok(truth(py, !operand.evaluate(frame, places)?.is_truthy()?)),
            Self::And(left, right) => {
                let left = left.evaluate(frame, places)?;
                if left.is_truthy()? {
                    right.evaluate(frame, places)
                } else {
                    Ok(left)
                }
            }
            Self::Or(left, right) => {
                let left = left.evaluate(frame, places)?;
                if left.is_truthy()? {
                    Ok(left)
                } else {
                    right.evaluate(frame, places)
                }
            }
        }
    }
}

fn truth(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    pyo3::types::PyBool::new(py, value).to_owned().into_any()
}
