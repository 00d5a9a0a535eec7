//! The running parts: supervisor, ports, broker, collector, dashboard, certificates.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;

use mqtt_config::broker::BrokerFiles;

use super::certificate;
use super::facts::{Facts, SILENT, TLS};
use super::http::{PATIENCE, connect};
use super::page::{Level, Line, Said, said};

/// Whether `serve` runs.
pub fn supervisor(facts: &Facts) -> Line {
    let title = ("motcua serve", "motcua serve");
    match &facts.ready {
        Some(ready) => {
            let of = |key: &str| ready[key].as_str().unwrap_or("?").to_owned();
            let found = format!("{}  {}", of("http"), of("mqtt"));
            Line::new("serve", title, Level::Ok, said(format!("đang chạy: {found}"), format!("runs: {found}")))
        }
        None => Line::new(
            "serve",
            title,
            Level::Fault,
            said("không chạy, hoặc chưa sẵn sàng", "does not run, or is not ready yet"),
        )
        .todo(
            format!("chạy: {}; xem nhật ký của nó", facts.start()),
            format!("start it: {}; look at its log", facts.start()),
        ),
    }
}

/// What to do about a part that does not answer: where nothing runs, one line says it all.
fn silent(facts: &Facts, line: Line) -> Line {
    if facts.ready.is_none() && !facts.elsewhere {
        return line.todo("xem dòng `motcua serve`", "see the line `motcua serve`");
    }
    line.todo(
        "`serve` tự khởi động lại nó; nếu lặp lại, xem nhật ký của `serve`",
        "`serve` starts it again by itself; if this repeats, look at the log of `serve`",
    )
}

/// The ports that a start needs.
pub fn ports(facts: &Facts) -> Line {
    let title = ("Cổng", "Ports");
    let Some(installation) = facts.installation() else {
        return Line::new("ports", title, Level::Ok, said("theo lệnh chạy", "as the command said"));
    };
    let wanted = [
        ("mqtt_port", SocketAddr::new(installation.mqtt.bind, installation.mqtt.port)),
        ("http_port", installation.http.bind),
    ];
    let words: Vec<String> = wanted.iter().map(|(key, at)| format!("{key} {at}")).collect();
    let words = words.join(", ");
    if facts.ready.is_some() {
        return Line::new("ports", title, Level::Ok, said(words.clone(), words));
    }
    let taken = |(_, at): &&(&str, SocketAddr)| at.port() != 0 && TcpListener::bind(at).is_err();
    match wanted.iter().find(taken) {
        None => Line::new("ports", title, Level::Ok, said(format!("{words}, còn trống"), format!("{words}, free"))),
        Some((key, at)) => {
            let found = said(format!("{at} ({key}) không dùng được"), format!("{at} ({key}) cannot be used"));
            Line::new("ports", title, Level::Fault, found).todo(
                "tắt chương trình đang giữ cổng (ss -ltnp; Mosquitto của hệ thống: systemctl disable --now mosquitto), hoặc đổi cổng",
                "end the program that holds it (ss -ltnp; the system's own Mosquitto: systemctl disable --now mosquitto), or choose another",
            )
        }
    }
}

/// Whether the broker takes us.
pub fn broker(facts: &Facts) -> Line {
    let title = ("Máy chủ MQTT", "Broker");
    match &facts.broker {
        Ok(heard) => {
            let sites = heard.boards.len();
            Line::new(
                "broker",
                title,
                Level::Ok,
                said(format!("trả lời, {sites} bảng"), format!("answers, {sites} boards")),
            )
        }
        Err(why) => {
            let found = said(format!("không trả lời: {why}"), format!("no answer: {why}"));
            silent(facts, Line::new("broker", title, Level::Fault, found))
        }
    }
}

/// Whether anybody without a login gets in from a network.
pub fn strangers(facts: &Facts) -> Line {
    let title = ("Thiết bị không mật khẩu", "Anonymous devices");
    let conf = std::fs::read_to_string(BrokerFiles::of(&facts.data_dir).conf).unwrap_or_default();
    let line = |level, found| Line::new("strangers", title, level, found);
    match openness(&conf) {
        Openness::Closed => line(Level::Ok, said("không được vào", "are refused")),
        Openness::Loopback => {
            line(Level::Ok, said("chỉ trên chính máy này (--discover)", "on this machine only (--discover)"))
        }
        Openness::Open(bind) => {
            line(Level::Fault, said(format!("vào được từ mạng ({bind})"), format!("get in from the network ({bind})")))
                .todo("chạy với cấu hình, không dùng --discover", "serve with a configuration, without --discover")
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Openness {
    Closed,
    Loopback,
    Open(IpAddr),
}

fn openness(conf: &str) -> Openness {
    let value = |key: &'static str| conf.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '));
    if value("allow_anonymous").next() != Some("true") {
        return Openness::Closed;
    }
    let binds = value("listener").filter_map(|rest| rest.split(' ').nth(1)?.parse::<IpAddr>().ok());
    binds.filter(|bind| !bind.is_loopback()).map(Openness::Open).next().unwrap_or(Openness::Loopback)
}

/// Whether the collector speaks.
pub fn collector(facts: &Facts) -> Line {
    let title = ("Bộ thu thập", "Collector");
    let fault = |vi: &str, en: &str| silent(facts, Line::new("collector", title, Level::Fault, said(vi, en)));
    let Ok(heard) = &facts.broker else {
        return fault("không hỏi được, máy chủ MQTT không trả lời", "cannot be asked, the broker does not answer");
    };
    if !heard.collector_spoke {
        return fault("im lặng", "is silent");
    }
    let figure = |key: &str| heard.figures.as_ref().and_then(|figures| figures[key].as_u64());
    let (vi, en) = match (figure("journal_offset"), figure("journal_durable")) {
        (Some(offset), Some(durable)) => (
            format!("hoạt động, đã ghi chắc {durable} trên {offset} bản ghi"),
            format!("works, {durable} of {offset} records durable"),
        ),
        _ => ("hoạt động".to_owned(), "works".to_owned()),
    };
    Line::new("collector", title, Level::Ok, said(vi, en))
}

/// Whether the pages serve the truth.
pub fn dashboard(facts: &Facts) -> Line {
    let title = ("Trang web", "Pages");
    let at = facts.server.as_ref().map_or_else(|| "?".to_owned(), |server| server.address.clone());
    let down = |vi: String, en: String| silent(facts, Line::new("dashboard", title, Level::Fault, said(vi, en)));
    match (&facts.pages, &facts.server) {
        (Ok(answer), _) if answer.status == 200 => {
            Line::new("dashboard", title, Level::Ok, said(format!("{at}, sẵn sàng"), format!("{at}, ready")))
        }
        (Ok(answer), _) => {
            let why = not_ready(&answer.body);
            down(format!("{at}, chưa sẵn sàng: {}", why.vi), format!("{at}, not ready: {}", why.en))
        }
        (Err(why), Some(server)) if why == TLS => match connect(server) {
            Ok(_) => Line::new(
                "dashboard",
                title,
                Level::Ok,
                said(format!("{at}, nhận kết nối TLS"), format!("{at}, takes TLS connections")),
            ),
            Err(error) => down(format!("{at}: {error:#}"), format!("{at}: {error:#}")),
        },
        (Err(why), _) if why == SILENT => {
            let seconds = PATIENCE.as_secs();
            down(format!("{at}: không trả lời trong {seconds} s"), format!("{at}: no answer within {seconds} s"))
        }
        (Err(why), _) => down(why.clone(), why.clone()),
    }
}

/// The faults in what `/readyz` says, each as `part: message`; its first words where it is no such
/// thing.
fn not_ready(body: &str) -> Said {
    let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let faults: Vec<(&str, &str)> = json["faults"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|fault| Some((fault["part"].as_str()?, fault["message"].as_str()?)))
        .collect();
    if faults.is_empty() {
        let why: String = body.chars().filter(|c| !c.is_control()).take(200).collect();
        return said(why.clone(), why);
    }
    let told = |vietnamese: bool| {
        let one = |(part, message): &(&str, &str)| {
            let (vi, en) = message.split_once(" / ").unwrap_or((message, message));
            format!("{part}: {}", if vietnamese { vi } else { en })
        };
        faults.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    said(told(true), told(false))
}

/// Until when each certificate is good; no line where there is none.
pub fn certificates(facts: &Facts) -> Vec<Line> {
    let Some(installation) = facts.installation() else { return Vec::new() };
    let files = [&installation.http.tls, &installation.mqtt.tls].into_iter().flatten();
    files.map(|tls| certificate_line(&tls.cert, facts.now.ms())).collect()
}

fn certificate_line(file: &Path, now_ms: i64) -> Line {
    let title = ("Chứng thư số", "Certificate");
    let name = file.display();
    let renew = |line: Line| line.todo("gia hạn rồi chạy lại motcua", "renew it, then start motcua again");
    match certificate::expires_ms(file) {
        Err(why) => {
            let found = format!("{name}: {why}");
            renew(Line::new("certificate", title, Level::Fault, said(found.clone(), found)))
        }
        Ok(at) => {
            let days = (at - now_ms).div_euclid(86_400_000);
            let found = said(format!("{name}: còn {days} ngày"), format!("{name}: good for {days} days"));
            match days {
                ..0 => renew(Line::new(
                    "certificate",
                    title,
                    Level::Fault,
                    said(format!("{name}: đã hết hạn"), format!("{name}: has expired")),
                )),
                0..30 => renew(Line::new("certificate", title, Level::Warning, found)),
                _ => Line::new("certificate", title, Level::Ok, found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_are_not_ready_say_why_in_words() {
        let body = r#"{"ready":false,"faults":[{"part":"mqtt","message":"Mất kết nối. / Not connected."}]}"#;
        assert_eq!(not_ready(body), said("mqtt: Mất kết nối.", "mqtt: Not connected."));
        assert_eq!(not_ready("busy\n"), said("busy", "busy"));
    }

    #[test]
    fn strangers_from_a_network_are_seen() {
        let conf = |anonymous: &str, bind: &str| format!("allow_anonymous {anonymous}\n\nlistener 1883 {bind}\n");
        assert_eq!(openness(&conf("false", "0.0.0.0")), Openness::Closed);
        assert_eq!(openness(&conf("true", "127.0.0.1")), Openness::Loopback);
        assert_eq!(openness(&conf("true", "0.0.0.0")), Openness::Open([0, 0, 0, 0].into()));
        assert_eq!(openness(""), Openness::Closed);
    }
}
