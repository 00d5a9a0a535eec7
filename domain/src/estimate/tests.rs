//! The estimator told facts in order and out of it.
