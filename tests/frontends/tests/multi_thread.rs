//! The frontend on tokio, on several threads.

dapstub_frontends::suites!(dapstub_frontends::MultiThread);
