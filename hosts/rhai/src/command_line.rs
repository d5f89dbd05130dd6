//! The options of the command line.

use core::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// A service whose decisions are Rhai scripts, debugged from an editor while it serves.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub struct Options {
    /// File with a `debugpy:` block, which says where the debugger listens; without it, at 127.0.0.1:5678.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Folder of the scripts.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts"))]
    pub scripts: PathBuf,

    /// Where requests are served.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Threads that take requests; as many as there are processors if left out.
    #[arg(long, value_name = "NUMBER")]
    pub workers: Option<usize>,
}
