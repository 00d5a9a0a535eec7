//! What the reader makes of answers that go wrong.

use std::time::Duration;

use history::double::{Fault, What};
use history::influx::Reader;
use history::influx::flux::ALL_PARTS;
use history::{Scope, Source};

use crate::days::{MONDAY, day, should, shown, site};
use crate::server;

const HEAD: &str =
    "#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n";

fn told(reader: &Reader) -> String {
    reader.sites().expect_err("an error").to_string()
}

#[test]
fn a_200_is_no_success_by_itself() {
    let server = server::double();
    let double = server.double.as_ref().unwrap();
    let reader = server.reader();
    let error = "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,out of memory,\r\n";
    for (what, why) in [
        (What::Page, "a page instead of figures"),
        (What::Csv(error.into()), "the query failed: out of memory"),
        (What::Csv(format!("{HEAD},,0,a\r\n\r\n{error}")), "the query failed: out of memory"),
        (What::Csv(",result,table,_value\r\n,_result,0,a\r\n".into()), "no annotations"),
        (What::Csv(format!("{HEAD},,0,\"a")), "in the middle of a row"),
        (What::Csv(String::new()), "it is empty"),
        (What::Csv(format!("{HEAD},,0,Not An Id\r\n")), "cannot be in"),
        (What::Status { status: 503, retry_after: Some("2".into()) }, "503"),
        (What::Status { status: 502, retry_after: None }, "502 (no reason given)"),
        (What::Reset, "broke off"),
    ] {
        double.script([Fault::queries(1, what.clone())]);
        let told = told(&reader);
        assert!(told.contains(why), "{what:?}: {told}");
        assert!(told.contains(&server.options.url) && !told.contains("double-token"), "{told}");
    }
    double.script([Fault::queries(1, What::Csv("\r\n".into()))]);
    assert_eq!(reader.sites().unwrap(), []);
}

#[test]
fn an_answer_that_is_cut_anywhere_is_never_a_short_result() {
    let server = server::double();
    let double = server.double.as_ref().unwrap();
    for name in ["a", "b"] {
        server.keep_days(&[(site(name), day(MONDAY, 5))]);
    }
    let reader = server.reader();
    assert_eq!(reader.sites().unwrap().len(), 2);
    let whole = format!("{HEAD},,0,a\r\n,,0,b\r\n\r\n").len();
    // The last two bytes are the empty line at the end, which says nothing; the end of the chunks does.
    for cut in (0..=whole).step_by(3).chain([whole]) {
        double.script([Fault::queries(1, What::Cut(cut))]);
        assert!(told(&reader).contains("broke off"), "{cut}");
    }
}

#[test]
fn a_packed_answer_that_is_cut_or_damaged_is_an_error() {
    let server = server::double();
    let double = server.double.as_ref().unwrap();
    let days: Vec<_> = (0..40).map(|n| (site("a"), day(MONDAY + n, u64::try_from(n).unwrap()))).collect();
    server.keep_days(&days);
    let reader = server.reader();
    let all = Scope { sites: vec![site("a")], from: MONDAY, to: MONDAY + 40 };
    assert_eq!(shown(&reader, &all, &ALL_PARTS), should(&days, &ALL_PARTS));
    for cut in [1, 10, 700] {
        double.script([Fault::queries(1, What::Cut(cut))]);
        let why = reader.scan(&all, &ALL_PARTS, &mut |_| ()).unwrap_err().to_string();
        assert!(why.contains("broke off"), "{why}");
    }
}

#[test]
fn a_server_that_hangs_or_is_away_is_an_error_in_time() {
    let server = server::double();
    let double = server.double.as_ref().unwrap();
    let mut hasty = server.options.clone();
    hasty.timeout = Duration::from_millis(50);
    let reader = Reader::new(&hasty).unwrap();
    double.script([Fault::queries(1, What::Slow(600_000))]);
    assert!(told(&reader).contains("has not answered"));
    double.down();
    assert!(told(&reader).contains("cannot be reached"));
    double.up().unwrap();
    assert_eq!(reader.sites().unwrap(), []);
}
