//! A command that is copied runs nothing but itself, in bash and in PowerShell, and is told what was meant.

/// A reader of commands: what ends a quotation, by what began it, and what acts outside of any.
struct Shell {
    name: &'static str,
    /// The marks of a quotation in which nothing acts.
    single: &'static str,
    /// Those of one in which `$` and the backtick act.
    double: &'static str,
    /// What acts outside, beside quotations and blanks.
    acts: &'static str,
}

/// POSIX shells: Shell Command Language, quoting; bash: brace expansion, history.
const BASH: Shell = Shell { name: "bash", single: "'", double: "\"", acts: ";&|<>()$`\\*?[]{}!~#\n\r" };

/// PowerShell takes typographic marks for plain ones (Microsoft docs: `about_Quoting_Rules`, `about_Parsing`).
const POWERSHELL: Shell = Shell {
    name: "PowerShell",
    single: "'\u{2018}\u{2019}\u{201a}\u{201b}",
    double: "\"\u{201c}\u{201d}\u{201e}",
    acts: ";&|<>()$`@,{}#\n\r\u{2028}\u{2029}\u{85}",
};

impl Shell {
    /// The words of a command: those between blanks, without their quotation marks. An error where anything acts.
    fn words(&self, command: &str) -> Result<Vec<String>, String> {
        let fault = |what: &str| Err(format!("{}: {what} in {command}", self.name));
        let mut words = vec![String::new()];
        let mut quoted: Option<&str> = None;
        for c in command.chars() {
            match quoted {
                Some(marks) if marks.contains(c) => quoted = None,
                Some(marks) if marks == self.double && "$`\\!".contains(c) => return fault("something acts"),
                Some(_) => words.iter_mut().last().into_iter().for_each(|word| word.push(c)),
                None if self.single.contains(c) => quoted = Some(self.single),
                None if self.double.contains(c) => quoted = Some(self.double),
                None if self.acts.contains(c) => return fault("something acts"),
                None if c == ' ' => words.push(String::new()),
                None => words.iter_mut().last().into_iter().for_each(|word| word.push(c)),
            }
        }
        if quoted.is_some() { fault("no end of a quotation") } else { Ok(words) }
    }
}

/// Whether bash and PowerShell read one command, and what is called takes no word of it for an option or a file.
pub(crate) fn is_one_command(command: &str) -> Result<(), String> {
    POWERSHELL.words(command)?;
    let words = BASH.words(command)?;
    for word in &words {
        let value = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
        if value.len() > 1 && value.starts_with('@') {
            return Err(format!("az reads a file for {word}: {command}"));
        }
        let is_option = word.starts_with('-');
        // Options of ours are written out in small letters.
        if is_option && !word.bytes().all(|c| c.is_ascii_lowercase() || c == b'-' || c.is_ascii_digit()) {
            return Err(format!("an option of somebody else's, {word}: {command}"));
        }
        if ["--debug", "--yes", "--no-wait"].contains(&word.as_str()) {
            return Err(format!("an option that is not ours, {word}: {command}"));
        }
    }
    Ok(())
}

#[test]
fn the_reader_of_commands_knows_a_trap() {
    for fine in ["az x -n 'a; b' --query \"[?a].id\"", "az x -n 'it'\"'\"'s'", "az x -n '<--debug>' -a '@'"] {
        is_one_command(fine).unwrap();
    }
    for trap in [
        "az x; y",
        "az $(x)",
        "az 'x",
        "az `x`",
        "az x\ny",
        "az \"$x\"",
        "az 'x\u{2019}; y'",
        r"az 'x'\''; y'",
        "az x -n --debug",
        "az x -n '--debug'",
        "az x -n '@/etc/passwd'",
        "az x -n 'a=@b'",
        "az x -n -Y",
    ] {
        assert!(is_one_command(trap).is_err(), "{trap}");
    }
}
