//! The core links into a program that has neither std nor an allocator, and serves a client there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the little program beside this file, in a folder of its own under the target folder of this build.
fn build(profile: &str, arguments: &[&str]) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/no_alloc/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_alloc");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .args(arguments)
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
    target.join(profile).join(format!("no_alloc{}", env::consts::EXE_SUFFIX))
}

#[test]
#[cfg(target_os = "linux")]
fn links_and_runs_without_std_and_allocator() {
    for (profile, arguments) in [("debug", &[][..]), ("release", &["--release"])] {
        let program = build(profile, arguments);
        let status = Command::new(&program).status().expect("it starts");
        assert_eq!(status.code(), Some(0), "{} served its client", program.display());
    }
}

/// What the lists of crates and features say, which would also catch an allocator that nothing calls yet.
#[test]
fn no_dependency_asks_for_std_or_alloc() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "dapstub", "--edges", "normal,features", "--prefix", "none", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && tree.contains("heapless"), "{}", String::from_utf8_lossy(&output.stderr));
    for line in tree.lines() {
        let asks = ["feature \"std\"", "feature \"alloc\""].iter().any(|feature| line.contains(feature));
        assert!(!asks, "{line}");
    }
}
