//! Names the linker script of the target.

use std::{env, path::Path};

fn main() {
    let arch = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    let script = match arch.as_str() {
        "arm" => "lm3s6965evb.x",
        "riscv32" => "riscv-virt.x",
        // Checked, but not linked.
        _ => return,
    };
    let script = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join(script);
    println!("cargo:rerun-if-changed={}", script.display());
    println!("cargo:rustc-link-arg=-T{}", script.display());
}
