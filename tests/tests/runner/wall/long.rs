//! A wall is never switched off: after a month of calls it holds no more than after a day.

use harness::browser::{Browser, Page};

use super::hall::{Hall, SOON, lives, screen};

/// A month of a busy centre: 22 days of 500 visits, each called about twice.
const MONTH: u32 = 20_000;
/// After this many everything that is made once has been made.
const WARM: u32 = 1_000;

/// In place of the line to the server, one that says what the test wants, as fast as it is taken.
pub const SOCKET: &str = r"
    window.WebSocket = class extends EventTarget {
        static CONNECTING = 0; static OPEN = 1; static CLOSING = 2; static CLOSED = 3;
        readyState = 0;
        constructor() {
            super();
            window.line = this;
            setTimeout(() => { this.readyState = 1; this.tell(new Event('open')); });
        }
        tell(event) { this[`on${event.type}`]?.(event); this.dispatchEvent(event); }
        say(message) { this.tell(new MessageEvent('message', { data: JSON.stringify(message) })); }
        send() {}
        close() {}
    };
    window.feed = async (count) => {
        for (let n = 0; n < count; n += 1) {
            const prev = board.seq;
            const at = new Date(Date.parse(board.as_of) + 20000).toISOString();
            const call_seq = (board.calls[0]?.call_seq ?? 0) + 1;
            const call = { call_seq, ticket: `A${String(call_seq % 1000).padStart(3, '0')}`, counter: `q${1 + call_seq % 40}`,
                service: 'dat-dai', priority: 'normal', ts: at, recall: call_seq % 10 === 0 };
            const gone = board.calls.slice(19).map((old) => old.call_seq);
            board = { ...board, seq: prev + 1, as_of: at, calls: [call, ...board.calls].slice(0, 20) };
            line.say({ type: 'delta', prev, seq: board.seq, as_of: at, calls: [call], removed: { calls: gone } });
            if (n % 50 === 49) await new Promise((next) => setTimeout(next));
        }
        return board.seq;
    };
";

#[test]
fn memory_is_flat_over_a_month_of_calls() {
    let mut hall = Hall::discovered();
    hall.call("A001", "dat-dai", "q1");
    hall.calls(1);
    let browser = Browser::start();
    let page = screen(&browser);
    page.before_each_document(SOCKET);
    page.open(&hall.url("wall"));
    page.until(SOON, "an open line", "line.readyState === 1");
    let _told = page.get(
        "(async () => { window.board = await (await fetch('/api/v1/sites/tam-ky/board')).json(); line.say({ type: 'snapshot', seq: board.seq, board }); })()",
    );
    lives(&page);
    let warm = after(&page, WARM);
    let month = after(&page, MONTH);
    println!("heap in bytes, nodes, listeners after {WARM} calls: {warm:?}; after {MONTH} more: {month:?}");
    assert!(month.0 <= warm.0 * 1.1 + 1e6, "the heap grows: {warm:?} to {month:?}");
    assert!(month.1 <= warm.1 * 1.1 + 100.0, "the document grows: {warm:?} to {month:?}");
    assert!(month.2 <= warm.2 * 1.1 + 20.0, "listeners gather: {warm:?} to {month:?}");
}

/// Feeds so many calls; gives what the page then holds.
fn after(page: &Page, calls: u32) -> (f64, f64, f64) {
    // In portions: none takes longer than an answer may.
    for _ in 0..calls / 1_000 {
        let seq = page.get("feed(1000)");
        page.until(SOON, "all of them shown", &format!("Number(document.documentElement.dataset.seq) === {seq}"));
    }
    page.collect_garbage();
    let figures = page.figures();
    (figures["JSHeapUsedSize"], figures["Nodes"], figures["JSEventListeners"])
}
