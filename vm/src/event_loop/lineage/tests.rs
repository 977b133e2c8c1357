use super::{Lineage, Link, Origin};
use crate::event_loop::summary::Summary;
use dumpfmt::record::lineage::GENERATION_MAX;
use dumpfmt::record::{EventId, EventKind, Moment, PendingId, SiteStack};
use std::rc::Rc;

fn origin() -> Rc<Origin> {
    Rc::new(Origin { pending: PendingId(1), created: Moment::default(), stack: SiteStack::new() })
}

/// A delivery during which something is armed: the link that this thing holds.
fn deliver(lineage: &mut Lineage, id: u64, parent: Link) -> Link {
    let event = (EventId(id), EventKind::Timer);
    let link = lineage.begin(event, parent, origin(), Moment::default(), Summary::default());
    lineage.acquire(link);
    lineage.end(link, 1);
    link
}

fn count(lineage: &Lineage) -> usize {
    lineage.iter().count()
}

fn chain(lineage: &Lineage, from: Link) -> (Vec<u64>, u64) {
    let (mut ids, mut skipped) = (Vec::new(), 0);
    let mut next = from.id;
    while next != EventId::MAIN {
        let ancestor = lineage.iter().find(|ancestor| ancestor.id == next).expect("every parent is kept");
        ids.push(next.0);
        skipped += ancestor.skipped;
        next = ancestor.parent.id;
    }
    (ids, skipped)
}

#[test]
fn what_nothing_descends_from_goes() {
    let mut lineage = Lineage::new();
    let first = deliver(&mut lineage, 2, Link::MAIN);
    let second = deliver(&mut lineage, 3, first);
    lineage.release(first);
    assert_eq!(count(&lineage), 2, "the second descends from the first");
    lineage.release(second);
    assert_eq!(count(&lineage), 0);
}

#[test]
fn an_event_that_arms_nothing_leaves_nothing() {
    let mut lineage = Lineage::new();
    let event = (EventId(2), EventKind::Read);
    let link = lineage.begin(event, Link::MAIN, origin(), Moment::default(), Summary::default());
    assert_eq!(count(&lineage), 1, "while it is under way");
    lineage.end(link, 1);
    assert_eq!(count(&lineage), 0);
}

#[test]
fn an_endless_chain_keeps_both_ends() {
    let mut lineage = Lineage::new();
    let mut link = Link::MAIN;
    for id in 2..10_000 {
        let next = deliver(&mut lineage, id, link);
        lineage.release(link);
        link = next;
        assert!(count(&lineage) <= GENERATION_MAX as usize);
    }
    let (ids, skipped) = chain(&lineage, link);
    assert_eq!(ids.len() as u64 + skipped, 9_998, "nothing is lost from the count");
    assert_eq!(&ids[..20], &(9_980..10_000).rev().collect::<Vec<_>>()[..], "the newest");
    assert_eq!(&ids[ids.len() - 20..], &(2..22).rev().collect::<Vec<_>>()[..], "the oldest");
    lineage.release(link);
    assert_eq!(count(&lineage), 0);
}

#[test]
fn what_others_descend_from_is_not_taken_out() {
    let mut lineage = Lineage::new();
    let mut link = Link::MAIN;
    let mut held = Vec::new();
    for id in 2..200 {
        let next = deliver(&mut lineage, id, link);
        // Every generation is also the parent of something else that lives.
        lineage.acquire(next);
        held.push(next);
        lineage.release(link);
        link = next;
    }
    assert_eq!(chain(&lineage, link).0.len(), 198);
    lineage.release(link);
    held.into_iter().for_each(|link| lineage.release(link));
    assert_eq!(count(&lineage), 0);
}
