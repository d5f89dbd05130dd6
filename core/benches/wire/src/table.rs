//! The tables that are printed.

use crate::lanes::{LIMIT, OURS, OURS_BUFFERED};
use crate::measure::{Cell, Operation, Row};

impl Row {
    fn cell(&self, lane: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.lane == lane)
    }

    fn best_peer(&self) -> Option<&Cell> {
        let peers = self
            .cells
            .iter()
            .filter(|cell| ![LIMIT, OURS, OURS_BUFFERED].contains(&cell.lane));
        peers.min_by(|one, other| one.ns.total_cmp(&other.ns))
    }

    /// How many times as fast as the best peer we are.
    fn ratio(&self) -> f64 {
        match (self.cell(OURS), self.best_peer()) {
            (Some(ours), Some(best)) => best.ns / ours.ns,
            _ => f64::NAN,
        }
    }
}

pub fn print(operation: Operation, rows: &[Row]) {
    let mut lanes: Vec<&str> = vec![];
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if !lanes.contains(&cell.lane) {
            lanes.push(cell.lane);
        }
    }
    let head = format!(
        "| kind | bytes |{} ratio | best peer |",
        lanes.iter().map(|lane| format!(" {lane} |")).collect::<String>()
    );
    let rule = format!("|---|---:|{}---:|---|", "---:|".repeat(lanes.len()));

    println!(
        "### {}: nanoseconds for a message\n\n{head}\n{rule}",
        format!("{operation:?}").to_lowercase()
    );
    for row in rows {
        let times = lanes
            .iter()
            .map(|lane| row.cell(lane).map_or(" |".into(), |cell| format!(" {:.0} |", cell.ns)));
        let best = row.best_peer().map_or("", |cell| cell.lane);
        println!(
            "| {} | {:.0} |{} {:.2} | {best} |",
            row.kind,
            row.bytes,
            times.collect::<String>(),
            row.ratio()
        );
    }
    let mean = (rows.iter().map(|row| row.ratio().ln()).sum::<f64>() / rows.len() as f64).exp();
    println!("\nGeometric mean of the ratios: {mean:.2}\n");

    println!("Requests to the allocator for a message:\n");
    println!(
        "| kind |{}\n|---|{}",
        lanes.iter().map(|lane| format!(" {lane} |")).collect::<String>(),
        "---:|".repeat(lanes.len())
    );
    for row in rows {
        let counts = lanes.iter().map(|lane| {
            row.cell(lane)
                .map_or(" |".into(), |cell| format!(" {:.1} |", cell.allocations))
        });
        println!("| {} |{}", row.kind, counts.collect::<String>());
    }
    println!();
}
