//! What goes to stderr: progress, warnings, logs, the fatal error. Stdout carries reports and nothing else.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{Format, Full, Writer, debug_fn};
use tracing_subscriber::fmt::{FormatFields, Layer, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::ascii;
use crate::azure::{self, redact};
use crate::cli::{ColorWhen, OutputOptions};
use crate::error::Failure;
use crate::inventory::Kind;
use crate::probe;
use crate::report::{Style, inert};

/// Stderr, past which no secret of this process comes: whatever a log, a warning or an error was made of.
pub(super) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(redact::hidden(&text).as_bytes())?;
        Ok(bytes.len())
    }

    /// Whole, as a secret would not be in parts.
    fn write_fmt(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.write_all(text.to_string().as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// How this run speaks to people.
#[derive(Clone)]
pub(super) struct Console {
    quiet: bool,
    verbose: u8,
    color: ColorWhen,
}

impl Console {
    pub(super) fn new(options: &OutputOptions) -> Self {
        Console { quiet: options.quiet, verbose: options.verbose, color: options.color }
    }

    /// Logs of this program alone: the SDK's own may hold headers.
    pub(super) fn start_log(&self) {
        let level = match self.verbose {
            0 if self.quiet => return,
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        let layer = lines().with_writer(|| Stderr).with_ansi(self.colors(io::stderr().is_terminal()));
        let targets = Targets::new().with_target("plaudit", level);
        // A second subscriber in one process (a test) is no failure of the run.
        let _ = tracing_subscriber::registry().with(layer).with(targets).try_init();
    }

    /// One line that is no part of the report.
    pub(super) fn say(&self, line: &str) {
        if !self.quiet {
            // A closed stderr is nobody's loss.
            let _ = writeln!(Stderr, "{}", inert(line));
        }
    }

    /// The one error of a run that has no result, and what to do next.
    pub(super) fn fatal(&self, undone: &str, failure: &Failure) {
        let said = failure.to_string();
        // Only a list of ours has line breaks of ours.
        let said = if failure.is_list() { lines_of(&said) } else { inert(&said).into_owned() };
        let mut lines = vec![format!("fatal: {undone}: {said}")];
        lines.extend(failure.help().lines().map(|line| format!("help: {}", inert(line))));
        for line in lines {
            let _ = writeln!(Stderr, "{line}");
        }
    }

    /// How stdout shows a table.
    pub(super) fn style(&self) -> Style {
        let terminal = io::stdout().is_terminal();
        let width = terminal.then(terminal_width).flatten();
        Style { color: self.colors(terminal), width }
    }

    /// Stdout, where a report is shown: for a terminal that takes no more than ASCII, its boxes and courses are drawn
    /// with that.
    pub(super) fn stdout() -> Box<dyn Write> {
        let stdout = io::stdout();
        let plain = stdout.is_terminal() && !ascii::takes_unicode(|name| std::env::var(name).ok());
        if plain { Box::new(ascii::Drawn::new(stdout)) } else { Box::new(stdout) }
    }

    fn colors(&self, terminal: bool) -> bool {
        match self.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && takes_colors(|name| std::env::var_os(name)),
        }
    }

    /// What is being read, how much, how long; on a terminal only.
    pub(super) fn progress(&self) -> Progress {
        let bar = self.line("{spinner} reading Azure {msg} [{elapsed}]");
        bar.set_message("· subscriptions");
        Progress { bar, running: AtomicUsize::new(0), items: AtomicUsize::new(0) }
    }

    /// How far a probe is; on a terminal only.
    pub(super) fn probing(&self) -> Probing {
        Probing { bar: self.line("{spinner} probing {msg} [{elapsed}]") }
    }

    fn line(&self, template: &str) -> ProgressBar {
        let show = !self.quiet && self.verbose == 0 && io::stderr().is_terminal();
        let target = if show { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

/// Lines of the log.
fn lines<S>() -> Layer<S, impl for<'w> FormatFields<'w> + 'static, Format<Full, ()>> {
    layer().with_target(false).without_time().fmt_fields(debug_fn(field).delimited(" "))
}

/// A field of a line of the log: a name or a message of Azure's may stand in any.
fn field(out: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        "message" => write!(out, "{}", inert(&value)),
        name => write!(out, "{name}={}", inert(&value)),
    }
}

/// Whether the environment lets a terminal have colours. <https://no-color.org>: any value but the empty one turns them
/// off. A terminal of type `dumb` knows no escapes (terminfo(5)).
fn takes_colors(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let no_color = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = variable("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}

/// Each line of a message made inert, the breaks between them kept.
fn lines_of(text: &str) -> String {
    text.lines().map(inert).collect::<Vec<_>>().join("\n")
}

/// Columns of the terminal behind stdout.
fn terminal_width() -> Option<u16> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(columns)
}

/// The progress of reading, on one line.
pub(super) struct Progress {
    bar: ProgressBar,
    running: AtomicUsize,
    items: AtomicUsize,
}

impl Progress {
    /// Takes the line away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl azure::Progress for Progress {
    fn started(&self, kind: Kind) {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        let items = self.items.load(Ordering::Relaxed);
        self.bar.set_message(format!("· {} · {running} under way · {items} objects read", kind.title()));
    }

    fn finished(&self, kind: Kind, items: usize) {
        let running = self.running.fetch_sub(1, Ordering::Relaxed).saturating_sub(1);
        let items = self.items.fetch_add(items, Ordering::Relaxed) + items;
        self.bar.set_message(format!("· {} · {running} under way · {items} objects read", kind.title()));
    }
}

/// The progress of a probe, on one line.
pub(super) struct Probing {
    bar: ProgressBar,
}

impl Probing {
    /// Takes the line away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl probe::Progress for Probing {
    fn at(&self, what: &'static str, done: usize, of: usize) {
        self.bar.set_message(format!("· {done} of {of} {what}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_logged_acts_on_nothing() {
        const EVIL: &str = "a\n::error::b\u{1b}[2J ##vso[a.b]c\u{202e}";
        let file = Arc::new(tempfile::tempfile().unwrap());
        let layer = lines().with_writer(Arc::clone(&file)).with_ansi(false);
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(name = EVIL, told = %EVIL, count = 3, "{EVIL}");
        });
        let (mut log, mut file) = (String::new(), &*file);
        file.rewind().unwrap();
        file.read_to_string(&mut log).unwrap();
        assert_eq!(log.matches('\n').count(), 1, "{log}");
        assert!(
            log.starts_with(" INFO a\\u{a}:\\u{3a}error::b\\u{1b}[2J #\\u{23}vso[a.b]c\\u{202e} name="),
            "{log}"
        );
        assert!(log.ends_with(" count=3\n") && !log.contains("##") && !log.contains('\u{1b}'), "{log}");
    }

    #[test]
    fn no_colours_where_they_are_not_wanted_or_not_known() {
        let takes = |name: &'static str, value: &'static str| {
            takes_colors(|asked| (asked == name).then(|| OsString::from(value)))
        };
        assert!(takes("TERM", "xterm-256color") && takes("NO_COLOR", "") && takes("NOTHING", ""));
        assert!(!takes("TERM", "dumb") && !takes("NO_COLOR", "1"));
    }
}
