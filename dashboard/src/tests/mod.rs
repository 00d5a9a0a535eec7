//! Whole requests: through the router, over an in-memory connection, and from a real broker.

mod broker;
mod estimates;
mod history;
mod openapi;
mod pages;
mod roles;
mod screens;
mod server;
mod session;
mod whatif;
mod ws;
