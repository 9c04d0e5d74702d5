//! The word to stop reading: said once, from outside; heeded before each request. Knows no signals.

use tokio::sync::watch;

/// Why reading stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody wants no more: what is under way ends, nothing more is sent.
    Interrupted,
    /// The time of the run is up: what is under way is given up too.
    OutOfTime,
}

impl Why {
    /// The code of the gap that it leaves, in the style of Azure's.
    pub fn code(self) -> &'static str {
        match self {
            Why::Interrupted => "Interrupted",
            Why::OutOfTime => "TimedOut",
        }
    }

    /// What happened, as a clause for a person.
    pub fn clause(self) -> &'static str {
        match self {
            Why::Interrupted => "the run was stopped",
            Why::OutOfTime => "the time of the run (--timeout) was up",
        }
    }
}

/// Says the word.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<Why>>);

/// Hears it. The default never does.
#[derive(Debug, Clone, Default)]
pub struct Stop(Option<watch::Receiver<Option<Why>>>);

/// A mouth and an ear.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(None);
    (Stopper(sender), Stop(Some(receiver)))
}

impl Stopper {
    /// Ends the reading. The first reason stands, but that time which is up ends what is under way as well.
    pub fn stop(&self, why: Why) {
        self.0.send_if_modified(|said| {
            let news = said.is_none() || why == Why::OutOfTime;
            if news {
                *said = Some(why);
            }
            news
        });
    }
}

impl Stop {
    /// Why to stop, once the word was said.
    pub fn why(&self) -> Option<Why> {
        self.0.as_ref().and_then(|said| *said.borrow())
    }

    /// Ends when the word is said.
    pub async fn stopped(&self) -> Why {
        self.heard(|_| true).await
    }

    /// Ends when the time is up.
    pub(super) async fn out_of_time(&self) -> Why {
        self.heard(|why| why == Why::OutOfTime).await
    }

    async fn heard(&self, heeded: impl Fn(Why) -> bool) -> Why {
        if let Some(mut said) = self.0.clone()
            && let Ok(said) = said.wait_for(|said| said.is_some_and(&heeded)).await
            && let Some(why) = *said
        {
            return why;
        }
        // Nobody is left who could say it.
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_word_is_heard_by_all_and_for_good() {
        let (stopper, heard) = stop();
        let other = heard.clone();
        assert_eq!(heard.why(), None);
        stopper.stop(Why::Interrupted);
        assert_eq!((heard.why(), other.stopped().await), (Some(Why::Interrupted), Why::Interrupted));
        let patient = tokio::time::timeout(Duration::from_secs(9), heard.out_of_time()).await;
        assert!(patient.is_err(), "what is under way may end");
        stopper.stop(Why::OutOfTime);
        stopper.stop(Why::Interrupted);
        assert_eq!(heard.out_of_time().await, Why::OutOfTime);
    }

    #[tokio::test(start_paused = true)]
    async fn without_anybody_to_say_it_it_is_never_heard() {
        let (stopper, orphan) = stop();
        drop(stopper);
        for silent in [orphan, Stop::default()] {
            assert!(tokio::time::timeout(Duration::from_secs(9), silent.stopped()).await.is_err());
            assert_eq!(silent.why(), None);
        }
    }
}
