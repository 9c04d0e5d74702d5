//! A text as whoever takes it apart reads it: escapes of URLs and of JSON strings resolved, each byte with its place.

/// One byte of what a text says, and the bytes of the text that say so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub byte: u8,
    pub from: usize,
    pub until: usize,
}

/// An escape inside an escape inside an escape; nobody goes deeper by mistake.
const DEEPEST: usize = 3;

/// Resolves `%7E`, `\u007e`, `\/` and their like, over and over.
pub(super) fn decoded(text: &str) -> Vec<Unit> {
    let starts = text.char_indices().flat_map(|(at, c)| (0..c.len_utf8()).map(move |_| (at, c.len_utf8())));
    let mut units: Vec<Unit> = text
        .bytes()
        .zip(starts)
        .map(|(byte, (at, length))| Unit { byte, from: at, until: at + length })
        .collect();
    for _ in 0..DEEPEST {
        if !units.iter().any(|unit| matches!(unit.byte, b'%' | b'\\')) {
            break;
        }
        units = once(&units);
    }
    units
}

fn once(units: &[Unit]) -> Vec<Unit> {
    let (mut out, mut rest) = (Vec::with_capacity(units.len()), units);
    while let [first, after @ ..] = rest {
        let found = match first.byte {
            b'%' => hexadecimal(after, 2).map(|code| (code, 2)),
            b'\\' => escaped(after),
            _ => None,
        };
        let Some((code, length)) = found else {
            out.push(*first);
            rest = after;
            continue;
        };
        let until = after.get(length - 1).map_or(first.until, |last| last.until);
        let mut buffer = [0; 4];
        let said: &[u8] = match (u8::try_from(code), char::from_u32(code)) {
            (Ok(byte), _) if first.byte == b'%' => &[byte],
            (_, Some(c)) => c.encode_utf8(&mut buffer).as_bytes(),
            _ => b"?",
        };
        out.extend(said.iter().map(|byte| Unit { byte: *byte, from: first.from, until }));
        rest = after.get(length..).unwrap_or_default();
    }
    out
}

/// What stands after a backslash: the character that is meant, and how many bytes say so.
fn escaped(after: &[Unit]) -> Option<(u32, usize)> {
    match after.first()?.byte {
        b'u' => hexadecimal(after.get(1..)?, 4).map(|code| (code, 5)),
        b'x' => hexadecimal(after.get(1..)?, 2).map(|code| (code, 3)),
        byte @ (b'/' | b'"' | b'\\' | b'\'') => Some((byte.into(), 1)),
        _ => None,
    }
}

fn hexadecimal(units: &[Unit], digits: usize) -> Option<u32> {
    let mut digits = units.get(..digits)?.iter().map(|unit| char::from(unit.byte).to_digit(16));
    digits.try_fold(0, |code, digit| Some(code * 16 + digit?))
}
