//! `hitCondition`: on which of its hits a breakpoint stops.

use core::fmt;

/// On which of its hits a breakpoint stops.
///
/// | text | stops at hit |
/// |---|---|
/// | `5`, `== 5`, `= 5` | the fifth, and no other |
/// | `!= 5` | every one but the fifth |
/// | `> 5`, `>= 5` | from the sixth, from the fifth |
/// | `< 5`, `<= 5` | the first four, the first five |
/// | `% 5` | the fifth, tenth, fifteenth, ... |
///
/// Spaces are free. A hit is counted by the host each time the line is reached and the breakpoint's own condition
/// holds; the first hit is number 1.
///
/// ```
/// use dapstub_host::HitCondition;
///
/// let every_tenth = HitCondition::parse("% 10").unwrap();
/// assert!(!every_tenth.holds(1));
/// assert!(every_tenth.holds(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitCondition {
    comparison: Comparison,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    MultipleOf,
}

/// Longer spellings come before their own beginnings.
const COMPARISONS: [(&str, Comparison); 8] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<=", Comparison::LessOrEqual),
    ("=", Comparison::Equal),
    (">", Comparison::Greater),
    ("<", Comparison::Less),
    ("%", Comparison::MultipleOf),
];

impl HitCondition {
    /// The largest number of hits that can be asked for: DAP's largest exact integer, 2^53 - 1.
    pub const LARGEST: u64 = (1 << 53) - 1;

    /// Reads the `hitCondition` of a breakpoint.
    ///
    /// Clients that offer an empty input field may send a blank text for "no hit condition"; that is for the host to
    /// notice before, here it is [`HitConditionError::Empty`].
    ///
    /// # Errors
    ///
    /// Everything that is not one of the forms above, and conditions that no hit could fulfil (`0`, `% 0`, `< 1`). The
    /// text of the error belongs into the `message` of the breakpoint, which is then not verified.
    pub fn parse(text: &str) -> Result<Self, HitConditionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HitConditionError::Empty);
        }
        let (comparison, number) = COMPARISONS
            .iter()
            .find_map(|&(sign, comparison)| Some((comparison, text.strip_prefix(sign)?.trim_start())))
            .unwrap_or((Comparison::Equal, text));
        let number = parse_number(number)?;
        if comparison == Comparison::Less && number == 1 {
            return Err(HitConditionError::NeverHolds);
        }
        Ok(Self { comparison, number })
    }

    /// Whether the breakpoint stops at hit number `hits`, where the first hit is 1.
    #[must_use]
    pub const fn holds(&self, hits: u64) -> bool {
        match self.comparison {
            Comparison::Equal => hits == self.number,
            Comparison::NotEqual => hits != self.number,
            Comparison::Greater => hits > self.number,
            Comparison::GreaterOrEqual => hits >= self.number,
            Comparison::Less => hits < self.number,
            Comparison::LessOrEqual => hits <= self.number,
            // `number` is never 0: `parse_number` refuses it.
            Comparison::MultipleOf => hits != 0 && hits.is_multiple_of(self.number),
        }
    }
}

fn parse_number(digits: &str) -> Result<u64, HitConditionError> {
    if digits.is_empty() {
        return Err(HitConditionError::NoNumber);
    }
    if let Some(rest) = digits.strip_prefix('-') {
        let rest = rest.trim_start();
        let negative = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if negative {
            HitConditionError::Negative
        } else {
            HitConditionError::NotUnderstood
        });
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HitConditionError::NotUnderstood);
    }
    // Only digits are left, so the one thing that can still go wrong is the size.
    match digits.parse::<u64>() {
        Ok(0) => Err(HitConditionError::Zero),
        Ok(number) if number <= HitCondition::LARGEST => Ok(number),
        _ => Err(HitConditionError::TooLarge),
    }
}

/// Why a hit condition was refused. The text says what was expected, with examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HitConditionError {
    /// Nothing but spaces.
    Empty,
    /// A comparison without the number that it needs.
    NoNumber,
    /// The number is 0; the first hit is number 1.
    Zero,
    /// The number is below 0.
    Negative,
    /// The number is larger than [`HitCondition::LARGEST`].
    TooLarge,
    /// `< 1`: there is no hit before the first.
    NeverHolds,
    /// Neither a number nor a comparison with one.
    NotUnderstood,
}

impl fmt::Display for HitConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hit condition ")?;
        match self {
            Self::Empty => f.write_str("is empty")?,
            Self::NoNumber => f.write_str("has no number after its comparison")?,
            Self::Zero => f.write_str("has the number 0, but hits are counted from 1")?,
            Self::Negative => f.write_str("has a negative number, but hits are counted from 1")?,
            Self::TooLarge => write!(f, "has a number above {}", HitCondition::LARGEST)?,
            Self::NeverHolds => f.write_str("can never hold, because hits are counted from 1")?,
            Self::NotUnderstood => f.write_str("is not a number of hits")?,
        }
        f.write_str("; expected a whole number from 1, alone or after ==, !=, >, >=, <, <= or %: ")?;
        f.write_str("`5` stops at the fifth hit, `>= 5` from the fifth on, `% 5` at every fifth")
    }
}

impl core::error::Error for HitConditionError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holding(text: &str) -> Vec<u64> {
        let condition = HitCondition::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        (1..=7).filter(|&hits| condition.holds(hits)).collect()
    }

    #[test]
    fn good_every_form() {
        assert_eq!(holding("5"), [5]);
        assert_eq!(holding("== 5"), [5]);
        assert_eq!(holding("=5"), [5]);
        assert_eq!(holding("!= 5"), [1, 2, 3, 4, 6, 7]);
        assert_eq!(holding("> 5"), [6, 7]);
        assert_eq!(holding(">= 5"), [5, 6, 7]);
        assert_eq!(holding("< 5"), [1, 2, 3, 4]);
        assert_eq!(holding("<= 5"), [1, 2, 3, 4, 5]);
        assert_eq!(holding("% 3"), [3, 6]);
        assert_eq!(holding("% 1"), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn good_spaces_are_free() {
        for text in [">=5", " >=5", ">=  5 ", "\t>= 005\n"] {
            assert_eq!(holding(text), [5, 6, 7], "{text:?}");
        }
    }

    #[test]
    fn nothing_holds_before_the_first_hit() {
        assert!(!HitCondition::parse("% 5").unwrap().holds(0));
    }

    #[test]
    fn bad_conditions_are_named() {
        use HitConditionError as E;
        let refused = [
            ("", E::Empty),
            ("  ", E::Empty),
            (">=", E::NoNumber),
            ("% ", E::NoNumber),
            ("0", E::Zero),
            ("% 0", E::Zero),
            (">= 000", E::Zero),
            ("-1", E::Negative),
            ("> - 3", E::Negative),
            ("-", E::NotUnderstood),
            ("9007199254740992", E::TooLarge),
            ("99999999999999999999999999", E::TooLarge),
            ("< 1", E::NeverHolds),
            ("5 times", E::NotUnderstood),
            ("+5", E::NotUnderstood),
            ("5.0", E::NotUnderstood),
            ("1_000", E::NotUnderstood),
            ("=== 5", E::NotUnderstood),
            ("=> 5", E::NotUnderstood),
            ("> = 5", E::NotUnderstood),
            ("x > 3", E::NotUnderstood),
            ("٣", E::NotUnderstood),
        ];
        for (text, error) in refused {
            assert_eq!(HitCondition::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn an_error_says_what_was_expected() {
        let text = HitConditionError::Zero.to_string();
        assert!(
            text.starts_with("hit condition has the number 0, but hits are counted from 1; expected "),
            "{text}"
        );
        assert!(text.contains("`% 5`"), "{text}");
    }

    #[test]
    fn the_largest_number_is_accepted() {
        let condition = HitCondition::parse("9007199254740991").unwrap();
        assert!(condition.holds(HitCondition::LARGEST));
        assert!(!condition.holds(u64::MAX));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[ =!<>%0-9a-]{0,5}|\\PC{0,12}") {
            if let Ok(condition) = HitCondition::parse(&text) {
                prop_assert!((1..=HitCondition::LARGEST).contains(&condition.number));
            }
        }

        #[test]
        fn a_comparison_is_the_comparison(number in 2..=HitCondition::LARGEST, hits: u64) {
            let holds = |sign| HitCondition::parse(&format!("{sign}{number}")).unwrap().holds(hits);
            prop_assert_eq!(holds(""), hits == number);
            prop_assert_eq!(holds("!="), hits != number);
            prop_assert_eq!(holds(">"), hits > number);
            prop_assert_eq!(holds("<="), !holds(">"));
            prop_assert_eq!(holds("<"), !holds(">="));
        }
    }
}
