#![no_std]
#![no_main]
#[unsafe(no_mangle)]
fn image_main() -> ! { loop {} }
