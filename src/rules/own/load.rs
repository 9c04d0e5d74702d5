//! Folders of pages: every page is read, every fault of every page is told.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::OwnRule;
use super::fault::Fault;
use super::functions::language;
use super::page::{Sound, advice, parse};
use crate::rules::page::Page;
use crate::rules::{Check, Rule};

/// Bytes of one page; ours have a tenth of it. What shows Markdown takes long over links in links in links.
const LONGEST: u64 = 1 << 16;

/// People's own rules, sound, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct OwnRules(Vec<(Page, Arc<OwnRule>)>);

impl OwnRules {
    /// As rules among ours, enabled and graded as their pages say.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.0.iter().map(|(page, rule)| Rule {
            page: page.clone(),
            check: Check::Own(Arc::clone(rule)),
            enabled: page.front.default,
            severity: page.front.severity,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Loads every page (`*.md`, `README.md` aside) of the folders. `known` are the rules that are there already, whose ids
/// and names cannot be used again.
pub fn load(folders: &[PathBuf], known: &[Rule]) -> Result<OwnRules, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    // A folder may be named twice, in two ways.
    let mut real: HashSet<PathBuf> = HashSet::new();
    for folder in folders {
        match pages(folder) {
            Ok(found) => {
                let is_new = |one: &PathBuf| one.canonicalize().map_or(true, |path| real.insert(path));
                files.extend(found.into_iter().filter(is_new));
            }
            Err(message) => {
                faults.push(Fault { file: folder.display().to_string(), line: None, message });
            }
        }
    }
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in files {
        let file = path.display().to_string();
        match text(&path) {
            Err(message) => faults.push(Fault { file, line: None, message }),
            Ok(text) => texts.push((file, text)),
        }
    }
    of_texts(texts, known, faults)
}

/// The rules of pages, each the name of its file and its text; `faults` are those of pages that could not be read.
pub(crate) fn of_texts(
    texts: Vec<(String, String)>,
    known: &[Rule],
    mut faults: Vec<Fault>,
) -> Result<OwnRules, Vec<Fault>> {
    let mut sound: Vec<(String, Sound)> = Vec::new();
    match language().map(Arc::new) {
        Err(error) => faults.push(Fault { file: String::new(), line: None, message: error.to_string() }),
        Ok(env) => {
            for (file, text) in texts {
                match parse(&text, &file, &env) {
                    Ok(one) => sound.push((file, one)),
                    Err(found) => faults.extend(found.into_iter().map(|(line, message)| Fault {
                        file: file.clone(),
                        line: Some(line),
                        message,
                    })),
                }
            }
        }
    }
    faults.extend(taken(&sound, known));
    if !faults.is_empty() {
        faults.sort();
        return Err(faults);
    }
    let mut rules: Vec<(Page, Arc<OwnRule>)> = sound
        .into_iter()
        .map(|(_, Sound { page, rule, .. })| {
            let advice = advice(page.body);
            (page, Arc::new(OwnRule { advice, ..rule }))
        })
        .collect();
    rules.sort_by_key(|(page, _)| page.id);
    Ok(OwnRules(rules))
}

/// Ids and names that another rule has.
fn taken(sound: &[(String, Sound)], known: &[Rule]) -> Vec<Fault> {
    let mut owners: HashMap<&str, String> = HashMap::new();
    for rule in known {
        owners.insert(rule.page.id, "a rule of plaudit's own".to_owned());
        owners.insert(rule.page.name, "a rule of plaudit's own".to_owned());
    }
    let mut faults = Vec::new();
    for (file, Sound { page, line, .. }) in sound {
        for (key, word) in [("id", page.id), ("name", page.name)] {
            match owners.get(word) {
                Some(owner) => faults.push(Fault {
                    file: file.clone(),
                    line: Some(*line),
                    message: format!("the {key} `{word}` is that of {owner}"),
                }),
                None => {
                    owners.insert(word, file.clone());
                }
            }
        }
    }
    faults
}

/// The pages of a folder by name.
fn pages(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unread = |error: std::io::Error| format!("the folder cannot be read: {error}");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if name.ends_with(".md") && !name.starts_with('.') && name != "readme.md" {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err("there is no page (*.md) in this folder; `plaudit rules new` writes one".to_owned());
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, String> {
    let unread = |error: std::io::Error| format!("the page cannot be read: {error}");
    // A pipe would be waited for without end.
    let kind = fs::metadata(path).map_err(unread)?.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() { "a folder" } else { "a pipe or a device" };
        return Err(format!("the page is no file, but {what}"));
    }
    let file = fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("a page has at most {LONGEST} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "the page is no UTF-8 text".to_owned())
}
