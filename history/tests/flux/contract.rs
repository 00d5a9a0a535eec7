//! What both the double and a real server do: each test is run against all that there are.

use domain::Timestamp;
use domain::history::Day;
use history::influx::flux::ALL_PARTS;
use history::influx::reader::name_point;
use history::influx::{Bucket, Reader, Row, Secret, line};
use history::source::Name;
use history::{Part, Scope, Source};

use crate::days::{MONDAY, day, should, shown, site};
use crate::server;

#[test]
fn what_is_written_is_read_with_the_columns_of_the_embedded_store() {
    for server in server::all() {
        let days: Vec<_> = (0..6)
            .map(|n| (site(["a", "b", "c-3"][n % 3]), day(MONDAY + i32::try_from(n / 3).unwrap(), n as u64)))
            .collect();
        server.keep_days(&days);
        server.keep_days(&days[..1]);
        let reader = server.reader();
        let everything = Scope { sites: Vec::new(), from: MONDAY - 900, to: MONDAY + 900 };
        assert_eq!(shown(&reader, &everything, &ALL_PARTS), should(&days, &ALL_PARTS));
        // In whatever order it is asked.
        let two = Scope { sites: vec![site("c-3"), site("a"), site("nobody")], from: MONDAY, to: MONDAY };
        let wanted: Vec<_> =
            days.iter().filter(|(at, day)| at.as_str() != "b" && day.date == MONDAY).cloned().collect();
        let parts = [Part::Ratings, Part::Waits];
        assert_eq!(shown(&reader, &two, &parts), should(&wanted, &parts));
        assert_eq!(reader.sites().unwrap(), [site("a"), site("b"), site("c-3")]);
        assert_eq!(reader.span(site("b")).unwrap(), Some((MONDAY, MONDAY + 1)));
        assert_eq!(reader.span(site("nobody")).unwrap(), None);
        let before = Scope { sites: Vec::new(), from: MONDAY - 9, to: MONDAY - 1 };
        assert_eq!(shown(&reader, &before, &ALL_PARTS), Vec::<String>::new());
    }
}

#[test]
fn a_row_that_is_taken_back_is_left_out() {
    for server in server::all() {
        let (old, new) = (day(MONDAY, 1), day(MONDAY, 2));
        let gone = day(MONDAY + 1, 3);
        let before = line::day_points(site("a"), &old);
        server.keep(&before);
        server.keep_days(&[(site("a"), gone.clone())]);
        server.keep(&line::changes(&before, line::day_points(site("a"), &new)));
        server.keep(&line::changes(&line::day_points(site("a"), &gone), Vec::new()));
        let reader = server.reader();
        let all = Scope { sites: vec![site("a")], from: MONDAY - 1, to: MONDAY + 2 };
        assert_eq!(shown(&reader, &all, &ALL_PARTS), should(&[(site("a"), new)], &ALL_PARTS));
        assert_eq!(reader.span(site("a")).unwrap(), Some((MONDAY, MONDAY)));
    }
}

#[test]
fn the_newest_name_counts_and_may_be_anything() {
    for server in server::all() {
        let name = |id: &str, name: &str| Name { kind: "service".into(), id: id.into(), name: name.into() };
        let row = |of: &Name, ms: i64| Row {
            bucket: Bucket::Hour,
            line: name_point(site("a"), of, Timestamp::from_ms(1_772_000_000_000 + ms)).line().unwrap(),
        };
        let hostile = name("b", r#"Sở "Tư pháp", phòng=2 \ ${x} \"#);
        server.keep(&[row(&name("a", "Cũ"), 0), row(&hostile, 0)]);
        server.keep(&[row(&name("a", "Mới"), 5)]);
        assert_eq!(server.reader().names(site("a")).unwrap(), [name("a", "Mới"), hostile]);
        assert_eq!(server.reader().names(site("b")).unwrap(), []);
    }
}

#[test]
fn a_bad_line_keeps_all_out_and_a_refused_point_only_itself() {
    for server in server::all() {
        let reply = server.write(Bucket::Raw, b"m a=1i 1\nm a=NaN 2\n,x a=1\nm a=\"x 4");
        assert_eq!(reply.status, 400);
        let message = reply.message();
        for line in ["m a=NaN 2': invalid number", ",x a=1': missing measurement", "unbalanced quotes"] {
            assert!(message.contains(line), "{message}");
        }
        // Had the first line been kept, this would be a conflict.
        assert_eq!(server.write(Bucket::Raw, b"m a=1.5 1").status, 204);
        let reply = server.write(Bucket::Raw, b"m b=1i 1\nm a=1i 2\nm a=2i 3");
        assert_eq!(reply.status, 422);
        let message = reply.message();
        assert!(message.contains("partial write: field type conflict") && message.ends_with("dropped=2"), "{message}");
        assert_eq!(server.write(Bucket::Raw, b"m b=1.5 1").status, 422, "the good point of the batch was kept");
        assert_eq!(server.write(Bucket::Raw, b"\n# nothing\n\n").status, 204);
    }
}

#[test]
fn what_is_wrong_with_the_request_is_told() {
    for server in server::all() {
        let org = &server.options.org;
        for (target, status, part) in [
            (format!("/api/v2/write?org={org}&bucket=x&precision=m"), 400, "invalid precision"),
            (format!("/api/v2/write?org={org}"), 404, "bucket not found"),
            ("/api/v2/write?org=nobody&bucket=x".to_owned(), 404, "\"nobody\" not found"),
            (format!("/api/v2/write?org={org}&bucket=nothing"), 404, "bucket \"nothing\" not found"),
        ] {
            let reply = server.send("POST", &target, b"m a=1i 1");
            assert_eq!(reply.status, status, "{target}");
            assert!(reply.message().contains(part), "{target}: {}", reply.message());
        }
        let told = |reader: Reader| reader.sites().unwrap_err().to_string();
        let mut stranger = server.options.clone();
        stranger.token = Secret::new("nobody's");
        assert!(told(Reader::new(&stranger).unwrap()).contains("401"));
        let mut elsewhere = server.options.clone();
        elsewhere.bucket_prefix = "nothing".into();
        let told = told(Reader::new(&elsewhere).unwrap());
        assert!(told.contains("404") && told.contains("could not find bucket"), "{told}");
    }
}

#[test]
fn nothing_is_no_error() {
    for server in server::all() {
        let reader = server.reader();
        let all = Scope { sites: Vec::new(), from: MONDAY, to: MONDAY + 1 };
        assert_eq!(shown(&reader, &all, &ALL_PARTS), Vec::<String>::new());
        assert_eq!(reader.sites().unwrap(), []);
        server.keep_days(&[(site("a"), Day { date: MONDAY, ..Day::default() })]);
        assert_eq!(reader.span(site("a")).unwrap(), None);
    }
}
