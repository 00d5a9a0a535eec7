//! Who may import whom, and nothing else.

use std::collections::BTreeSet;

use super::metadata::Workspace;

/// Our crates, and which of ours each imports: exactly these, in its tests too. A new row, or a new
/// name in one, is a change of the architecture: it belongs in `ARCHITECTURE.md` and in the commit's
/// first line.
const IMPORTS: &[(&str, &[&str])] = &[
    ("motcua-domain", &[]),
    ("motcua-journal", &["motcua-domain"]),
    ("motcua-mqtt-config", &["motcua-domain", "motcua-journal"]),
    ("motcua-history", &["motcua-domain"]),
    ("motcua-collector", &["motcua-domain", "motcua-history", "motcua-journal", "motcua-mqtt-config"]),
    ("motcua-dashboard", &["motcua-domain", "motcua-history", "motcua-mqtt-config"]),
    (
        "motcua",
        &[
            "motcua-collector",
            "motcua-dashboard",
            "motcua-domain",
            "motcua-history",
            "motcua-journal",
            "motcua-mqtt-config",
        ],
    ),
    // Sees what every screen sees: the WebSocket. The board's types and its fold are enough.
    ("motcua-tui", &["motcua-domain"]),
    // Pure arithmetic on brightness: it knows neither codecs nor the contract.
    ("motcua-motion", &[]),
    ("motcua-camera-ingest", &["motcua-domain", "motcua-motion", "motcua-mqtt-config"]),
    // The harness and the oracle see the programs from outside: processes, sockets, files.
    ("motcua-tests", &[]),
    (
        "motcua-bench",
        &[
            "motcua-collector",
            "motcua-domain",
            "motcua-history",
            "motcua-journal",
            "motcua-mqtt-config",
            "motcua-tests",
            "motcua-tui",
        ],
    ),
    // Judges all, so it depends on none.
    ("motcua-house", &[]),
];

/// One outside system, one crate: only the crates on the right may name the library on the left,
/// in their tests too. `bench` names rumqttc and axum for the rivals that are built on them.
const OWNED_BY: &[(&str, &[&str])] = &[
    ("rumqttc", &["motcua-mqtt-config", "motcua-bench"]),
    ("timely", &["motcua-collector"]),
    // The page of `camera-ingest zones`, on loopback alone (docs/adr/0018).
    ("axum", &["motcua-dashboard", "motcua-camera-ingest", "motcua-bench"]),
    ("hyper", &["motcua-dashboard"]),
    ("tokio-rustls", &["motcua-dashboard"]),
    ("argon2", &["motcua-mqtt-config"]),
    ("ratatui", &["motcua-tui"]),
    ("rusqlite", &["motcua-history"]),
    ("influxdb2", &["motcua-history"]),
    ("reqwest", &["motcua-history"]),
    ("ffmpeg-next", &["motcua-camera-ingest"]),
];

#[test]
fn a_crate_imports_exactly_those_it_should() {
    let workspace = Workspace::load();
    let names: BTreeSet<&str> = workspace.ours().map(|p| p.name.as_str()).collect();
    let known: BTreeSet<&str> = IMPORTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "every crate of the workspace has its row in IMPORTS");
    let mut mistakes = Vec::new();
    for package in workspace.ours() {
        let all = package.links.union(&package.tests_with).map(String::as_str);
        // A crate's tests may name the crate itself, to turn on what only tests want of it.
        let does: BTreeSet<&str> = all.filter(|import| names.contains(import) && *import != package.name).collect();
        let row = IMPORTS.iter().find(|(name, _)| *name == package.name);
        let should: BTreeSet<&str> = row.into_iter().flat_map(|(_, imports)| imports.iter().copied()).collect();
        let told = |import: &&str, word: &str| format!("{} {word} {import}", package.name);
        mistakes.extend(does.difference(&should).map(|import| told(import, "must not import")));
        mistakes.extend(should.difference(&does).map(|import| told(import, "does not import (drop the name)")));
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
