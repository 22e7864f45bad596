//! What of a Rust file is code: neither comment nor literal. Exact enough for names to be looked for.

/// The text without comments and without strings and characters.
pub(crate) fn code(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(letter) = rest.chars().next() {
        match skipped(rest, code.chars().next_back()) {
            Some(length) => {
                code.push(' ');
                rest = &rest[length..];
            }
            None => {
                code.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    code
}

/// The names in a piece of code, keywords included.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !is_word(letter)).filter(|word| !word.is_empty())
}

/// Whether a file names a crate, such as `tonic`, or one of its family, such as `tonic_types`.
pub(crate) fn names_crate(text: &str, name: &str) -> bool {
    words(&code(text)).any(|word| word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the comment or literal that a text begins with.
fn skipped(text: &str, before: Option<char>) -> Option<usize> {
    let after = |start: usize, end: &str| Some(text[start..].find(end).map_or(text.len(), |at| start + at + end.len()));
    if text.starts_with("//") {
        return text.find('\n').or(Some(text.len()));
    }
    if text.starts_with("/*") {
        return after(2, "*/");
    }
    if let Some(hashes) = raw_hashes(text).filter(|_| !before.is_some_and(is_word)) {
        return after(hashes + 2, &format!("\"{}", "#".repeat(hashes)));
    }
    match text.as_bytes()[0] {
        b'"' => Some(string_length(text)),
        b'\'' => character_length(text),
        _ => None,
    }
}

/// The number of hashes of the raw string that a text begins with.
fn raw_hashes(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?;
    let string = hashes.trim_start_matches('#');
    string.starts_with('"').then(|| hashes.len() - string.len())
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; none if the quote begins a lifetime.
fn character_length(text: &str) -> Option<usize> {
    let letter = text[1..].chars().next()?;
    if letter == '\\' {
        return text.get(3..)?.find('\'').map(|at| at + 4);
    }
    let end = 1 + letter.len_utf8();
    text[end..].starts_with('\'').then_some(end + 1)
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "a // b\nc /* d\n */ e \"f \\\" g\" h r#\"i \" j\"# k 'l' m '\\'' n \"\" o r\"p\" q";
    assert_eq!(words(&code(text)).collect::<Vec<_>>(), ["a", "c", "e", "h", "k", "m", "n", "o", "q"]);
    assert_eq!(words(&code("a<'b>(c: &'d e)")).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    assert_eq!(words(&code("\"open")).count(), 0);
    assert_eq!(words(&code("tenor\"a\"")).collect::<Vec<_>>(), ["tenor"]);
}

#[test]
fn a_crate_is_found_by_name() {
    assert!(names_crate("use tonic::Status;", "tonic"));
    assert!(names_crate("fn f() -> prost_types::Timestamp {}", "prost"));
    assert!(!names_crate("// use tonic::Status;\nuse tonics::A;", "tonic"));
}
