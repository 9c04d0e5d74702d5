//! Differences that were found once, each as small as it goes.
