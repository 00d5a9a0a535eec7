use proptest::prelude::*;

use super::*;

fn decoded(text: &str, chunk: usize) -> Result<Vec<String>, (Vec<String>, Fault)> {
    let mut rows = Vec::new();
    let mut decoder = Decoder::default();
    let mut take = |row: &Row<'_>| {
        let cells: Result<Vec<String>, Fault> =
            row.columns().skip(1).map(|name| Ok(format!("{name}={:?}", row.get(name)?))).collect();
        rows.push(cells?.join(" "));
        Ok(())
    };
    let pushed = text.as_bytes().chunks(chunk).try_for_each(|bytes| decoder.push(bytes, &mut take));
    match pushed.and_then(|()| decoder.end()) {
        Ok(()) => Ok(rows),
        Err(fault) => Err((rows, fault)),
    }
}

fn both(text: &str) -> Result<Vec<String>, (Vec<String>, Fault)> {
    let whole = decoded(text, usize::MAX);
    for chunk in [1, 3, 7] {
        assert_eq!(decoded(text, chunk), whole, "in pieces of {chunk}");
    }
    whole
}

const HEAD: &str = "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n,result,table,svc,_value\r\n";

#[test]
fn tables_of_one_form_need_no_second_header() {
    let rows = both(&format!("{HEAD},,0,a,412.5\r\n,,1,b,95\r\n\r\n")).unwrap();
    assert_eq!(
        rows,
        [
            r#"result=Text("_result") table=Int(0) svc=Text("a") _value=Float(412.5)"#,
            r#"result=Text("_result") table=Int(1) svc=Text("b") _value=Float(95.0)"#,
        ]
    );
}

#[test]
fn another_form_comes_after_an_empty_line_and_results_have_names() {
    let other = "#group,false,false,false\r\n#default,last,,\r\n#datatype,string,long,boolean\r\n,result,table,open\r\n,,0,true\r\n\r\n";
    let rows = both(&format!("{HEAD},,0,a,1\r\n\r\n{other}")).unwrap();
    assert_eq!(rows[1], r#"result=Text("last") table=Int(0) open=Bool(true)"#);
}

#[test]
fn an_empty_answer_is_a_line_end_and_nothing_at_all_is_none() {
    assert_eq!(both("\r\n"), Ok(Vec::new()));
    assert_eq!(both(""), Err((Vec::new(), Fault::Form("it is empty".into()))));
}

#[test]
fn an_empty_table_has_its_key_in_the_defaults_and_no_rows() {
    let table = "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,0,hotich,\r\n,result,table,svc,_value\r\n\r\n";
    assert_eq!(both(table), Ok(Vec::new()));
}

#[test]
fn an_empty_cell_is_null_by_its_type_or_the_default() {
    let text = "#datatype,string,long,boolean,long,unsignedLong,double,string,dateTime:RFC3339,string\r\n\
                #default,_result,7,,,,,,,dflt\r\n,result,table,b,i,u,f,s,t,d\r\n,,,,,,,,,\r\n";
    let rows = both(text).unwrap();
    assert_eq!(
        rows,
        [r#"result=Text("_result") table=Int(7) b=Null i=Null u=Null f=Null s=Text("") t=Null d=Text("dflt")"#]
    );
}

#[test]
fn quoted_cells_hold_anything() {
    let rows = both(&format!("{HEAD},,0,\"Sở \"\"Tư pháp\"\", \r\nphòng 2\",1\r\n")).unwrap();
    assert_eq!(
        rows,
        ["result=Text(\"_result\") table=Int(0) svc=Text(\"Sở \\\"Tư pháp\\\", \\r\\nphòng 2\") _value=Float(1.0)"]
    );
}

#[test]
fn infinite_and_no_number() {
    let rows = both(&format!("{HEAD},,0,a,NaN\r\n,,0,a,+Inf\r\n,,0,a,-Inf\r\n")).unwrap();
    let ends: Vec<_> = rows.iter().map(|row| row.rsplit('=').next().unwrap()).collect();
    assert_eq!(ends, ["Float(NaN)", "Float(inf)", "Float(-inf)"]);
}

#[test]
fn times_are_read_to_the_nanosecond() {
    for (text, ns) in [
        ("2026-03-02T01:00:00Z", 1_772_413_200_000_000_000),
        ("2026-03-02T01:00:00.5Z", 1_772_413_200_500_000_000),
        ("2026-03-02T01:00:00.000000001Z", 1_772_413_200_000_000_001),
    ] {
        assert_eq!(time_ns(text), Some(ns), "{text}");
    }
    for bad in ["", "x", ".", "2026-03-02T01:00:00.Z", "2026-03-02T01:00:00.1234567890Z"] {
        assert_eq!(time_ns(bad), None, "{bad}");
    }
}

#[test]
fn an_error_table_is_an_error_at_once_and_after_rows() {
    let told = Fault::Server("out of memory, sorry".into());
    let annotated = "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,\"out of memory, sorry\",\r\n";
    let plain = ",error,reference\r\n,\"out of memory, sorry\",897\r\n";
    for table in [annotated, plain] {
        assert_eq!(both(table), Err((Vec::new(), told.clone())));
        let (rows, fault) = both(&format!("{HEAD},,0,a,1\r\n\r\n{table}")).unwrap_err();
        assert_eq!((rows.len(), fault), (1, told.clone()));
    }
    assert!(matches!(both(",error,reference\r\n"), Err((_, Fault::Server(_)))));
}

#[test]
fn what_is_no_annotated_csv_is_refused() {
    for text in [
        ",result,table,_value\r\n,_result,0,1\r\n",
        "<!doctype html><title>Login</title>\r\n",
        "{\"code\":\"invalid\"}\r\n",
        "#datatype,string\r\n,result,table\r\n",
        "#datatype,string,long,complex\r\n,result,table,_value\r\n",
        "#datatype,string,long\r\n",
        "#datatype,string,long\r\n\r\n",
    ] {
        assert!(matches!(both(text), Err((rows, Fault::Form(_))) if rows.is_empty()), "{text}");
    }
    for row in [",,0,a\r\n", ",,x,a,1\r\n", ",,0,a,one\r\n", ",,0,a,1\r\n,,0,a,", ",,0,\"a\"b,1\r\n", ",,0,\"a"] {
        assert!(matches!(both(&format!("{HEAD}{row}")), Err((_, Fault::Form(_)))), "{row}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
        let mut decoder = Decoder::default();
        let mut take = |row: &Row<'_>| row.columns().try_for_each(|name| row.get(name).map(drop));
        if head {
            decoder.push(HEAD.as_bytes(), &mut take).unwrap();
        }
        if decoder.push(&bytes, &mut take).is_ok() {
            drop(decoder.end());
        }
    }

    #[test]
    fn csv_like_bytes_never_panic_and_pieces_do_not_matter(text in "[#,\"\r\nadt0]{0,60}", chunk in 1_usize..9) {
        let text = format!("{HEAD}{text}");
        prop_assert_eq!(decoded(&text, chunk), decoded(&text, usize::MAX));
    }
}
