//! Writes the picture. Everything that comes from outside passes [`markup`].

use std::fmt::{self, Display, Write};

use super::fit::{BOLD, fit, width};
use super::layout::{HEADING, HUB, INSET, LINE, Layout, NOTE, PAD, ROW, Rect, SPOKE};
use super::model::{Card, Kind, Line, LineKind, Picture, Row};
use super::route::Way;
use super::state::State;
use crate::report::text::markup;

/// Font sizes of the style sheet.
const NAME: f64 = 13.0;
const BOLD_NAME: f64 = NAME * BOLD;
const TEXT: f64 = 11.0;
const LABEL: f64 = 10.5;

const STYLE: &str = include_str!("picture.css");

/// Writes the element.
pub(super) fn write(picture: &Picture, layout: &Layout, ways: &[Way]) -> String {
    let mut out = String::with_capacity(1 << 16);
    // Writing to a string cannot fail.
    let _ = element(&mut out, picture, layout, ways);
    out
}

fn element(out: &mut String, picture: &Picture, layout: &Layout, ways: &[Way]) -> fmt::Result {
    let (w, h) = (layout.width.ceil(), layout.height.ceil());
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"estate\" viewBox=\"0 0 {w} {h}\" width=\"100%\" \
         role=\"img\" aria-labelledby=\"estate-title estate-description\">"
    )?;
    write!(out, "<title id=\"estate-title\">Picture of the estate</title>")?;
    write!(out, "<desc id=\"estate-description\">{}</desc>", markup(&picture.description))?;
    write!(out, "<style>{STYLE}</style>")?;
    legend(out, layout)?;
    // What is worst is drawn last, over the others.
    let mut lines: Vec<(&Line, &Way)> = picture.lines.iter().zip(ways).collect();
    lines.sort_by_key(|(line, _)| line.state);
    for (line, way) in &lines {
        path(out, line, way)?;
    }
    for (card, place) in picture.cards.iter().zip(&layout.places) {
        self::card(out, card, *place)?;
    }
    for (line, way) in &lines {
        label(out, line, way)?;
    }
    for (at, note) in picture.notes.iter().enumerate() {
        let y = layout.notes_at + NOTE * at as f64;
        write!(out, "<text class=\"small\" x=\"{PAD}\" y=\"{y:.1}\">{}</text>", markup(note))?;
    }
    out.push_str("</svg>\n");
    Ok(())
}

fn title(out: &mut String, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = lines.iter().map(|line| markup(line)).collect();
    write!(out, "<title>{}</title>", lines.join("\n"))
}

/// The start of a group: its classes, its id, the key of the findings behind it, and whether the keyboard stops there.
fn open(
    out: &mut String,
    classes: &[&str],
    (id, key): (Option<&str>, Option<&str>),
    stops: bool,
) -> fmt::Result {
    let classes: Vec<&str> = classes.iter().copied().filter(|class| !class.is_empty()).collect();
    write!(out, "<g class=\"{}\"", classes.join(" "))?;
    if let Some(id) = id {
        write!(out, " data-id=\"{}\"", markup(id))?;
    }
    if let Some(key) = key {
        write!(out, " data-k=\"{key}\"")?;
    }
    if stops {
        out.push_str(" tabindex=\"0\"");
    }
    out.push('>');
    Ok(())
}

/// A text cut to its room.
fn text(
    out: &mut String,
    class: &str,
    (x, y): (f64, f64),
    text: &str,
    (room, size): (f64, f64),
) -> fmt::Result {
    let fitted = fit(text, room, size);
    write!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", markup(&fitted))
}

fn card(out: &mut String, card: &Card, place: Rect) -> fmt::Result {
    let kind = match card.kind {
        Kind::Hub => "hub",
        Kind::Network => "network",
        Kind::Fold => "fold",
        Kind::Ghost => "ghost",
        Kind::Zone => "zone",
    };
    let context = if card.context { "context" } else { "" };
    open(
        out,
        &["node", kind, card.state.class(), context],
        (card.id.as_deref(), card.key.as_deref()),
        card.stops,
    )?;
    title(out, &card.tooltip)?;
    let Rect { x, y, w, h } = place;
    if card.kind == Kind::Fold {
        for shift in [6.0, 3.0] {
            frame(out, "frame sheet", Rect { x: x + shift, y: y + shift, w, h })?;
        }
    }
    frame(out, "frame", place)?;
    if card.state.stands_out() {
        write!(out, "<path class=\"bar\" d=\"M{:.1} {:.1}v{:.1}\"/>", x + 2.5, y + 6.0, h - 12.0)?;
    }
    let mut room = w - 2.0 * INSET;
    if card.state > State::Ok {
        badge(out, card.state, (x + w - INSET - 5.0, y + 17.0))?;
        room -= 20.0;
    }
    text(out, "name", (x + INSET, y + 21.0), &card.heading, (room, BOLD_NAME))?;
    let mut at = y + HEADING;
    for line in &card.lines {
        text(out, "small", (x + INSET, at + 9.0), line, (w - 2.0 * INSET, TEXT))?;
        at += LINE;
    }
    at += 2.0;
    for row in &card.rows {
        self::row(out, row, Rect { x, y: at, w, h: ROW })?;
        at += ROW;
    }
    out.push_str("</g>");
    Ok(())
}

fn frame(out: &mut String, class: &str, Rect { x, y, w, h }: Rect) -> fmt::Result {
    write!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"6\"/>"
    )
}

fn badge(out: &mut String, state: State, (x, y): (f64, f64)) -> fmt::Result {
    let (class, symbol) = (state.class(), state.symbol());
    write!(out, "<circle class=\"badge {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7.5\"/>")?;
    write!(out, "<text class=\"sign\" x=\"{x:.1}\" y=\"{:.1}\">{symbol}</text>", y + 3.8)
}

fn row(out: &mut String, row: &Row, Rect { x, y, w, h }: Rect) -> fmt::Result {
    let context = if row.context { "context" } else { "" };
    open(out, &["row", row.state.class(), context], (row.id.as_deref(), row.key.as_deref()), row.stops)?;
    title(out, &row.tooltip)?;
    write!(
        out,
        "<rect class=\"hit\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>",
        x + INSET - 5.0,
        w - 2.0 * INSET + 10.0,
        h - 2.0
    )?;
    let base = y + 12.0;
    write!(
        out,
        "<text class=\"mark\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
        x + INSET + 4.0,
        row.state.symbol()
    )?;
    let note = fit(&row.note, w / 2.0, LABEL);
    let taken = if note.is_empty() { 0.0 } else { width(&note, LABEL) + 6.0 };
    let room = w - 2.0 * INSET - 14.0 - taken;
    let size = if row.state == State::Bad { TEXT * BOLD } else { TEXT };
    text(out, "text", (x + INSET + 14.0, base), &row.text, (room, size))?;
    if !note.is_empty() {
        let end = x + w - INSET;
        write!(out, "<text class=\"note\" x=\"{end:.1}\" y=\"{base:.1}\">{}</text>", markup(&note))?;
    }
    out.push_str("</g>");
    Ok(())
}

fn line_classes(line: &Line) -> [&'static str; 4] {
    let kind = match line.kind {
        LineKind::Peering => "peering",
        LineKind::Link => "link",
        LineKind::Missing => "missing",
    };
    ["line", kind, line.state.class(), if line.context { "context" } else { "" }]
}

fn path(out: &mut String, line: &Line, way: &Way) -> fmt::Result {
    let stops = line.kind == LineKind::Peering && line.state.stands_out();
    open(out, &line_classes(line), (line.id.as_deref(), line.key.as_deref()), stops)?;
    title(out, &line.tooltip)?;
    // A wide invisible line is easier to point at.
    write!(out, "<path class=\"hit\" d=\"{}\"/><path class=\"stroke\" d=\"{}\"/></g>", way.path, way.path)
}

/// What is wrong with a line, beside it.
fn label(out: &mut String, line: &Line, way: &Way) -> fmt::Result {
    let Some(at) = way.label.filter(|_| !line.label.is_empty() && line.state > State::Ok) else {
        return Ok(());
    };
    let told = fit(&format!("{} {}", line.state.symbol(), line.label), at.room, LABEL * BOLD);
    let anchor = if at.ends { "end" } else { "start" };
    write!(
        out,
        "<text class=\"label {}\" text-anchor=\"{anchor}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        line.state.class(),
        at.x,
        at.y,
        markup(&told)
    )
}

fn legend(out: &mut String, layout: &Layout) -> fmt::Result {
    out.push_str("<g class=\"legend\">");
    let mut x = PAD;
    let y = 24.0;
    for (state, told) in [
        (State::Bad, "broken"),
        (State::Warn, "warning"),
        (State::Unknown, "not known"),
        (State::Info, "information"),
    ] {
        badge(out, state, (x + 8.0, y - 4.0))?;
        x = legend_text(out, x + 20.0, y, told)?;
    }
    for (class, told) in [
        ("peering ok", "peering"),
        ("peering bad", "broken"),
        ("peering warn", "warning"),
        ("peering unknown", "not known"),
        ("link ok", "zone link"),
        ("missing bad", "link missing"),
    ] {
        write!(
            out,
            "<g class=\"line {class}\"><path class=\"stroke\" d=\"M{x:.1} {:.1}h34\"/></g>",
            y - 4.0
        )?;
        x = legend_text(out, x + 40.0, y, told)?;
    }
    legend_text(out, x, y, "paler: context, not reported on")?;
    let heads = [(PAD, "networks"), (layout.zones_at, "private DNS zones")];
    let zones = layout.width - layout.zones_at > HUB.min(SPOKE);
    for (x, head) in heads.iter().take(if zones { 2 } else { 1 }) {
        legend_head(out, *x, head)?;
    }
    out.push_str("</g>");
    Ok(())
}

fn legend_text(out: &mut String, x: f64, y: f64, told: impl Display) -> Result<f64, fmt::Error> {
    let told = told.to_string();
    write!(out, "<text class=\"small\" x=\"{x:.1}\" y=\"{y:.1}\">{told}</text>")?;
    Ok(x + width(&told, TEXT) + 16.0)
}

fn legend_head(out: &mut String, x: f64, head: &str) -> fmt::Result {
    write!(out, "<text class=\"head\" x=\"{x:.1}\" y=\"52\">{head}</text>")
}
