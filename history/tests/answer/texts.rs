//! Answers as people and programs read them.

use domain::history::QualityCell;
use history::answer::{By, Compare, Figure, Lang, Question, ask, columns, to_csv, to_json};
use history::memory::Memory;
use history::source::Name;

use super::world::{Thing, What, days};

fn store(name: &str) -> Memory {
    let quality = QualityCell { due_min: Some(60), heard_min: 60, accepted: 9, lost: 1, ..QualityCell::default() };
    let thing =
        |service, what| Thing { site: "tam-ky", date: 20_780, hour: 8, service, counter: None, officer: None, what };
    let things = [
        thing(Some("dat-dai"), What::Call(90_500, None)),
        thing(None, What::Call(30_000, None)),
        thing(None, What::Quality(quality)),
    ];
    let names = vec![Name { kind: "service".into(), id: "dat-dai".into(), name: name.into() }];
    Memory::new(days(&things)).with_names("tam-ky".parse().unwrap(), names)
}

fn question(by: &[By]) -> Question {
    let question = Question::new(vec!["tam-ky".parse().unwrap()], Figure::Waits, 20_780, 20_780);
    Question { by: by.to_vec(), ..question }
}

#[test]
fn the_json_of_an_answer() {
    let asked = Question { compare: Some(Compare::Previous), ..question(&[By::Hour, By::Service]) };
    let json: serde_json::Value = serde_json::from_str(&to_json(&ask(&store("Đất đai"), &asked).unwrap())).unwrap();
    assert_eq!(json["figure"], "waits");
    assert_eq!((&json["from"], &json["complete_to"]), (&"2026-11-23".into(), &"2026-11-23".into()));
    assert_eq!(json["compare"], serde_json::json!({"with": "previous", "from": "2026-11-22", "to": "2026-11-22"}));
    assert_eq!(
        json["columns"][1],
        serde_json::json!({"column": "wait_mean_s", "unit": "s", "vi": "Chờ trung bình", "en": "Mean wait"})
    );
    assert_eq!(
        json["rows"][0]["group"],
        serde_json::json!({"hour": 8, "service": "dat-dai", "service_name": "Đất đai"})
    );
    assert_eq!(json["rows"][1]["group"], serde_json::json!({"hour": 8, "service": null, "service_name": null}));
    let nothing =
        serde_json::json!({"value": null, "n": 0, "completeness": null, "exact": false, "missing": "no_data"});
    let mean = serde_json::json!({"value": 90.5, "n": 1, "completeness": 0.9, "exact": true, "before": nothing});
    assert_eq!(json["rows"][0]["figures"]["wait_mean_s"], mean);
    assert!(
        to_json(&ask(&store(""), &question(&[])).unwrap())
            .contains(r#""called":{"value":2,"n":2,"completeness":0.9,"exact":true}"#)
    );
}

#[test]
fn the_csv_of_an_answer() {
    let csv = to_csv(&ask(&store("Đất đai, \"nhà ở\""), &question(&[By::Hour, By::Service])).unwrap(), Lang::Vi);
    let mut lines = csv.split("\r\n");
    let header = lines.next().unwrap();
    assert!(header.starts_with("\u{feff}Giờ,Thủ tục,Thủ tục: tên,Đã gọi,Đã gọi – số trường hợp,Đã gọi – mức đầy đủ,Đã gọi – chính xác,Chờ trung bình (giây),"), "{header}");
    let row = lines.next().unwrap();
    assert!(row.starts_with("8,dat-dai,\"Đất đai, \"\"nhà ở\"\"\",1,1,0.9,1,90.5,1,0.9,1,90,"), "{row}");
    // Walks were not told: an empty cell, not 0.
    assert!(row.ends_with(",,0,0.9,0"), "{row}");
    assert_eq!((lines.next().unwrap().split(',').next(), lines.next(), lines.next()), (Some("8"), Some(""), None));
    let english = to_csv(&ask(&store(""), &question(&[])).unwrap(), Lang::En);
    assert!(english.starts_with("\u{feff}Called,Called – n,Called – completeness,Called – exact,Mean wait (s),"));
    let compared = Question { compare: Some(Compare::Year), ..question(&[]) };
    let csv = to_csv(&ask(&store(""), &compared).unwrap(), Lang::En);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let widths: Vec<usize> = reader.records().map(|line| line.unwrap().len()).collect();
    assert_eq!(widths, [72, 72]);
}

#[test]
fn no_name_becomes_a_formula() {
    for name in
        ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "=HYPERLINK(\"http://x\",\"y\")"]
    {
        let csv = to_csv(&ask(&store(name), &question(&[By::Service])).unwrap(), Lang::Vi);
        let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        let cell = reader.records().next().unwrap().unwrap()[1].to_owned();
        assert_eq!(cell, format!("'{name}"));
    }
    let csv = to_csv(&ask(&store("A-1 = tốt"), &question(&[By::Service])).unwrap(), Lang::Vi);
    assert!(csv.contains(",A-1 = tốt,"));
}

#[test]
fn every_column_is_named_once_and_in_two_languages() {
    for figure in Figure::ALL {
        let mut keys: Vec<&str> = columns(*figure).iter().map(|column| column.key).collect();
        assert!(
            columns(*figure)
                .iter()
                .all(|column| !column.vi.is_empty() && !column.en.is_empty() && !column.means.is_empty())
        );
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), columns(*figure).len());
    }
}
