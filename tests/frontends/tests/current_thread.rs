//! The frontend on tokio, on one thread.

dapstub_frontends::suites!(dapstub_frontends::CurrentThread);
