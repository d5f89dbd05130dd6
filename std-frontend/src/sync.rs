//! The locks of this crate: those of `std`, or of a model checker that decides which thread goes on at each of them
//! (`--cfg dapstub_model`, for `model.rs`).

#[cfg(not(dapstub_model))]
pub(crate) use core::sync::atomic::AtomicBool;
#[cfg(not(dapstub_model))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(dapstub_model)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool};
