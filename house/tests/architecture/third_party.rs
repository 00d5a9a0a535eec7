//! What others wrote and we link.

use super::metadata::Workspace;

/// The whole of what `domain` names. It grows by a decision, not by a convenience.
const DOMAIN_NAMES: &[&str] = &["hashbrown", "jiff", "serde", "serde_json", "thiserror"];

/// What must not reach `domain` even through others: runtimes, clocks' and randomness' sources,
/// logs, and each outside system.
const NEVER_IN_DOMAIN: &[&str] = &[
    "axum",
    "chrono",
    "fastrand",
    "getrandom",
    "mio",
    "rand",
    "rumqttc",
    "rustix",
    "socket2",
    "timely",
    "tokio",
    "tracing",
    "uuid",
];

/// Licences that ask for no more than their own text. `deny.toml` has the same list for cargo-deny.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

#[test]
fn domain_names_only_what_a_pure_crate_needs() {
    let workspace = Workspace::load();
    let domain = workspace.ours().find(|p| p.name == "motcua-domain").expect("the workspace has a domain");
    let extra: Vec<_> = domain.links.iter().filter(|name| !DOMAIN_NAMES.contains(&name.as_str())).collect();
    assert!(extra.is_empty(), "domain names {extra:?}: it does no I/O, reads no clock and draws no number");
}

#[test]
fn nothing_impure_reaches_domain_through_others() {
    let workspace = Workspace::load();
    let linked = workspace.linked_into("motcua-domain");
    let impure: Vec<_> = NEVER_IN_DOMAIN.iter().filter(|name| linked.contains(**name)).collect();
    assert!(impure.is_empty(), "linked into domain: {impure:?} (see `cargo tree -p motcua-domain -i NAME`)");
}

#[test]
fn every_library_has_a_licence_we_may_ship() {
    let workspace = Workspace::load();
    let packages = workspace.third_party();
    assert!(!packages.is_empty(), "the graph has no library of others: the reading of cargo metadata is wrong");
    for package in packages {
        let expression = package.license.as_deref().unwrap_or("none");
        let (name, version) = (&package.name, &package.version);
        assert!(allowed(expression), "{name} {version}: licence `{expression}` is not on the list");
    }
}

/// Whether an SPDX expression can be met with the list: every term of an `AND`, one term of an `OR`.
/// A `WITH` only adds permissions, so the licence before it decides.
fn allowed(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let term = |t: &str| LICENCES.contains(&t.split(" WITH ").next().unwrap_or_default().trim());
    flat.split(" AND ").all(|all| all.split(" OR ").any(term))
}

#[test]
fn licence_expressions_are_read_as_meant() {
    assert!(allowed("MIT OR Apache-2.0") && allowed("MIT/Apache-2.0") && allowed("GPL-3.0 OR MIT"));
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && allowed("Apache-2.0 WITH LLVM-exception OR MIT"));
    assert!(!allowed("GPL-3.0-only") && !allowed("MIT AND GPL-3.0-only") && !allowed("none"));
}
