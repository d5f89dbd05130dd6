//! The core links into a program that has neither std nor an allocator, serves a client there, and cannot panic.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Builds the little program beside this file, in a folder of its own under the target folder of this build.
///
/// Optimised, because the compiled `core` of a desktop target asks for std's unwinding otherwise.
fn build() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/no_alloc/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_alloc");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--manifest-path"])
        .arg(&manifest)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "the core needs std or an allocator:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    target
        .join("release")
        .join(format!("no_alloc{}", env::consts::EXE_SUFFIX))
}

#[test]
#[cfg(target_os = "linux")]
fn links_and_runs_without_std_allocator_and_panics() {
    let program = build();
    let status = Command::new(&program).status().expect("it starts");
    assert_eq!(status.code(), Some(0), "{} served its client", program.display());

    // Whatever can panic calls something in `core::panicking`, whose name would stand in the table of symbols.
    let image = fs::read(&program).expect("it is there");
    let panics = image.windows(9).any(|name| name == b"panicking");
    assert!(
        !panics,
        "something in the core can panic: nm -C {} | grep panicking",
        program.display()
    );
}

/// What the lists of crates and features say, which would also catch an allocator that nothing calls yet.
#[test]
fn no_dependency_asks_for_std_or_alloc() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "dapstub",
            "--edges",
            "normal,features",
            "--prefix",
            "none",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && tree.contains("heapless"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in tree.lines() {
        let asks = ["feature \"std\"", "feature \"alloc\""]
            .iter()
            .any(|feature| line.contains(feature));
        assert!(!asks, "{line}");
    }
}
