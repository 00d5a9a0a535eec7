//! What `cargo metadata` says about the workspace, read once into plain values.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// A package as `cargo metadata` names it.
pub struct Package {
    pub name: String,
    pub version: String,
    /// The SPDX expression of its manifest; `None` when it names only a file.
    pub license: Option<String>,
    pub is_ours: bool,
    /// Names of direct dependencies: what is linked into the library or program (normal and build).
    pub links: BTreeSet<String>,
    /// Names of direct dependencies that only its tests and benches see.
    pub tests_with: BTreeSet<String>,
}

/// The whole resolved graph, for this machine's platform.
pub struct Workspace {
    packages: BTreeMap<String, Package>,
    /// Package id -> ids of its resolved normal and build dependencies.
    edges: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    /// Asks cargo. `--locked` because a test must not change `Cargo.lock`; cargo reaches for the
    /// network only for crates that were never downloaded, and a workspace build downloads all.
    pub fn load() -> Self {
        let root = super::tree::root();
        let output = Command::new(env!("CARGO"))
            .current_dir(&root)
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host()])
            .output()
            .expect("cargo runs this very test, so it can be started");
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
        let packages = array(&json, "packages").iter().map(|p| (text(p, "id"), package(p))).collect();
        let edges = array(&json["resolve"], "nodes").iter().map(|node| (text(node, "id"), linked(node))).collect();
        Self { packages, edges }
    }

    /// Our own crates, by name.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|p| p.is_ours)
    }

    /// Every package that is linked into one of ours, directly or through others (not what only tests see).
    pub fn linked_into(&self, name: &str) -> BTreeSet<&str> {
        let start = self.packages.iter().find(|(_, p)| p.is_ours && p.name == name);
        let (id, _) = start.unwrap_or_else(|| panic!("no crate of ours is called {name}"));
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for next in self.edges.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen.into_iter().map(|id| self.packages[id].name.as_str()).collect()
    }

    /// Packages of others that some crate of ours links.
    pub fn third_party(&self) -> Vec<&Package> {
        let linked: BTreeSet<&str> = self.ours().flat_map(|p| self.linked_into(&p.name)).collect();
        self.packages.values().filter(|p| !p.is_ours && linked.contains(p.name.as_str())).collect()
    }
}

fn package(json: &Value) -> Package {
    let of_kind = |wanted: fn(Option<&str>) -> bool| {
        let all = array(json, "dependencies").iter();
        all.filter(|d| wanted(d["kind"].as_str())).map(|d| text(d, "name")).collect()
    };
    Package {
        name: text(json, "name"),
        version: text(json, "version"),
        license: json["license"].as_str().map(str::to_owned),
        is_ours: json["source"].is_null(),
        links: of_kind(|kind| kind != Some("dev")),
        tests_with: of_kind(|kind| kind == Some("dev")),
    }
}

/// The ids behind a node's normal and build edges.
fn linked(node: &Value) -> Vec<String> {
    let is_linked = |dep: &&Value| array(dep, "dep_kinds").iter().any(|k| k["kind"].as_str() != Some("dev"));
    array(node, "deps").iter().filter(is_linked).map(|dep| text(dep, "pkg")).collect()
}

fn array<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(json: &Value, key: &str) -> String {
    json[key].as_str().unwrap_or_else(|| panic!("cargo metadata has no {key} in {json}")).to_owned()
}

/// The target triple this test was built for, as `rustc -vV` tells it.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc built this test, so it can be started");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc -vV has a host line").to_owned()
}
