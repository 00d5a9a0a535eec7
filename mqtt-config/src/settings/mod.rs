//! The settings of an installation and its sites.
