//! Reads from Rust source which paths it names and which macros it calls.
//!
//! A lexer and a reader of `use` trees, no more: comments and literals are dropped, `super::` and
//! `self::` are resolved against the module the source stands in, inline modules included. Macro
//! bodies are read like other code.

/// A path as the source names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// Within the crate, from its root: `["ops", "migrate", "plan"]`.
    Internal(Vec<String>),
    /// Anything else; only its first segment.
    External(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    PathSep,
    Mark(char),
}

/// The names of the macros a source calls.
pub fn macro_calls(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let called = tokens.windows(2).filter(|pair| pair[1] == Token::Mark('!'));
    called
        .filter_map(|pair| word(Some(&pair[0])).map(str::to_owned))
        .collect()
}

/// The paths of two and more segments in a source, and the crates it brings in by `use`.
///
/// `module` is where the source stands: `["ops", "migrate"]` for `src/ops/migrate/mod.rs`.
/// `crate_name` is a second name for the crate root, as `main.rs` uses it.
pub fn paths(source: &str, module: &[&str], crate_name: &str) -> Vec<Path> {
    let tokens = tokens(source);
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth = depth.saturating_sub(1);
                inline.retain(|(_, opened_at)| *opened_at < depth);
            }
            Token::Word(keyword) if keyword == "mod" => {
                if let (Some(name), Some(Token::Mark('{'))) =
                    (word(tokens.get(at + 1)), tokens.get(at + 2))
                {
                    inline.push((name.to_owned(), depth));
                }
            }
            Token::Word(keyword) if keyword == "use" => {
                let ends = matches!(tokens.get(at + 2), Some(Token::Mark(';')))
                    || word(tokens.get(at + 2)) == Some("as");
                if let (Some(name), true) = (word(tokens.get(at + 1)), ends) {
                    found.push(Path::External(name.to_owned()));
                }
            }
            Token::Word(_) if tokens.get(at + 1) == Some(&Token::PathSep) => {
                let mut trees = Vec::new();
                at = read_tree(&tokens, at, &mut Vec::new(), &mut trees);
                let inline = inline.iter().map(|(name, _)| name.as_str());
                let here: Vec<&str> = module.iter().copied().chain(inline).collect();
                found.extend(trees.iter().map(|tree| resolve(tree, &here, crate_name)));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn word(token: Option<&Token>) -> Option<&str> {
    match token {
        Some(Token::Word(word)) => Some(word),
        _ => None,
    }
}

/// Reads the tree that starts at `at`, adds each whole path to `out`, and returns where it ends.
fn read_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) -> usize {
    let own = prefix.len();
    let mut grouped = false;
    loop {
        match tokens.get(at) {
            Some(Token::Word(name)) => {
                prefix.push(name.clone());
                at += 1;
            }
            Some(Token::Mark('{')) => {
                grouped = true;
                at += 1;
                while at < tokens.len() && tokens[at] != Token::Mark('}') {
                    let before = at;
                    at = read_tree(tokens, at, prefix, out);
                    // Past the comma, an alias, or whatever else stands between two trees.
                    while at < tokens.len() && !matches!(tokens[at], Token::Mark(',' | '}')) {
                        at += 1;
                    }
                    if tokens.get(at) == Some(&Token::Mark(',')) || at == before {
                        at += 1;
                    }
                }
                at += 1;
            }
            Some(Token::Mark('*')) => at += 1,
            _ => {}
        }
        if !grouped && tokens.get(at) == Some(&Token::PathSep) {
            at += 1;
            continue;
        }
        break;
    }
    if !grouped && !prefix.is_empty() {
        out.push(prefix.clone());
    }
    prefix.truncate(own);
    at
}

fn resolve(tree: &[String], here: &[&str], crate_name: &str) -> Path {
    let head = tree[0].as_str();
    let absolute = |base: &[&str], rest: &[String]| {
        let base = base.iter().map(|segment| (*segment).to_owned());
        Path::Internal(base.chain(rest.iter().cloned()).collect())
    };
    match head {
        "crate" => absolute(&[], &tree[1..]),
        name if name == crate_name => absolute(&[], &tree[1..]),
        "self" | "super" => {
            let ups = tree.iter().filter(|segment| *segment == "super").count();
            let rest = tree
                .iter()
                .position(|s| s != "super" && s != "self")
                .unwrap_or(tree.len());
            absolute(&here[..here.len().saturating_sub(ups)], &tree[rest..])
        }
        other => Path::External(other.to_owned()),
    }
}

fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        match rest {
            ['/', '/', ..] => at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => at += block_comment(rest),
            ['"', ..] => at += string(rest),
            ['\'', ..] => at += character_or_lifetime(rest),
            [':', ':', ..] => {
                out.push(Token::PathSep);
                at += 2;
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let end = rest.iter().position(|c| !c.is_alphanumeric() && *c != '_');
                let end = end.unwrap_or(rest.len());
                let name: String = rest[..end].iter().collect();
                at += end;
                match (name.as_str(), raw_string(&chars[at..])) {
                    ("r" | "br" | "cr", Some(length)) => at += length,
                    _ => out.push(Token::Word(name)),
                }
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    out.push(Token::Mark(*c));
                }
                at += 1;
            }
            [] => break,
        }
    }
    out
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of the rest of a raw string whose `r` has been read, or `None` if it is none.
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    let body = &rest[hashes + 1..];
    let length = body.windows(end.len()).position(|window| window == end);
    Some(length.map_or(rest.len(), |length| hashes + 1 + length + end.len()))
}

fn character_or_lifetime(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', _, tail @ ..] => {
            3 + tail
                .iter()
                .position(|c| *c == '\'')
                .map_or(tail.len(), |end| end + 1)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}
