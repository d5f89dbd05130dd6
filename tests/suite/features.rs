//! FEATURES.md names tests, and each of them exists.

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_is_named_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(here.join("../FEATURES.md")).expect("FEATURES.md");
    let mut named = 0;
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(test) = cells.last().and_then(|cell| cell.strip_prefix('`')) else {
            continue;
        };
        let (suite, name) = test
            .trim_end_matches('`')
            .split_once("::")
            .unwrap_or_else(|| panic!("no test in {line}"));
        let mut path = here.join("suite").join(format!("{suite}.rs"));
        if !path.exists() {
            path = here.join(suite).join("main.rs");
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let is_there = text.contains(&format!("#[test]\nfn {name}() {{"));
        assert!(is_there, "{line}\nnames a test that {suite}.rs has not");
        named += 1;
    }
    assert!(named > 50, "only {named} rows name a test");
}
