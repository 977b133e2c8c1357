use super::{CAPACITY, COLLECTIONS, Collected, EpochMark, Item, Noted, Particulars, Recorder};
use crate::fatal::line::Line;
use dumpfmt::addr::Addr;
use dumpfmt::layout::value::Value;
use dumpfmt::record::{CollectionKind, Site};

fn note(recorder: &mut Recorder, at: u64) {
    recorder.note(at, 1, Noted::Dumped { requester: at as u32 });
}

fn mark(at: u64) -> EpochMark {
    EpochMark { epoch: at as u32, at, wall: at as i64 }
}

fn times(recorder: &Recorder) -> Vec<u64> {
    recorder
        .iter()
        .map(|item| match item {
            Item::Note(note, _) => note.at,
            Item::Epoch(mark) => mark.at,
        })
        .collect()
}

#[test]
fn the_newest_stay_oldest_first() {
    let mut recorder = Recorder::new();
    for at in 0..CAPACITY as u64 * 2 + 7 {
        note(&mut recorder, at);
    }
    let expect: Vec<u64> = (CAPACITY as u64 + 7..CAPACITY as u64 * 2 + 7).collect();
    assert_eq!(times(&recorder), expect);
}

#[test]
fn epochs_and_notes_are_merged_by_time() {
    let mut recorder = Recorder::new();
    note(&mut recorder, 5);
    recorder.begin_epoch(mark(1));
    note(&mut recorder, 7);
    recorder.begin_epoch(mark(6));
    assert_eq!(times(&recorder), [1, 5, 6, 7]);
}

#[test]
fn epochs_thin_out_with_age_and_reach_back_to_the_start() {
    let mut recorder = Recorder::new();
    for at in 0..100_000 {
        recorder.begin_epoch(mark(at));
    }
    let times = times(&recorder);
    assert!(times.len() <= 512, "{}", times.len());
    assert_eq!(times[0], 0);
    assert!(times.is_sorted());
    assert_eq!(times[times.len() - 200..], (99_800..100_000).collect::<Vec<_>>()[..]);
}

#[test]
fn particulars_stay_with_their_notes() {
    let mut recorder = Recorder::new();
    for at in 0..CAPACITY as u64 * 5 / 2 {
        if at % 3 == 0 {
            note(&mut recorder, at);
        } else {
            let mut text = Line::new();
            text.number(at, 1);
            let what = Noted::ModuleLoaded { duration: at };
            recorder.note_with(at, 1, what, Particulars::Message(text));
        }
    }
    let mut count = 0;
    for item in recorder.iter() {
        let Item::Note(note, particulars) = item else { panic!("no epoch has begun") };
        let told = particulars.map(|particulars| particulars.texts()[0].to_vec());
        assert_eq!(told, (note.at % 3 != 0).then(|| note.at.to_string().into_bytes()));
        count += 1;
    }
    assert_eq!(count, CAPACITY);
}

#[test]
fn collections_push_nothing_else_out_and_end_their_epoch() {
    let mut recorder = Recorder::new();
    recorder.note(9, 1, Noted::MainReturned);
    for epoch in 1..5000 {
        let at = epoch as u64 * 10;
        let kind = CollectionKind::Paced;
        recorder.note_collection(Collected { at, epoch, kind, duration: 1, before: 2, after: 1 });
    }
    // Its clock says less than that of the collection before it.
    recorder.note(49_985, 5000, Noted::Dumped { requester: 0 });
    let times = times(&recorder);
    assert_eq!(times.len(), COLLECTIONS + 2);
    assert_eq!(times[0], 9);
    assert_eq!(times[times.len() - 2..], [49_990, 49_985]);
}

#[test]
fn sites_are_told_once_and_as_long_as_a_note_names_them() {
    let mut recorder = Recorder::new();
    let site = |address| Site { function: Addr(address), pc: Addr(address + 8) };
    let catch = |recorder: &mut Recorder, raised| {
        let what = Noted::ErrorCaught { value: Value::NIL, raised: site(raised), caught: site(64) };
        recorder.note(raised, 1, what);
    };
    let sites = |recorder: &Recorder| recorder.sites().map(|site| site.function.0).collect::<Vec<_>>();
    catch(&mut recorder, 16);
    for _ in 1..CAPACITY {
        catch(&mut recorder, 32);
    }
    assert_eq!(sites(&recorder), [16, 64, 32]);
    for _ in 0..CAPACITY - 1 {
        catch(&mut recorder, 48);
    }
    assert!([32, 48, 64].iter().all(|site| sites(&recorder).contains(site)));
    catch(&mut recorder, 48);
    assert_eq!(sites(&recorder), [48, 64]);
}
