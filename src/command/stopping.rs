//! Reading that can be stopped: by Ctrl-C, by a request to terminate, by time. What was read until then is reported.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::console::Console;
use crate::azure::{Stop, Stopper, Why, stop};
use crate::error::Failure;

/// Runs reads on the async runtime until they end, are stopped or have taken so many seconds. Says too why they were
/// stopped, if they were.
pub(super) fn until_stopped<T, F>(
    seconds: u64,
    console: &Console,
    read: impl FnOnce(Stop) -> F,
) -> Result<(T, Option<Why>), Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (stopper, heard) = stop();
    let reading = Arc::new(AtomicBool::new(true));
    listen(stopper.clone(), Arc::clone(&reading), console.clone()).map_err(Failure::Runtime)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        stopper.stop(Why::OutOfTime);
    });
    let done = runtime.block_on(read(heard.clone()));
    // Do not wait for a process that hangs, such as the Azure CLI.
    runtime.shutdown_background();
    reading.store(false, Ordering::SeqCst);
    match (done, heard.why()) {
        (Ok(read), why) => Ok((read, why)),
        // That nothing could be read is nobody's refusal then.
        (Err(Failure::NothingReadable(_)), Some(why)) => Err(failure(why, seconds)),
        (Err(error), _) => Err(error),
    }
}

/// The failure of a run that was stopped before it had anything.
pub(super) fn failure(why: Why, seconds: u64) -> Failure {
    match why {
        Why::Interrupted => Failure::Interrupted,
        Why::OutOfTime => Failure::TimedOut(seconds),
    }
}

/// What a report says of having been stopped.
pub(super) fn note(why: Why) -> String {
    format!("{} before everything was read: what is missing is listed as gaps", why.clause())
}

/// The exit code of a run: one that was stopped is neither clean nor judged whole.
pub(super) fn exit_code(code: u8, why: Option<Why>) -> u8 {
    match (code, why) {
        (0 | 1, Some(_)) => 3,
        (code, _) => code,
    }
}

/// Waits for signals on a thread of its own, for as long as the process lives. The first one while Azure is read stops
/// the reading; any other ends the process.
fn listen(stopper: Stopper, reading: Arc<AtomicBool>, console: Console) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _within = runtime.enter();
        Signals::new()?
    };
    let wait = async move {
        let code = signals.next().await;
        if reading.load(Ordering::SeqCst) {
            console.say(
                "stopping: what is under way ends, nothing more is asked for; press Ctrl-C again to end at once",
            );
            stopper.stop(Why::Interrupted);
            let code = signals.next().await;
            end(code);
        }
        end(code);
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(wait))?;
    Ok(())
}

/// Ends as a program does that leaves the signal to the system; shells know the number.
#[allow(clippy::exit, reason = "whoever asks twice wants no tidy end, and files appear whole or not at all")]
fn end(code: i32) {
    std::process::exit(code);
}

/// Ctrl-C and a request to terminate.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The exit code that goes with the next one.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            Some(()) = self.interrupt.recv() => 128 + 2,
            Some(()) = self.terminate.recv() => 128 + 15,
            else => std::future::pending().await,
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals)
    }

    /// The exit code that goes with the next one.
    async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 130,
            Err(_) => std::future::pending().await,
        }
    }
}
