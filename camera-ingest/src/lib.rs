//! `camera-ingest`: looks at a centre's cameras and says how full its zones are.
//!
//! ```text
//!  camera --RTSP--> worker (a process a camera): decode -> look -> motion -> words on a pipe
//!                                                                              |
//!  broker <--MQTT-- one device a camera <-- run: judges aliveness by its own clock, starts workers again
//! ```
//!
//! No picture leaves a worker but for `snapshot` and `zones`, which a person asks for on this machine.

pub mod analyse;
pub mod decode;
pub mod probe;
pub mod run;
pub mod snapshot;
pub mod worker;
pub mod zones;
