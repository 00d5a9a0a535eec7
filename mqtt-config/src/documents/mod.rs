//! The contract in forms that other programs and people read: AsyncAPI 3, JSON Schema, Markdown.
//!
//! Made from the topic table, the list of events and the code lists of `domain`; the committed
//! files under `docs/` are these texts (`cargo run -p motcua-mqtt-config --example write-docs`).

mod asyncapi;
mod schemas;
mod topics_md;

use serde_json::Value;

/// A document to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it stands, relative to the repository.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every document.
#[must_use]
pub fn all() -> Vec<Document> {
    let mut documents = vec![
        Document { path: "docs/asyncapi.json".to_owned(), text: pretty(&asyncapi::render()) },
        Document { path: "docs/topics.md".to_owned(), text: topics_md::render() },
    ];
    documents.extend(
        schemas::all()
            .into_iter()
            .map(|(name, schema)| Document { path: format!("docs/schemas/{name}.json"), text: pretty(&schema) }),
    );
    documents
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
