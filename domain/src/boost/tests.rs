//! What a forest learns, and that it is always the same one.

use super::random::Random;
use super::{Binned, Forest, Settings, Table, train};

const PLAIN: Settings = Settings {
    quantile: 0.5,
    trees: 40,
    leaves: 8,
    min_leaf: 5,
    rate: 0.3,
    feature_share: 1.0,
    row_share: 1.0,
    bins: 63,
    l2: 0.0,
    extra: false,
    seed: 1,
};

fn learn(width: usize, rows: &[f32], target: &[f32], weight: Option<&[f32]>, settings: &Settings) -> Forest {
    let binned = Binned::new(&Table { width, rows, target, weight }, settings.bins);
    let mut done = 0;
    let forest = train(&binned, target, weight, settings, &mut |trees| {
        assert_eq!(trees, done + 1);
        done = trees;
    });
    assert_eq!(done, settings.trees);
    assert!(forest.is_sound(width));
    forest
}

/// Figures between 0 and 1, in steps of a thousandth.
fn figures(count: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::of(seed);
    (0..count).map(|_| random.below(1000) as f32 / 1000.0).collect()
}

#[test]
fn a_step_is_found_where_it_is() {
    let rows = figures(2 * 600, 1);
    let target: Vec<f32> = rows.chunks(2).map(|row| if row[1] < 0.3 { -2.0 } else { 5.0 }).collect();
    let forest = learn(2, &rows, &target, None, &Settings { bins: 255, ..PLAIN });
    assert!((forest.predict(&[0.9, 0.29]) + 2.0).abs() < 0.01);
    assert!((forest.predict(&[0.1, 0.31]) - 5.0).abs() < 0.01);
    assert!(forest.gain_by_feature()[1] > 0.99, "{:?}", forest.gain_by_feature());
}

#[test]
fn what_two_features_say_together_is_learned() {
    let rows = figures(3 * 1500, 2);
    let target: Vec<f32> = rows.chunks(3).map(|r| f32::from((r[0] < 0.4) != (r[2] < 0.7))).collect();
    let forest = learn(3, &rows, &target, None, &PLAIN);
    for (row, wanted) in
        [([0.1, 0.5, 0.2], 0.0), ([0.9, 0.5, 0.2], 1.0), ([0.1, 0.5, 0.9], 1.0), ([0.9, 0.5, 0.9], 0.0)]
    {
        assert!((forest.predict(&row) - wanted).abs() < 0.1, "{row:?}: {}", forest.predict(&row));
    }
}

#[test]
fn nine_in_ten_new_cases_lie_below_the_quantile_of_nine_tenths() {
    // Noise whose spread grows with the first feature: one number added to a median would not do.
    let noisy = |seed| {
        let rows = figures(3 * 4000, seed);
        let noise = figures(4000, seed + 1);
        let target: Vec<f32> = rows.chunks(3).zip(&noise).map(|(row, noise)| row[1] + row[0] * noise).collect();
        (rows, target)
    };
    let (rows, target) = noisy(10);
    let settings = Settings { quantile: 0.9, trees: 60, min_leaf: 60, rate: 0.1, row_share: 0.8, ..PLAIN };
    let forest = learn(3, &rows, &target, None, &settings);
    let (rows, target) = noisy(20);
    for (part, wanted) in [(0.0..1.0, 0.88..0.92), (0.0..0.5, 0.86..0.94), (0.5..1.0, 0.86..0.94)] {
        let cases = rows.chunks(3).zip(&target).filter(|(row, _)| part.contains(&row[0]));
        let held: Vec<bool> = cases.map(|(row, target)| *target <= forest.predict(row)).collect();
        let share = held.iter().filter(|held| **held).count() as f32 / held.len() as f32;
        assert!(wanted.contains(&share), "{part:?}: {share}");
    }
}

#[test]
fn rows_that_do_not_know_a_feature_go_where_they_belong() {
    for (unknown, low, high) in [(3.0, 1.0, 3.0), (1.0, 1.0, 3.0), (2.0, 1.0, 3.0)] {
        let mut rows = figures(600, 3);
        rows.iter_mut().step_by(3).for_each(|figure| *figure = f32::NAN);
        let of = |figure: f32| {
            if figure.is_nan() {
                unknown
            } else if figure < 0.5 {
                low
            } else {
                high
            }
        };
        let target: Vec<f32> = rows.iter().map(|figure| of(*figure)).collect();
        let forest = learn(1, &rows, &target, None, &Settings { bins: 255, ..PLAIN });
        for figure in [f32::NAN, 0.1, 0.9] {
            assert!((forest.predict(&[figure]) - of(figure)).abs() < 0.01, "{unknown} {figure}");
        }
        // A row that is too short does not know what it lacks.
        assert_eq!(forest.predict(&[]), forest.predict(&[f32::NAN]));
    }
}

#[test]
fn a_whole_weight_is_a_row_so_many_times() {
    let rows = figures(2 * 400, 4);
    let noise = figures(400, 5);
    let target: Vec<f32> = rows.chunks(2).zip(&noise).map(|(row, noise)| row[0] * 3.0 + noise).collect();
    // So few figures have a bin each, and the repeated rows the same bins.
    let coarse: Vec<f32> = rows.iter().map(|figure| (figure * 40.0).round()).collect();
    let weight: Vec<f32> = (0..400).map(|row| if row % 2 == 0 { 1.0 } else { 3.0 }).collect();
    let times = |row: usize| weight[row] as usize;
    let many_rows: Vec<f32> = (0..400).flat_map(|row| coarse[2 * row..2 * row + 2].repeat(times(row))).collect();
    let many_targets: Vec<f32> = (0..400).flat_map(|row| vec![target[row]; times(row)]).collect();
    let settings = Settings { quantile: 0.8, l2: 2.0, ..PLAIN };
    let weighted = learn(2, &coarse, &target, Some(&weight), &Settings { min_leaf: 10, ..settings });
    // The mean weight is 2: in rows of weight 1, leaves and `l2` are twice as many.
    let repeated = learn(2, &many_rows, &many_targets, None, &Settings { min_leaf: 20, l2: 4.0, ..settings });
    assert_eq!(weighted, repeated);
    let halves: Vec<f32> = weight.iter().map(|weight| weight / 2.0).collect();
    assert_eq!(weighted, learn(2, &coarse, &target, Some(&halves), &Settings { min_leaf: 10, ..settings }));
}

#[test]
fn rows_without_weight_or_target_teach_nothing() {
    let rows = figures(300, 6);
    let target: Vec<f32> = rows.iter().map(|figure| f32::from(*figure < 0.5)).collect();
    let clean = learn(1, &rows, &target, None, &PLAIN);
    let (mut spoilt, mut weight) = (target.clone(), vec![1.0; 300]);
    let mut more = rows.clone();
    for (figure, (y, w)) in rows.iter().zip([(f32::NAN, 1.0), (9.0, 0.0), (f32::INFINITY, 1.0), (9.0, f32::NAN)]) {
        more.push(*figure);
        spoilt.push(y);
        weight.push(w);
    }
    let settings = Settings { bins: 255, ..PLAIN };
    let forest = learn(1, &more, &spoilt, Some(&weight), &settings);
    for figure in [0.2, 0.8] {
        assert!((forest.predict(&[figure]) - clean.predict(&[figure])).abs() < 0.01);
    }
}

#[test]
fn the_same_table_and_seed_give_the_same_bytes_and_another_seed_gives_others() {
    let rows = figures(5 * 500, 7);
    let target: Vec<f32> = rows.chunks(5).map(|row| row[0] + row[1] * row[2]).collect();
    let settings = Settings { feature_share: 0.5, row_share: 0.7, ..PLAIN };
    let bytes = |settings| postcard::to_stdvec(&learn(5, &rows, &target, None, settings)).unwrap();
    let first = bytes(&settings);
    assert_eq!(first, bytes(&settings));
    assert_ne!(first, bytes(&Settings { seed: 2, ..settings }));
    // 40 trees of 7 nodes and 8 leaves.
    assert!(first.len() < 40 * 15 * 7, "{} bytes", first.len());
    let read: Forest = postcard::from_bytes(&first).unwrap();
    assert_eq!(postcard::to_stdvec(&read).unwrap(), first);
}

#[test]
fn tables_that_teach_nothing_give_a_constant() {
    let rows = figures(50, 8);
    let settings = Settings { trees: 3, ..PLAIN };
    let constant = learn(1, &rows, &[4.0; 50], None, &settings);
    assert_eq!((constant.trees(), constant.predict(&[0.3])), (0, 4.0));
    let one = learn(2, &[1.0, 2.0], &[7.0], None, &settings);
    assert_eq!((one.trees(), one.predict(&[1.0, 2.0])), (0, 7.0));
    assert_eq!(learn(0, &[], &[1.0, 2.0, 6.0], None, &settings).predict(&[]), 2.0);
    assert_eq!(learn(3, &[], &[], None, &settings).predict(&[1.0]), 0.0);
}

#[test]
fn a_feature_that_is_never_known_is_never_asked_for() {
    let rows: Vec<f32> = figures(300, 9).into_iter().flat_map(|figure| [f32::NAN, figure]).collect();
    let target: Vec<f32> = rows.chunks(2).map(|row| f32::from(row[1] < 0.5)).collect();
    let forest = learn(2, &rows, &target, None, &PLAIN);
    assert_eq!(forest.gain_by_feature(), [0.0, 1.0]);
    assert_eq!(forest.predict(&[0.5, 0.2]), forest.predict(&[f32::NAN, 0.2]));
}
