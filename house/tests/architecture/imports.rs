//! Who may import whom, and nothing else.

use std::collections::BTreeSet;

use super::metadata::Workspace;

/// Our crates, and which of ours each may import. A new row, or a new name in one, is a change of
/// the architecture: it belongs in `ARCHITECTURE.md` and in the commit's first line.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("motcua-domain", &[]),
    ("motcua-journal", &["motcua-domain"]),
    ("motcua-mqtt-config", &["motcua-domain", "motcua-journal"]),
    ("motcua-collector", &["motcua-domain", "motcua-journal", "motcua-mqtt-config"]),
    ("motcua-dashboard", &["motcua-domain", "motcua-mqtt-config"]),
    ("motcua", &["motcua-domain", "motcua-journal", "motcua-mqtt-config", "motcua-collector", "motcua-dashboard"]),
    (
        "motcua-tests",
        &["motcua-domain", "motcua-journal", "motcua-mqtt-config", "motcua-collector", "motcua-dashboard", "motcua"],
    ),
    (
        "motcua-bench",
        &[
            "motcua-domain",
            "motcua-journal",
            "motcua-mqtt-config",
            "motcua-collector",
            "motcua-dashboard",
            "motcua",
            "motcua-tests",
        ],
    ),
    ("motcua-house", &[]),
];

/// One outside system, one crate: only the crates on the right may name the library on the left,
/// in their tests too. `bench` may name a library where a rival program is built on it.
const OWNED_BY: &[(&str, &[&str])] = &[
    ("rumqttc", &["motcua-mqtt-config", "motcua-bench"]),
    ("timely", &["motcua-collector"]),
    ("axum", &["motcua-dashboard"]),
    ("tower-http", &["motcua-dashboard"]),
    ("tokio-tungstenite", &["motcua-tests", "motcua-bench", "motcua-dashboard"]),
    ("clap", &["motcua", "motcua-bench"]),
];

#[test]
fn a_crate_imports_only_those_it_may() {
    let workspace = Workspace::load();
    let names: BTreeSet<&str> = workspace.ours().map(|p| p.name.as_str()).collect();
    let mut mistakes = Vec::new();
    for package in workspace.ours() {
        let Some((_, may)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.name) else {
            mistakes.push(format!("{}: a crate the house does not know; give it a row in MAY_IMPORT", package.name));
            continue;
        };
        for import in package.links.union(&package.tests_with) {
            if names.contains(import.as_str()) && !may.contains(&import.as_str()) {
                mistakes.push(format!("{} must not import {import}", package.name));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn an_outside_system_is_named_by_one_crate() {
    let workspace = Workspace::load();
    let mut mistakes = Vec::new();
    for package in workspace.ours() {
        for (library, owners) in OWNED_BY {
            let names_it = package.links.contains(*library) || package.tests_with.contains(*library);
            if names_it && !owners.contains(&package.name.as_str()) {
                mistakes.push(format!("{} names {library}; only {} may", package.name, owners.join(", ")));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn anyhow_stays_at_the_edge() {
    let libraries = ["motcua-domain", "motcua-journal", "motcua-mqtt-config"];
    let workspace = Workspace::load();
    let guilty: Vec<_> = workspace.ours().filter(|p| libraries.contains(&p.name.as_str())).collect();
    for package in guilty {
        assert!(!package.links.contains("anyhow"), "{}: a library tells typed errors (thiserror)", package.name);
    }
}
