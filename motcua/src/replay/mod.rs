//! `motcua replay`: a recorded log goes to a broker as the device `gateway/replay`.

pub mod mapping;
pub mod rows;
pub mod slug;
