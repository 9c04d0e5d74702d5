use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use plaudit::report::{
    Background, Format, Output, OutputError, Style, check_terminal, outputs, write, write_outputs,
};

use crate::estate::mixed;
use crate::{bytes, shown};

fn parse_outputs(given: &[&str]) -> Result<Vec<Output>, OutputError> {
    let given: Result<Vec<Output>, OutputError> = given.iter().map(|one| one.parse()).collect();
    outputs(&given?)
}

fn error(given: &[&str]) -> String {
    parse_outputs(given).unwrap_err().to_string()
}

#[test]
fn outputs_are_a_format_and_perhaps_a_file() {
    let file = |name: &str| Some(PathBuf::from(name));
    let outputs = parse_outputs(&["table", "json=out/a=b.json"]).unwrap();
    assert_eq!(outputs[0], Output { format: Format::Table, file: None });
    assert_eq!(outputs[1], Output { format: Format::Json, file: file("out/a=b.json") });
    assert_eq!(parse_outputs(&["json=-"]).unwrap(), [Output { format: Format::Json, file: None }]);
    assert_eq!(parse_outputs(&[]).unwrap(), [Output { format: Format::Table, file: None }]);
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(Output { format, file: None }));
    }
}

#[test]
fn a_wrong_output_says_what_to_write() {
    assert_eq!(
        error(&["jsn"]),
        "unknown report format `jsn` (did you mean `json`?); the formats are table, json, html, markdown, csv, xlsx, sarif, junit, github"
    );
    assert_eq!(
        error(&["JSON=x"]),
        "unknown report format `JSON` (did you mean `json`?); the formats are table, json, html, markdown, csv, xlsx, sarif, junit, github"
    );
    assert_eq!(
        error(&["cyclonedx"]),
        "unknown report format `cyclonedx`; the formats are table, json, html, markdown, csv, xlsx, sarif, junit, github"
    );
    assert_eq!(
        error(&["=x"]),
        "unknown report format ``; the formats are table, json, html, markdown, csv, xlsx, sarif, junit, github"
    );
    assert_eq!(
        error(&["\u{1b}[2J"]),
        r"unknown report format `\u{1b}[2J`; the formats are table, json, html, markdown, csv, xlsx, sarif, junit, github"
    );
    assert_eq!(
        error(&["json="]),
        "`json=` names no file; write `json=report.json`, or `json` alone for stdout"
    );
}

#[test]
fn outputs_do_not_write_over_each_other() {
    assert_eq!(
        error(&["table", "json"]),
        "table and json would both go to stdout; send one to a file, for example `-f json=report.json`"
    );
    assert!(matches!(parse_outputs(&["json=-", "json"]), Err(OutputError::TwoOnStdout(..))));
    assert_eq!(
        error(&["table=report", "json=./report"]),
        "table and json would both be written to report; choose two files"
    );
    assert!(parse_outputs(&["table=a", "json=b", "json"]).is_ok());
}

#[test]
fn a_terminal_gets_no_workbook() {
    let outputs = parse_outputs(&["xlsx"]).unwrap();
    let error = check_terminal(&outputs, true).unwrap_err().to_string();
    assert_eq!(error, "xlsx is not for a terminal; write `-f xlsx=report.xlsx`");
    assert_eq!(check_terminal(&outputs, false), Ok(()));
    let outputs = parse_outputs(&["xlsx=report.xlsx", "json=a", "csv=b", "html"]).unwrap();
    assert_eq!(check_terminal(&outputs, true), Ok(()));
}

#[test]
fn files_and_stdout_get_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let outputs = [
        Output { format: Format::Table, file: None },
        Output { format: Format::Json, file: Some(path("report.json")) },
        Output { format: Format::Table, file: Some(path("report.txt")) },
    ];
    let report = mixed(3);
    let style = Style { color: true, width: Some(100) };
    let mut stdout = Vec::new();
    write_outputs(&report, &Background::default(), &outputs, &style, &mut stdout).unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), shown(&report, Format::Table, style));
    let read = |name: &str| fs::read_to_string(path(name)).unwrap();
    assert_eq!(read("report.json"), shown(&report, Format::Json, Style::default()));
    assert_eq!(read("report.txt"), shown(&report, Format::Table, Style::default()), "a file has no colours");
}

#[test]
fn one_failing_output_does_not_cost_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let lost = folder.path().join("no-such-folder/report.json");
    let kept = folder.path().join("report.json");
    let outputs =
        [Some(lost.clone()), Some(kept.clone()), None].map(|file| Output { format: Format::Json, file });
    let mut stdout = Vec::new();
    let error = write_outputs(&mixed(3), &Background::default(), &outputs, &Style::default(), &mut stdout)
        .unwrap_err();
    assert_eq!(error.path, lost.display().to_string());
    assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
    assert_eq!(fs::read(kept).unwrap(), stdout);
}

/// Takes so many bytes, then the reader is gone.
struct Pipe(usize);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_an_error_and_no_panic() {
    for format in Format::ALL {
        let whole = bytes(&mixed(500), format, Style::default()).len();
        for taken in [0, 1, 100, whole / 2, whole - 1] {
            let outcome =
                write(&mixed(500), &Background::default(), format, &Style::default(), &mut Pipe(taken));
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::BrokenPipe, "{format} {taken}");
        }
        write(&mixed(500), &Background::default(), format, &Style::default(), &mut Pipe(whole)).unwrap();
    }
}
