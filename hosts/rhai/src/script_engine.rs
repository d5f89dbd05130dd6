//! The Rhai engine of the service: what scripts may call, and how far they may go.

use rhai::Engine;

/// How many operations a script may do for one decision. An endless loop ends there with an error.
pub const MAX_OPERATIONS: u64 = 200_000_000;

/// How deep functions of a script may call each other.
pub const MAX_CALLS: usize = 64;

/// Makes an engine with the functions and limits of this service.
///
/// Every engine made here runs the same scripts with the same results.
#[must_use]
pub fn new() -> Engine {
    let mut engine = Engine::new();
    engine
        .set_max_operations(MAX_OPERATIONS)
        .set_max_call_levels(MAX_CALLS)
        .set_max_expr_depths(64, 64)
        .set_max_string_size(1 << 20)
        .set_max_array_size(1 << 20)
        .set_max_map_size(1 << 16)
        .register_fn("round_to", round_to)
        .on_print(|text| tracing::info!(target: "script", "{text}"))
        .on_debug(|text, _, position| tracing::debug!(target: "script", %position, "{text}"));
    engine
}

/// `number`, rounded to so many decimal places.
fn round_to(number: f64, places: i64) -> f64 {
    let scale = 10f64.powi(places.clamp(0, 15) as i32);
    (number * scale).round() / scale
}
