//! Features of the services that share counters with one: their line is its line too.

use super::queue::Queue;
use super::row::{Feature as F, Pen, last_mean, seconds};
use super::state::{Service, after};

pub(super) fn group(pen: &mut Pen, queue: &Queue<'_>) {
    let at = queue.at;
    let service = queue.service();
    let partners = queue.state.sharing.partners(queue.ix);
    let partners = partners.iter().filter_map(|ix| queue.state.services.get(usize::from(*ix)));
    let members: Vec<&Service> = std::iter::once(service).chain(partners).collect();
    pen.set(F::Partners, members.len() as f32);
    let lines = members.iter().map(|member| queue.standing(member));
    pen.set(F::GroupLine, lines.clone().map(<[_]>::len).sum::<usize>() as f32);
    let heads = lines.filter_map(<[_]>::first).map(|first| at - first.since);
    pen.set(F::GroupHead, seconds(heads.max().unwrap_or(0)));
    let last = members.iter().filter_map(|member| Some((*member.calls.last()?, *member.waits.back()?)));
    let last = last.max_by_key(|(call, _)| *call);
    pen.set(F::GroupSinceCall, last.map_or(-1.0, |(call, _)| seconds(at - call)));
    pen.set(F::GroupLastWait, last.map_or(f32::NAN, |(_, wait)| wait));
    let spacing = service.learned.group_spacing.shrunk(service.learned.spacing(), 3.0);
    pen.set(F::GroupSpacing, spacing);
    let open = queue.open().filter(|open| *open > 0.0).unwrap_or(1.0);
    let [busy, n] = service.group_pace;
    pen.set(F::GroupPace, (busy + 2.0 * spacing / open) / (n + 2.0));
    let recent = |member: &&Service| {
        let errors = member.errors.iter().rev().take(5).filter(|(told, _)| *told > at - 3_600_000);
        errors.map(|(_, error)| *error).collect::<Vec<_>>()
    };
    let errors: Vec<f32> = members.iter().flat_map(recent).collect();
    pen.set(F::GroupErrors, last_mean(errors.iter(), errors.len()));
    let calls = |minutes: i32| members.iter().map(|member| after(&member.calls, at - minutes * 60_000)).sum::<usize>();
    pen.set(F::GroupCalls30, calls(30) as f32);
    pen.set(F::GroupCalls120, calls(120) as f32);
    let issues = members.iter().map(|member| after(&member.issues, at - 3_600_000)).sum::<usize>();
    pen.set(F::GroupIssues60, issues as f32);
}
