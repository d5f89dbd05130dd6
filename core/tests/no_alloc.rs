//! The core links into a program that has neither std nor an allocator, serves a client there, and cannot panic.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Builds the little program beside this file, in a folder of its own under the target folder of this build.
///
/// Optimised, because the compiled `core` of a desktop target asks for std's unwinding otherwise.
fn build(level: &str, feature: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/no_alloc/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("no_alloc-{level}{feature}"));
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--release",
            "--features",
            feature,
            "--manifest-path",
        ])
        .arg(&manifest)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)
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

/// Names in the table of symbols that stand for a panic. Whatever can panic calls one of these.
fn panics(program: &Path) -> Vec<&'static str> {
    let image = fs::read(program).expect("it is there");
    let has = |name: &&str| image.windows(name.len()).any(|part| part == name.as_bytes());
    let names = [
        "panicking",
        "panic_fmt",
        "unwrap_failed",
        "expect_failed",
        "slice_index_fail",
        "slice_error_fail",
        "mismatch_fail",
        "panic_bounds_check",
        "panic_const",
    ];
    names.into_iter().filter(has).collect()
}

/// Every function of the core but `Arguments::deserialize`, whose serde-json-core has panics in its code.
#[test]
#[cfg(target_os = "linux")]
fn links_and_runs_without_std_allocator_and_panics() {
    for level in ["z", "3"] {
        let program = build(level, "");
        let status = Command::new(&program).status().expect("it starts");
        assert_eq!(status.code(), Some(0), "{} served its client", program.display());
        let found = panics(&program);
        assert!(
            found.is_empty(),
            "something in the core can panic: {found:?}; nm -C {}",
            program.display()
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_panic_would_be_found() {
    assert!(panics(&build("z", "can_panic")).contains(&"panic_bounds_check"));
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
