//! What DAP costs on the wire, with this library and with others. See README.md.

mod heap;
mod lanes;
mod measure;
mod model;
mod table;
mod traffic;

use measure::{Operation, measure};

fn main() {
    let mut options = measure::Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--rounds" => options.rounds = value.parse().expect("--rounds takes a number"),
            "--slice-ms" => options.slice_ms = value.parse().expect("--slice-ms takes a number"),
            "--kind" => options.kind = value,
            _ => panic!("unknown option {argument}; there are --rounds N, --slice-ms N and --kind PART"),
        }
    }
    for operation in [Operation::Frame, Operation::Decode, Operation::Encode] {
        let rows: Vec<_> = traffic::kinds()
            .into_iter()
            .filter(|kind| kind.name.contains(&options.kind))
            .filter_map(|kind| measure(operation, kind, &options))
            .collect();
        table::print(operation, &rows);
    }
}

/// Every lane finds what is there, and what it writes means the same; without clocks.
#[cfg(test)]
#[test]
fn all_lanes_agree() {
    let check = || {
        for operation in [Operation::Frame, Operation::Decode, Operation::Encode] {
            for kind in traffic::kinds() {
                let options = measure::Options {
                    rounds: 0,
                    ..Default::default()
                };
                measure(operation, kind, &options);
            }
        }
    };
    // Unoptimised, lists of fixed room are moved over the stack again and again.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(check);
    thread.expect("a thread").join().expect("the lanes agree");
}
