//! Seeds with a few mistakes made in them, handed to their targets: a little of fuzzing in every run of the tests.

use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;

use super::TARGETS;
use super::tests::{files, home};

/// One mistake, by the places where it is made.
#[derive(Debug, Clone)]
enum Mistake {
    /// A byte becomes another.
    Byte(Index, u8),
    /// A piece is left out.
    Gone(Index, Index),
    /// A piece stands in another place too.
    Twice(Index, Index, Index),
    /// A word of the target's dictionary takes the place of so many bytes.
    Word(Index, Index, usize),
    /// A line takes the place of another.
    Line(Index, Index),
}

fn mistake() -> impl Strategy<Value = Mistake> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(place, byte)| Mistake::Byte(place, byte)),
        (at(), at()).prop_map(|(from, until)| Mistake::Gone(from, until)),
        (at(), at(), at()).prop_map(|(from, until, to)| Mistake::Twice(from, until, to)),
        (at(), at(), 0..12_usize).prop_map(|(place, word, taken)| Mistake::Word(place, word, taken)),
        (at(), at()).prop_map(|(from, to)| Mistake::Line(from, to)),
    ]
}

fn made(mut bytes: Vec<u8>, mistake: &Mistake, words: &[Vec<u8>]) -> Vec<u8> {
    let piece = |bytes: &[u8], from: &Index, length: &Index| {
        let from = from.index(bytes.len() + 1);
        // Small pieces tell more than large ones.
        from..(from + length.index(40)).min(bytes.len())
    };
    match mistake {
        Mistake::Byte(place, byte) if !bytes.is_empty() => {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        Mistake::Byte(..) => {}
        Mistake::Gone(from, until) => drop(bytes.drain(piece(&bytes, from, until))),
        Mistake::Twice(from, until, to) => {
            let copied = bytes[piece(&bytes, from, until)].to_vec();
            let to = to.index(bytes.len() + 1);
            drop(bytes.splice(to..to, copied));
        }
        Mistake::Word(place, word, taken) => {
            let at = place.index(bytes.len() + 1);
            let until = (at + taken).min(bytes.len());
            drop(bytes.splice(at..until, words[word.index(words.len())].iter().copied()));
        }
        Mistake::Line(from, to) => {
            let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            lines[to] = lines[from];
            bytes = lines.join(&b'\n');
        }
    }
    bytes
}

/// The words of a dictionary as libFuzzer reads it.
fn words(text: &str) -> Vec<Vec<u8>> {
    let quoted = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    let plain = |word: &str| word.replace("\\x0a", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
    quoted.map(|word| plain(word).into_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seeds_may_be_mistaken(
        target in any::<Index>(),
        seed in any::<Index>(),
        mistakes in prop::collection::vec(mistake(), 1..6),
    ) {
        let Some(home) = home() else { return Ok(()) };
        let (name, function) = TARGETS[target.index(TARGETS.len())];
        let seeds = files(&home.join("seeds").join(name));
        let seed = fs::read(&seeds[seed.index(seeds.len())]).unwrap();
        let words = words(&fs::read_to_string(home.join("dictionaries").join(name).with_extension("dict")).unwrap());
        let bytes = mistakes.iter().fold(seed, |bytes, one| made(bytes, one, &words));
        function(&bytes);
    }
}
