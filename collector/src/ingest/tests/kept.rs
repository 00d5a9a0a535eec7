//! A door that was kept and read back, one that was replayed and one that never ended are the same.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Says { site: u8, device: u8, id: u32, boot: u8, seq: u64, day: i64, service: u8 },
    Garbage(u8, u8),
    Configures(u8, u8),
    GivesUp(u64),
    RunsAgain,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let says = (0..3_u8, 0..2_u8, 1..40_u32, 0..3_u8, 1..30_u64, 0..4_i64, 0..3_u8);
    let says = says.prop_map(|(site, device, id, boot, seq, day, service)| Step::Says {
        site,
        device,
        id,
        boot,
        seq,
        day,
        service,
    });
    let step = prop_oneof![
        12 => says,
        1 => (0..3_u8, 0..6_u8).prop_map(|(site, what)| Step::Garbage(site, what)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(site, services)| Step::Configures(site, services)),
        1 => (1..30_u64).prop_map(Step::GivesUp),
        1 => Just(Step::RunsAgain),
    ];
    prop::collection::vec(step, 0..80)
}

const SERVICES: [&str; 3] = ["dat-dai", "ho-tich", "thue"];

/// What cannot be used, in six ways.
fn garbage(site: u8, what: u8) -> (String, String) {
    let topic = format!("motcua/v1/s{site}/gateway/g0/evt");
    match what {
        0 => (topic, "{".to_owned()),
        1 => (topic, r#"{"boot":"b0","seq":7}"#.to_owned()),
        2 => (topic, payload(900, "b0", 8, NOW, r#""type":"nothing""#)),
        3 => (format!("motcua/v1/s{site}/x/y/evt"), "{}".to_owned()),
        4 => (format!("motcua/v1/s{site}/gateway/g0/status"), "{}".to_owned()),
        _ => (String::new(), "x".to_owned()),
    }
}

/// Does one step and tells what the world sees of it.
fn walk(door: &mut Door, dir: &Path, n: usize, step: &Step) -> String {
    // Two hours a step: business days turn.
    let now = NOW.plus(n as i64 * 7_200_000);
    door.turn_days(now);
    let mut told = String::new();
    match step {
        Step::Says { site, device, id, boot, seq, day, service } => {
            let topic = format!("motcua/v1/s{site}/gateway/g{device}/evt");
            let ts = NOW.plus(day * DAY_MS);
            let what = issued(*id, SERVICES[usize::from(*service)]);
            let message = message(&topic, payload(*id, &format!("b{boot}"), *seq, ts, &what));
            told = format!("{:?}", door.message(&message, now, true));
        }
        Step::Garbage(site, what) => {
            let (topic, text) = garbage(*site, *what);
            told = format!("{:?}", door.message(&message(&topic, text), now, true));
        }
        Step::Configures(site, services) => {
            let config = config(&format!("s{site}"), &SERVICES[..usize::from(*services)]);
            let ix = door.configure(config, now).unwrap();
            door.turn_day(ix, now, now);
        }
        Step::GivesUp(seq) => {
            for ix in 0..door.sites().len() as SiteIx {
                let (kind, device) = (DeviceKind::Gateway, DeviceId::new("g0").unwrap());
                let boot = domain::BootId::new("b0").unwrap();
                door.give_up(ix, &Span { kind, device, boot, from_seq: 1, to_seq: *seq }, now);
            }
        }
        Step::RunsAgain => {
            door.journal().flush().unwrap();
            let end = door.journal().next_offset();
            let mut reader = Reader::open(dir, 1).unwrap();
            while let Some(record) = reader.next_record().unwrap() {
                if record.offset == end {
                    break;
                }
                told.push_str(&format!("{:?} ", door.run_again(&record, now)));
            }
        }
    }
    let acks = door.devices().into_iter().map(|(ix, kind, device)| {
        let sequences = &door.sites()[ix as usize].dedupe.sequences;
        format!("{device} {:?} {}", sequences.ack(kind, device), sequences.gaps(kind, device))
    });
    let acks: Vec<_> = acks.collect();
    format!("{told} {:?} {:?} {acks:?}", door.take_records(), door.take_touched())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn kept_replayed_and_never_ended_doors_are_the_same(before in steps(), after in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let mut live = opened(dir.path());
        live.configure(config("s0", &SERVICES[..1]), NOW).unwrap();
        for (n, step) in before.iter().enumerate() {
            walk(&mut live, dir.path(), n, step);
        }
        live.journal().flush().unwrap();
        // What was for the dataflow up to here has been given to it.
        drop((live.take_records(), live.take_touched()));
        let (of_replay, of_state) = (copy(dir.path()), copy(dir.path()));
        let mut replayed = replayed(of_replay.path());
        let kept = bytes(&live);
        prop_assert_eq!(&bytes(&replayed), &kept);
        let mut restored = opened(of_state.path());
        restored.restore(postcard::from_bytes(&kept).unwrap()).unwrap();
        prop_assert!(restored.take_records().is_empty());
        prop_assert_eq!(&bytes(&restored), &kept);
        for (n, step) in after.iter().enumerate() {
            let n = n + before.len();
            let told = walk(&mut live, dir.path(), n, step);
            prop_assert_eq!(&walk(&mut replayed, of_replay.path(), n, step), &told);
            prop_assert_eq!(&walk(&mut restored, of_state.path(), n, step), &told);
        }
        let kept = bytes(&live);
        prop_assert_eq!(&bytes(&replayed), &kept);
        prop_assert_eq!(&bytes(&restored), &kept);
    }
}
