//! A bar on the terminal while many documents are judged. Where standard error is no terminal there is none.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Fewer documents than this are judged before anybody looks.
const FEW: usize = 20;
/// The terminal is drawn on no more often than this.
const EVERY: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: usize = 30;

/// The bar.
pub(super) struct Progress {
    total: usize,
    seen: bool,
    drawn: bool,
    last: Instant,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self { total, seen: total >= FEW && io::stderr().is_terminal(), drawn: false, last: Instant::now() }
    }

    /// Draws it, unless it was drawn a moment ago.
    pub(super) fn show(&mut self, done: usize, failed: usize) {
        if self.seen && self.last.elapsed() >= EVERY {
            let _ = write!(io::stderr(), "{}", bar(done, self.total, failed));
            (self.drawn, self.last) = (true, Instant::now());
        }
    }

    /// Takes it away, so that lines can be printed.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn bar(done: usize, total: usize, failed: usize) -> String {
    let full = (done * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
    format!("\r[{}{}] {done}/{total}  ✗ {failed}\x1b[K", "=".repeat(full), " ".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn the_bar_fills_with_what_is_done() {
        assert_eq!(bar(0, 100, 0), format!("\r[{}] 0/100  ✗ 0\x1b[K", " ".repeat(30)));
        assert_eq!(bar(50, 100, 3), format!("\r[{}{}] 50/100  ✗ 3\x1b[K", "=".repeat(15), " ".repeat(15)));
        assert_eq!(bar(100, 100, 3), format!("\r[{}] 100/100  ✗ 3\x1b[K", "=".repeat(30)));
    }
}
