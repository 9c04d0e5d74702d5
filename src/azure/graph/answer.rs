//! One page of an answer of Resource Graph: bytes → rows, and what the answer says of itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::azure::page;

/// The columns of a row, as they were written.
pub(super) type Row<'a> = BTreeMap<String, &'a RawValue>;

/// A page taken apart.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// Rows, or what is wrong with what stands in the place of one.
    pub rows: Vec<Result<Row<'a>, String>>,
    /// How many rows the whole answer has.
    pub total: u64,
    /// Whether rows were left out that no further page brings.
    pub truncated: bool,
    /// What the next page is asked for with; `None` at the end.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(rename = "totalRecords", default)]
    total: Option<u64>,
    #[serde(rename = "resultTruncated", default)]
    truncated: Value,
    #[serde(rename = "$skipToken", default)]
    next: Option<String>,
}

/// The other form of `data`.
#[derive(Deserialize)]
struct Table<'a> {
    columns: Vec<Column>,
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

/// Reads a page (Azure docs: the REST reference of Resource Graph, "Resources", `QueryResponse`). `Err` says why it
/// cannot be read as a whole.
pub(super) fn read(body: &[u8]) -> Result<Page<'_>, String> {
    let body = page::without_mark(body).trim_ascii();
    // A derived structure would accept an array in place of the object.
    if body.first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    let raw: RawPage = serde_json::from_slice(body)
        .map_err(|error| format!("the answer is not a page of a query's rows: {error}"))?;
    let data = raw.data.ok_or("the answer holds no rows")?;
    Ok(Page {
        rows: rows(data).ok_or("the rows of the answer are in no form that is known")?,
        total: raw.total.ok_or("the answer does not say how many rows there are")?,
        // It is the text "false" in answers that are whole; nothing but a clear no is one.
        truncated: match raw.truncated {
            Value::Null => false,
            Value::Bool(truncated) => truncated,
            Value::String(text) => !text.eq_ignore_ascii_case("false"),
            _ => true,
        },
        next: raw.next.filter(|token| !token.is_empty()),
    })
}

fn rows(data: &RawValue) -> Option<Vec<Result<Row<'_>, String>>> {
    if data.get().starts_with('[') {
        let rows: Vec<&RawValue> = serde_json::from_str(data.get()).ok()?;
        return Some(rows.into_iter().map(of_object).collect());
    }
    if !data.get().starts_with('{') {
        return None;
    }
    let table: Table = serde_json::from_str(data.get()).ok()?;
    Some(table.rows.into_iter().map(|cells| of_cells(&table.columns, cells)).collect())
}

fn of_object(row: &RawValue) -> Result<Row<'_>, String> {
    serde_json::from_str(row.get()).map_err(|_| "is not an object".to_owned())
}

fn of_cells<'a>(columns: &[Column], cells: &'a RawValue) -> Result<Row<'a>, String> {
    let cells: Vec<&RawValue> = serde_json::from_str(cells.get()).map_err(|_| "is not a list of cells")?;
    if cells.len() != columns.len() {
        return Err("has not as many cells as there are columns".to_owned());
    }
    Ok(columns.iter().map(|column| column.name.clone()).zip(cells).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<Vec<Result<String, String>>, String> {
        let text = |row: Row| row.into_iter().map(|(name, cell)| format!("{name}={};", cell.get())).collect();
        Ok(read(body.as_bytes())?.rows.into_iter().map(|row| row.map(text)).collect())
    }

    #[test]
    fn both_forms_are_read() {
        let same = Ok(vec![Ok("id=\"/a\";properties={\"n\":1.0};".to_owned())]);
        assert_eq!(page(r#"{"totalRecords":1,"data":[{"id":"/a","properties":{"n":1.0}}]}"#), same);
        let table = r#"{"columns":[{"name":"id","type":"string"},{"name":"properties","type":"object"}],
            "rows":[["/a",{"n":1.0}]]}"#;
        assert_eq!(page(&format!(r#"{{"totalRecords":1,"data":{table}}}"#)), same);
    }

    #[test]
    fn a_row_that_is_none_costs_itself_alone() {
        let rows = page(r#"{"totalRecords":3,"data":[null,7,[],{"id":"/a"}]}"#).unwrap();
        assert_eq!(rows.iter().filter(|row| row.is_err()).count(), 3, "{rows:?}");
        let rows = r#"{"totalRecords":3,"data":{"columns":[{"name":"id"}],"rows":[["/a"],[],null,{}]}}"#;
        let rows = page(rows).unwrap();
        assert_eq!(rows.iter().filter(|row| row.is_err()).count(), 3, "{rows:?}");
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        for body in [
            "",
            "null",
            "[]",
            "[[],1]",
            "{}",
            r#"{"data":[]}"#,
            r#"{"totalRecords":1}"#,
            r#"{"totalRecords":1,"data":null}"#,
            r#"{"totalRecords":1,"data":7}"#,
            r#"{"totalRecords":1,"data":{}}"#,
            r#"{"totalRecords":1,"data":{"rows":[]}}"#,
            r#"{"totalRecords":-1,"data":[]}"#,
            r#"{"totalRecords":1,"data":[],"$skipToken":7}"#,
            r#"{"totalRecords":1,"data":["#,
            "<html>",
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_page_says_whether_it_is_whole_and_where_it_leads() {
        let of = |more: &str| {
            let body = format!(r#"{{"totalRecords":9,"data":[]{more}}}"#);
            let page = read(body.as_bytes()).unwrap();
            (page.total, page.truncated, page.next)
        };
        assert_eq!(of(""), (9, false, None));
        assert_eq!(of(r#","resultTruncated":"false","$skipToken":"""#), (9, false, None));
        assert_eq!(of(r#","resultTruncated":false,"$skipToken":null"#), (9, false, None));
        assert_eq!(of(r#","resultTruncated":"true","$skipToken":"t""#), (9, true, Some("t".to_owned())));
        for odd in ["true", "1", "\"\""] {
            assert!(of(&format!(r#","resultTruncated":{odd}"#)).1, "{odd}");
        }
    }
}
