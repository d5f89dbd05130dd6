//! Breakpoints as the client wants them, and the plan of a rule that is made of them.

use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dapstub::protocol::{FunctionBreakpoint, SourceBreakpoint};
use dapstub_host::{HitCondition, LogMessage, Piece};

use super::ground::Expression;
use super::lines::Place;
use crate::rules::Rule;

/// What happens where a breakpoint is reached.
#[derive(Debug)]
pub(crate) struct Point {
    /// Number of the breakpoint, as the client knows it.
    pub(crate) id: i32,
    /// It is one of a function.
    pub(crate) of_function: bool,
    pub(crate) condition: Option<Expression>,
    hit_condition: Option<HitCondition>,
    /// A log point: this is written, and nothing stops.
    pub(crate) message: Option<Vec<Part>>,
    hits: AtomicU64,
}

/// A part of what a log point writes.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Value(Expression),
}

impl Point {
    /// Counts a hit, and tells whether it counts.
    pub(crate) fn hit(&self) -> bool {
        let hits = self.hits.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.hit_condition.is_none_or(|condition| condition.holds(hits))
    }
}

/// Where a breakpoint is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Line { line: u32, column: Option<u32> },
    Function(String),
}

/// A breakpoint that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Breakpoint {
    pub(crate) id: i32,
    pub(crate) target: Target,
    /// What it does; or why it can't be set, whatever the script.
    pub(crate) point: Result<Arc<Point>, String>,
    /// Where it stands now: with a function of several arities, the first.
    pub(crate) place: Option<Place>,
}

/// The text of a member that clients send blank where nobody filled it in.
fn given(text: Option<dapstub::json::Text<'_>>) -> Option<String> {
    text.map(|text| text.to_string()).filter(|text| !text.trim().is_empty())
}

impl Breakpoint {
    /// One on a line.
    pub(crate) fn on_line(id: i32, wanted: &SourceBreakpoint<'_>) -> Self {
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let target = Target::Line {
            line: number(wanted.line),
            column: wanted.column.map(number),
        };
        let message = given(wanted.log_message);
        Self::new(
            id,
            target,
            given(wanted.condition),
            given(wanted.hit_condition),
            message,
        )
    }

    /// One on a function.
    pub(crate) fn on_function(id: i32, wanted: &FunctionBreakpoint<'_>) -> Self {
        let target = Target::Function(wanted.name.to_string());
        Self::new(id, target, given(wanted.condition), given(wanted.hit_condition), None)
    }

    fn new(
        id: i32,
        target: Target,
        condition: Option<String>,
        hit_condition: Option<String>,
        message: Option<String>,
    ) -> Self {
        let of_function = matches!(target, Target::Function(_));
        let point = || {
            let condition = condition
                .map(|text| Expression::parse(&text).map_err(|error| format!("condition: {error}")))
                .transpose()?;
            let hit_condition = hit_condition
                .map(|text| HitCondition::parse(&text).map_err(|error| error.to_string()))
                .transpose()?;
            let message = message.map(|text| parts(&text)).transpose()?;
            Ok(Arc::new(Point {
                id,
                of_function,
                condition,
                hit_condition,
                message,
                hits: AtomicU64::new(0),
            }))
        };
        Self {
            id,
            target,
            point: point(),
            place: None,
        }
    }

    /// Finds its place in a script, and tells whether that has changed.
    pub(crate) fn place_in(&mut self, rule: Option<&Rule>) -> bool {
        let places = rule.map(|rule| &rule.debug.places);
        let place = places.and_then(|places| match &self.target {
            Target::Line { line, column } => places.nearest(*line, *column),
            Target::Function(name) => places.functions(name).next().map(|function| function.entry),
        });
        let changed = self.place != place;
        self.place = place;
        changed
    }

    /// Says why it is not set, or why it stands elsewhere than where it was wanted.
    pub(crate) fn message(&self, known: bool) -> Option<String> {
        if let Err(problem) = &self.point {
            return Some(problem.clone());
        }
        match (&self.target, self.place) {
            (Target::Line { line, .. }, Some(place)) if place.line != *line => Some(format!(
                "no statement begins on line {line}; moved to line {}",
                place.line
            )),
            (_, Some(_)) => None,
            (Target::Line { .. }, None) if !known => Some("no rule is loaded from this file".to_owned()),
            (Target::Line { line, .. }, None) => Some(format!("no statement begins on line {line} or behind it")),
            (Target::Function(name), None) => Some(format!("no rule has a function `{name}`")),
        }
    }

    /// Tells whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        self.point.is_ok() && self.place.is_some()
    }
}

/// Takes a log message apart and compiles what is in it.
fn parts(text: &str) -> Result<Vec<Part>, String> {
    let message = LogMessage::parse(text).map_err(|error| error.to_string())?;
    let part = |piece: &Piece| match piece {
        Piece::Literal(text) => Ok(Part::Text(text.clone())),
        Piece::Expression(text) => match Expression::parse(text) {
            Ok(expression) => Ok(Part::Value(expression)),
            Err(error) => Err(format!("log message: {error}")),
        },
    };
    message.pieces().iter().map(part).collect()
}

/// What a run of one rule has to look for.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    points: HashMap<Place, Vec<Arc<Point>>>,
    /// A bit for each line.
    lines: Vec<u64>,
    /// Functions from which a breakpoint can be reached.
    reaching: HashSet<String>,
}

impl Plan {
    /// Of all breakpoints in the file of a rule, and of those on functions.
    pub(crate) fn new<'b>(
        rule: &Rule,
        lines: impl Iterator<Item = &'b Breakpoint>,
        functions: impl Iterator<Item = &'b Breakpoint>,
    ) -> Self {
        let mut plan = Self::default();
        for breakpoint in lines {
            if let (Ok(point), Some(place)) = (&breakpoint.point, breakpoint.place) {
                plan.add(place, point);
            }
        }
        for breakpoint in functions {
            if let (Ok(point), Target::Function(name)) = (&breakpoint.point, &breakpoint.target) {
                for function in rule.debug.places.functions(name) {
                    plan.add(function.entry, point);
                }
            }
        }
        plan.reaching = rule.debug.places.reaching(plan.points.keys().copied());
        plan
    }

    /// Tells whether a call of this function can lead to a breakpoint.
    pub(crate) fn is_reached_by(&self, function: &str) -> bool {
        self.reaching.contains(function)
    }

    fn add(&mut self, place: Place, point: &Arc<Point>) {
        self.points.entry(place).or_default().push(point.clone());
        let (word, bit) = (place.line as usize / 64, place.line % 64);
        if self.lines.len() <= word {
            self.lines.resize(word + 1, 0);
        }
        self.lines[word] |= 1 << bit;
    }

    /// Tells whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Tells whether there is something on this line.
    #[inline]
    pub(crate) fn has_line(&self, line: u32) -> bool {
        let word = self.lines.get(line as usize / 64).copied().unwrap_or(0);
        word >> (line % 64) & 1 == 1
    }

    /// Returns what there is at this place.
    pub(crate) fn at(&self, place: Place) -> &[Arc<Point>] {
        self.points.get(&place).map_or(&[], Vec::as_slice)
    }
}
