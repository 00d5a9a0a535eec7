//! `camera-ingest`.

fn main() {}
