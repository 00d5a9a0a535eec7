//! A recorded session plays again to the same last screen.

use tui::keys::{Code, Stroke};
use tui::message::{Message, What};
use tui::model::{Lang, Model, Moment, Server, Settings, Size, Trouble};
use tui::picture;
use tui::record::{Header, Recorder, Recording};
use tui::sample;
use tui::update::update;

use crate::SIZE;

fn session() -> Vec<What> {
    let board = sample::board(40);
    let snapshot = domain::board::Message::Snapshot { seq: board.seq, board };
    let key = |c: char| What::Key(Stroke::char(c));
    let mut session = vec![What::Opened, What::Frame(serde_json::to_string(&snapshot).unwrap())];
    session.extend("/ngưng".chars().map(key));
    session.extend([What::Key(Stroke::plain(Code::Enter)), key('j'), key('L'), What::Tick]);
    session.push(What::Size(Size { cols: 100, rows: 30 }));
    session.extend([What::Tick, What::Lost(Trouble::Closed { detail: "đứt".into() }), What::Tick]);
    session
}

fn model() -> Model {
    let server = Server { url: "http://127.0.0.1:8080".into(), site: "tam-ky".parse().unwrap() };
    Model::new(server, Settings::default(), SIZE)
}

#[test]
fn a_recording_ends_on_the_same_screen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let mut live = model();
    let mut recorder = Recorder::create(&file, &Header::of(&live)).unwrap();
    for (second, what) in session().into_iter().enumerate() {
        let at = Moment { mono_ms: second as u64 * 1_000, ..Moment::default() };
        let message = Message { at, what };
        recorder.write(&message).unwrap();
        update(&mut live, message);
    }
    recorder.flush().unwrap();

    let played = Recording::open(&file).unwrap().play().unwrap();
    assert_eq!(played, live);
    let last = picture::text(&played, live.size);
    assert_eq!(last, picture::text(&live, live.size));
    assert!(last.contains("Link lost"), "{last}");
    assert!(Recorder::create(&file, &Header::of(&live)).is_err(), "nothing is recorded over");
}

#[test]
fn a_recording_cut_short_plays_to_the_cut_and_a_damaged_one_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let mut recorder = Recorder::create(&file, &Header::of(&model())).unwrap();
    for what in session() {
        recorder.write(&Message { at: Moment::default(), what }).unwrap();
    }
    drop(recorder);
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 30]).unwrap();
    assert!(Recording::open(&file).unwrap().play().is_ok());
    std::fs::write(&file, whole.replace("\"opened\"", "\"shut\"")).unwrap();
    let why = Recording::open(&file).unwrap().play().unwrap_err().to_string();
    assert!(why.starts_with("line 2:"), "{why}");
    std::fs::write(&file, "hello\n").unwrap();
    assert!(Recording::open(&file).unwrap_err().to_string().contains("not a recording"));
}

#[test]
fn a_recording_is_shown_as_it_was_whatever_keys_had_chosen_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.jsonl");
    let mut live = model();
    update(&mut live, Message { at: Moment::default(), what: What::Key(Stroke::char('L')) });
    // `--lang vi` holds over the key of the last time.
    live.settings.lang = Lang::Vi;
    Recorder::create(&file, &Header::of(&live)).unwrap().flush().unwrap();
    let played = Recording::open(&file).unwrap().play().unwrap();
    assert_eq!((played.settings.lang, played.chosen.lang), (Lang::Vi, Some(Lang::En)));
}
