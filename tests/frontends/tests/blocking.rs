//! The blocking frontend.

dapstub_frontends::suites!(dapstub_frontends::Blocking);
