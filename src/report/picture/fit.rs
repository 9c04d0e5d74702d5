//! How wide text is, by estimate: there is no font to ask.

/// An estimate of a text's width at a font size, on the safe side, in the size's unit.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// How much wider than plain text bold text is.
pub(super) const BOLD: f64 = 1.12;

/// The text, cut with an ellipsis where it is wider than the room.
pub(super) fn fit(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - em('…') * size;
    let keeps = |c: &char| {
        left -= em(*c) * size;
        left >= 0.0
    };
    let kept: String = text.chars().take_while(keeps).collect();
    format!("{kept}…")
}

/// Widths of the widest of the usual sans-serif fonts, in ems.
fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.34,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | 'I' | '-' | '·' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 1.0,
        'A'..='Z' | '+' | '=' | '<' | '>' | '&' | '#' | '~' => 0.74,
        ' '..='~' => 0.63,
        '\u{a0}'..='\u{24f}' => 0.78,
        _ => 1.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cut_fits_and_says_that_it_was_cut() {
        for text in ["vnet-hub-weu", "WWWWWWWWWWWWWWWWWWWW", "東京データベース", ""] {
            for room in [0.0, 10.0, 55.5, 400.0] {
                let fitted = fit(text, room, 12.0);
                assert!(fitted == text || fitted.ends_with('…'), "{fitted}");
                assert!(fitted == "…" || width(&fitted, 12.0) <= room, "{fitted} in {room}");
            }
        }
    }
}
