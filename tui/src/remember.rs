//! The view as it was left, for the next time: pane, filters, orders, rows, and what keys chose of
//! language, ground, hidden names and bell. A file in the user's state folder, by server and site.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::filter::Filter;
use crate::model::{Chosen, Model, Pane, RowId, Server, Sort};

/// The oldest are forgotten beyond this many.
const KEPT: usize = 50;

/// A view as it was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    pane: Pane,
    expanded: bool,
    #[serde(default)]
    chosen: Chosen,
    panes: Vec<PaneLeft>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PaneLeft {
    pane: Pane,
    filter: String,
    sort: Sort,
    selected: Option<RowId>,
}

impl Remembered {
    /// The view as it is now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let panes = Pane::ALL.into_iter().map(|pane| {
            let state = model.pane_state(pane);
            PaneLeft { pane, filter: state.filter.text.clone(), sort: state.sort, selected: state.selected.clone() }
        });
        Self { pane: model.pane, expanded: model.expanded, chosen: model.chosen, panes: panes.collect() }
    }

    /// Puts a new model's view back to how it was left.
    pub fn restore(&self, model: &mut Model) {
        model.pane = self.pane;
        model.expanded = self.expanded;
        model.chosen = self.chosen;
        model.settings.choose(self.chosen);
        for left in &self.panes {
            let state = model.pane_state_mut(left.pane);
            state.filter = Filter::new(&left.filter);
            // An older program may have sorted by what this one does not.
            if left.pane.columns().contains(&left.sort.column) {
                state.sort = left.sort;
            }
            state.selected.clone_from(&left.selected);
        }
    }
}

/// All views, as the file has them.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Views {
    /// By server and site; `left` counts up, the greatest was left last.
    views: BTreeMap<String, View>,
}

#[derive(Debug, Serialize, Deserialize)]
struct View {
    left: u64,
    view: Remembered,
}

/// The file.
#[derive(Debug, Clone)]
pub struct Store {
    file: PathBuf,
}

impl Store {
    /// In the user's state folder; `None` where there is none to know.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let state = state.or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
        Some(Self::at(&state.join("motcua/tui.json")))
    }

    /// In this file.
    #[must_use]
    pub fn at(file: &Path) -> Self {
        Self { file: file.to_owned() }
    }

    /// The view of a server's site as it was left. A file that is not there or damaged is no
    /// reason not to start.
    #[must_use]
    pub fn load(&self, server: &Server) -> Option<Remembered> {
        self.read().views.remove(&key(server)).map(|view| view.view)
    }

    /// Writes the view, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, server: &Server, view: Remembered) -> io::Result<()> {
        // Read anew: another terminal may have left another site's view meanwhile.
        let mut all = self.read();
        let left = all.views.values().map(|view| view.left).max().unwrap_or_default() + 1;
        all.views.insert(key(server), View { left, view });
        while all.views.len() > KEPT {
            let oldest = all.views.iter().min_by_key(|(_, view)| view.left).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            all.views.remove(&oldest);
        }
        let folder = self.file.parent().ok_or_else(|| io::Error::other("the file has no folder"))?;
        fs::create_dir_all(folder)?;
        let draft = self.file.with_extension(format!("json.{}", std::process::id()));
        let written = fs::File::create(&draft)
            .and_then(|mut file| file.write_all(serde_json::to_string_pretty(&all)?.as_bytes()))
            .and_then(|()| fs::rename(&draft, &self.file));
        if written.is_err() {
            // What cannot be written may not be removable either.
            let _ = fs::remove_file(&draft);
        }
        written
    }

    fn read(&self) -> Views {
        fs::read(&self.file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}

fn key(server: &Server) -> String {
    format!("{} {}", server.url, server.site)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Stroke;
    use crate::message::{Message, What};
    use crate::model::{Bell, Lang, Moment, Settings, Size, Theme};
    use crate::update::update;

    fn model(site: &str) -> Model {
        told(site, Settings::default())
    }

    /// A terminal whose file says so.
    fn told(site: &str, settings: Settings) -> Model {
        let server = Server { url: "http://127.0.0.1:1".to_owned(), site: site.parse().unwrap() };
        Model::new(server, settings, Size { cols: 80, rows: 24 })
    }

    fn types(model: &mut Model, keys: &str) {
        for key in keys.chars() {
            update(model, Message { at: Moment::default(), what: What::Key(Stroke::char(key)) });
        }
    }

    #[test]
    fn a_view_is_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(&folder.path().join("motcua/tui.json"));
        let mut left = model("tam-ky");
        left.pane = Pane::Devices;
        types(&mut left, "L");
        let state = left.pane_state_mut(Pane::Counters);
        state.filter = Filter::new("cho>15");
        state.selected = Some(RowId::Counter("q5".parse().unwrap()));
        store.save(&left.server, Remembered::of(&left)).unwrap();

        let mut again = model("tam-ky");
        store.load(&again.server).unwrap().restore(&mut again);
        assert_eq!(Remembered::of(&again), Remembered::of(&left));
        assert!(store.load(&model("hoi-an").server).is_none(), "each site has its own");
    }

    #[test]
    fn only_what_a_key_chose_is_kept() {
        let file = Settings { lang: Lang::En, theme: Theme::Light, bell: Bell::Off, ..Settings::default() };
        let left = Remembered::of(&told("tam-ky", file.clone()));
        let mut again = model("tam-ky");
        left.restore(&mut again);
        assert_eq!(again.settings, Settings::default(), "the file said it, and says it no more");

        let mut chosen = told("tam-ky", file.clone());
        types(&mut chosen, "LTb");
        let mut again = told("tam-ky", file);
        Remembered::of(&chosen).restore(&mut again);
        assert_eq!(again.settings, chosen.settings, "keys hold over the file");
        assert_eq!((again.settings.lang, again.settings.bell), (Lang::Vi, Bell::Critical));
    }

    #[test]
    fn names_are_hidden_where_the_file_or_a_key_hid_them() {
        let hidden = Settings { privacy: true, ..Settings::default() };
        let opens = |left: &Model, settings: &Settings| {
            let mut again = told("tam-ky", settings.clone());
            Remembered::of(left).restore(&mut again);
            again.settings.privacy
        };
        let bare = model("tam-ky");
        assert!(opens(&bare, &hidden), "the file says so since");
        let mut by_key = model("tam-ky");
        types(&mut by_key, "p");
        assert!(by_key.settings.privacy && opens(&by_key, &Settings::default()), "the key said so");
        types(&mut by_key, "p");
        assert!(!opens(&by_key, &Settings::default()) && opens(&by_key, &hidden));
        let mut shown = told("tam-ky", hidden.clone());
        types(&mut shown, "p");
        assert!(!shown.settings.privacy && opens(&shown, &hidden), "shown once is not shown at the next start");
        assert!(!opens(&told("tam-ky", hidden), &Settings::default()), "the file hides them no more");
    }

    #[test]
    fn a_damaged_file_is_no_view_and_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tui.json");
        fs::write(&file, "{\"views\":").unwrap();
        let (store, model) = (Store::at(&file), model("tam-ky"));
        assert!(store.load(&model.server).is_none());
        store.save(&model.server, Remembered::of(&model)).unwrap();
        assert!(store.load(&model.server).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn the_oldest_views_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(&folder.path().join("tui.json"));
        for n in 0..=KEPT {
            let model = model(&format!("site-{n}"));
            store.save(&model.server, Remembered::of(&model)).unwrap();
        }
        assert!(store.load(&model("site-0").server).is_none());
        assert!(store.load(&model(&format!("site-{KEPT}")).server).is_some());
    }
}
