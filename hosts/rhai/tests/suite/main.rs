//! Scripts debugged over real sockets while the service serves.

mod breakpoints;
mod concurrent;
mod ending;
mod exceptions;
mod house;
mod program;
mod reload;
mod stepping;
mod values;

/// Doubles numbers and adds them up; lines are counted from 1.
const SUMS: &str = r#"const START = 10;

fn double(number) {
    let twice = number * 2;
    twice
}

let total = global::START;
for number in input.numbers {
    let more = double(number);
    total += more;
}
#{ total: total }
"#;
