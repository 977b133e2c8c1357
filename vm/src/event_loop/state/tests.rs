use super::{EventLoop, Mode, Told};
use crate::event_loop::{HandleId, Kind, Reading};
use dumpfmt::layout::value::Value;
use dumpfmt::record::{EventId, EventKind, PendingKind, PendingState, Place, Role, SiteStack};
use rustix::io::Errno;

/// A value that stands for a function, known by its number.
fn callback(number: i64) -> Value {
    Value::integer(number)
}

fn new_loop() -> EventLoop {
    EventLoop::new().expect("an event loop")
}

fn no_bytes(_: Value, _: &mut dyn FnMut(&[u8])) {}

/// Strings of these tests: the integer's digit, ten times.
fn digits(value: Value, take: &mut dyn FnMut(&[u8])) {
    take(value.as_integer().to_string().repeat(10).as_bytes());
}

/// Delivers what is ready; the callbacks in the order of their calls.
fn deliver(event_loop: &mut EventLoop) -> Vec<(i64, Told)> {
    let mut calls = Vec::new();
    while let Some(call) = event_loop.begin_delivery() {
        calls.push((call.callback.as_integer(), call.told));
        event_loop.end_delivery();
    }
    calls
}

fn numbers(calls: &[(i64, Told)]) -> Vec<i64> {
    calls.iter().map(|(number, _)| *number).collect()
}

/// One turn, as `uv` runs it.
fn turn(event_loop: &mut EventLoop) -> Vec<(i64, Told)> {
    event_loop.update_time();
    event_loop.queue_due_timers();
    let mut calls = deliver(event_loop);
    event_loop.turn_over();
    calls.extend(deliver(event_loop));
    let timeout = event_loop.timeout();
    event_loop.wait(timeout, &digits).expect("a poll");
    calls.extend(deliver(event_loop));
    event_loop.turn_over();
    calls.extend(deliver(event_loop));
    event_loop.queue_closed();
    calls.extend(deliver(event_loop));
    calls
}

fn start(event_loop: &mut EventLoop, number: i64, delay: u64, period: u64) -> HandleId {
    let timer = event_loop.add_timer(Value::NIL);
    event_loop.set_timer_callback(timer, callback(number));
    event_loop.start_timer(timer, delay, period, &SiteStack::new()).expect("a timer");
    timer
}

fn pending(event_loop: &EventLoop) -> Vec<(&'static str, PendingState, EventId)> {
    let mut found = Vec::new();
    event_loop.pending(&mut |record| found.push((record.kind.name(), record.state, record.parent)));
    found
}

#[test]
fn timers_due_at_the_same_time_run_in_the_order_of_their_start() {
    let mut event_loop = new_loop();
    let first = start(&mut event_loop, 1, 0, 0);
    start(&mut event_loop, 2, 0, 0);
    event_loop.start_timer(first, 0, 0, &SiteStack::new()).expect("a timer");
    start(&mut event_loop, 3, 0, 0);
    event_loop.queue_due_timers();
    assert_eq!(numbers(&deliver(&mut event_loop)), [2, 1, 3]);
    assert!(!event_loop.is_alive());
}

#[test]
fn a_timer_that_is_stopped_after_it_was_queued_does_not_run() {
    let mut event_loop = new_loop();
    start(&mut event_loop, 1, 0, 0);
    let second = start(&mut event_loop, 2, 0, 0);
    event_loop.queue_due_timers();
    assert_eq!(pending(&event_loop).iter().filter(|(_, state, _)| *state == PendingState::Queued).count(), 2);
    event_loop.stop_timer(second);
    assert_eq!(numbers(&deliver(&mut event_loop)), [1]);
    assert!(pending(&event_loop).is_empty());
}

#[test]
fn unreferenced_handles_do_not_keep_the_loop() {
    let mut event_loop = new_loop();
    let timer = start(&mut event_loop, 1, 1000, 0);
    assert!(event_loop.is_alive());
    event_loop.set_referenced(timer, false);
    assert!(!event_loop.is_alive());
    assert_eq!(event_loop.timeout(), Some(0));
    event_loop.set_referenced(timer, true);
    assert!(event_loop.is_alive());
}

#[test]
fn what_is_armed_in_a_delivery_descends_from_it() {
    let mut event_loop = new_loop();
    start(&mut event_loop, 1, 0, 0);
    event_loop.queue_due_timers();
    let call = event_loop.begin_delivery().expect("a delivery");
    assert_eq!(call.callback.as_integer(), 1);
    assert_eq!(event_loop.place(), Place::Callback);
    let (event, _) = event_loop.current().expect("a delivery");
    start(&mut event_loop, 2, 1000, 0);
    event_loop.end_delivery();
    assert_eq!(pending(&event_loop), [("timer", PendingState::Waiting, event)]);
    let mut ancestors = Vec::new();
    event_loop.lineage(&mut |record| ancestors.push((record.id, record.parent, record.references)));
    assert_eq!(ancestors, [(event, EventId::MAIN, 1)]);
}

#[test]
fn handles_close_the_last_one_first_and_are_gone_then() {
    let mut event_loop = new_loop();
    let stack = SiteStack::new();
    let timers = [start(&mut event_loop, 1, 0, 0), start(&mut event_loop, 2, 0, 5)];
    for (timer, number) in timers.into_iter().zip([10, 20]) {
        event_loop.close(timer, callback(number), &stack);
    }
    assert!(event_loop.is_alive());
    assert_eq!(pending(&event_loop).iter().map(|entry| entry.0).collect::<Vec<_>>(), ["close"; 2]);
    assert_eq!(numbers(&turn(&mut event_loop)), [20, 10]);
    assert!(!event_loop.is_alive());
    assert!(timers.iter().all(|timer| event_loop.handle(*timer).is_none() && event_loop.is_closing(*timer)));
}

#[test]
fn a_number_of_a_closed_handle_means_no_later_one() {
    let mut event_loop = new_loop();
    let old = start(&mut event_loop, 1, 0, 0);
    event_loop.close(old, Value::NIL, &SiteStack::new());
    turn(&mut event_loop);
    let new = event_loop.add_timer(Value::NIL);
    assert_ne!(old, new);
    assert_eq!(event_loop.start_timer(old, 0, 0, &SiteStack::new()), Err(Errno::INVAL));
    assert_eq!(old.kind(), Some(Kind::Timer));
}

/// A listening socket, a client that is connected to it, and the server's end.
fn connection(event_loop: &mut EventLoop) -> (HandleId, HandleId, HandleId) {
    let stack = SiteStack::new();
    let server = event_loop.add_tcp(Value::NIL);
    event_loop.bind(server, "127.0.0.1:0".parse().expect("an address"), false).expect("a port");
    event_loop.listen(server, 8, callback(1), &stack).expect("a backlog");
    let client = event_loop.add_tcp(Value::NIL);
    let address = event_loop.local_address(server).expect("an address");
    event_loop.connect(client, address, (callback(2), Value::NIL), &stack).expect("a connection");
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(numbers(&turn(event_loop)));
    }
    seen.sort_unstable();
    assert_eq!(seen, [1, 2]);
    let accepted = event_loop.add_tcp(Value::NIL);
    event_loop.accept(server, accepted).expect("the connection");
    let other = event_loop.add_tcp(Value::NIL);
    assert_eq!(event_loop.accept(server, other), Err(Errno::AGAIN));
    (server, client, accepted)
}

fn read_all(event_loop: &mut EventLoop, count: usize) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < count {
        for (_, told) in turn(event_loop) {
            if let Told::Read(Reading::Bytes(bytes)) = told {
                read.extend(bytes);
            }
        }
    }
    read
}

#[test]
fn bytes_written_are_bytes_read() {
    let mut event_loop = new_loop();
    let (_, client, accepted) = connection(&mut event_loop);
    let stack = SiteStack::new();
    event_loop.start_reading(accepted, callback(3), &stack).expect("a stream");
    let data = vec![Value::integer(1), Value::integer(2)];
    event_loop.write(client, data, (callback(4), Value::NIL), &stack, &digits).expect("a stream");
    assert_eq!(read_all(&mut event_loop, 20), b"11111111112222222222");
    event_loop.shut_down(client, (callback(5), Value::NIL), &stack).expect("a stream");
    let mut has_ended = false;
    while !has_ended {
        has_ended = turn(&mut event_loop).iter().any(|(_, told)| matches!(told, Told::Read(Reading::End)));
    }
    assert!(!event_loop.is_active(accepted), "reading is over at the end");
}

#[test]
fn what_was_read_and_not_delivered_waits_for_the_next_start() {
    let mut event_loop = new_loop();
    let (_, client, accepted) = connection(&mut event_loop);
    let stack = SiteStack::new();
    event_loop.start_reading(accepted, callback(3), &stack).expect("a stream");
    event_loop
        .write(client, vec![Value::integer(7)], (Value::NIL, Value::NIL), &stack, &digits)
        .expect("a stream");
    loop {
        event_loop.wait(Some(100), &no_bytes).expect("a poll");
        let mut queued = Vec::new();
        event_loop.queue(&mut |event| queued.push((event.kind, event.text.0.to_vec())));
        if let Some((kind, text)) = queued.pop() {
            assert_eq!(kind, EventKind::Read);
            assert!(text.ends_with(b", 10 bytes"), "{}", text.escape_ascii());
            break;
        }
    }
    event_loop.stop_reading(accepted);
    assert!(deliver(&mut event_loop).is_empty());
    event_loop.start_reading(accepted, callback(4), &stack).expect("a stream");
    assert_eq!(read_all(&mut event_loop, 10), b"7777777777");
}

#[test]
fn requests_of_a_closed_socket_are_canceled() {
    let mut event_loop = new_loop();
    let stack = SiteStack::new();
    let (server, client, _) = connection(&mut event_loop);
    let second = event_loop.add_tcp(Value::NIL);
    let address = event_loop.local_address(server).expect("an address");
    event_loop.connect(second, address, (callback(5), Value::NIL), &stack).expect("a connection");
    event_loop
        .write(second, vec![Value::integer(1)], (callback(6), Value::NIL), &stack, &digits)
        .expect("a queue");
    event_loop.close(second, callback(7), &stack);
    event_loop.queue_closed();
    let calls = deliver(&mut event_loop);
    assert_eq!(numbers(&calls), [5, 6, 7]);
    assert!(calls[..2].iter().all(|(_, told)| matches!(told, Told::Status(Some(Errno::CANCELED)))));
    assert_eq!(
        event_loop.write(second, Vec::new(), (Value::NIL, Value::NIL), &stack, &digits),
        Err(Errno::BADF)
    );
    assert!(event_loop.local_address(client).is_ok());
}

#[test]
fn pending_entries_tell_what_they_wait_for() {
    let mut event_loop = new_loop();
    let (_, client, accepted) = connection(&mut event_loop);
    let stack = SiteStack::new();
    event_loop.start_reading(accepted, callback(3), &stack).expect("a stream");
    start(&mut event_loop, 9, 50, 20);
    let local = event_loop.local_address(client).expect("an address").to_string();
    let mut seen = Vec::new();
    event_loop.pending(&mut |record| match record.kind {
        PendingKind::Listen { backlog: 8, accepted: 1, .. } => seen.push("listen"),
        PendingKind::Read { peer, bytes: 0, .. } if peer.0 == local.as_bytes() => seen.push("read"),
        PendingKind::Timer { period: 20_000_000, fired: 0, .. } => {
            assert_eq!(record.value(Role::Callback).map(Value::as_integer), Some(9));
            seen.push("timer");
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(seen, ["listen", "read", "timer"]);
}

#[test]
fn the_waker_ends_the_sleep() {
    let mut event_loop = new_loop();
    let waker = event_loop.waker();
    let sleeper = std::thread::spawn(move || {
        std::thread::sleep(core::time::Duration::from_millis(20));
        waker.wake().expect("a wake-up");
    });
    assert!(event_loop.wait(None, &no_bytes).expect("a poll"));
    sleeper.join().expect("the thread");
}

#[test]
fn the_mode_is_that_of_the_innermost_run() {
    let mut event_loop = new_loop();
    let before = event_loop.set_mode(Some(Mode::Default));
    assert_eq!((before, event_loop.place()), (None, Place::Loop));
    assert_eq!(event_loop.set_mode(Some(Mode::NoWait)), Some(Mode::Default));
}
