//! What the table and JSON say of reports made by hand.

mod estate;

use plaudit::report::{Format, Style};

fn shown(report: &plaudit::finding::Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    plaudit::report::write(report, format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn look() {
    for width in [80, 120] {
        eprintln!("{}", shown(&estate::mixed(), Format::Table, Style { color: false, width: Some(width) }));
    }
    eprintln!("{}", shown(&estate::clean(), Format::Table, Style::default()));
}
