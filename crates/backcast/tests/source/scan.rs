//! Reading Rust sources roughly: without comments and texts, which paths start at the crate's root?

/// The source with comments and the contents of texts blanked out; line breaks stay.
pub(crate) fn bare(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        let end = match (at(i), at(i + 1)) {
            ('/', '/') => (i..chars.len()).find(|j| at(*j) == '\n').unwrap_or(chars.len()),
            ('/', '*') => end_of_block(&chars, i),
            ('r', '"' | '#') if !is_word(at(i.wrapping_sub(1))) => end_of_raw(&chars, i).unwrap_or(i),
            ('"', _) => end_of_text(&chars, i, '"'),
            // A character, not a lifetime.
            ('\'', '\\') => end_of_text(&chars, i, '\''),
            ('\'', _) if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            out.push(at(i));
            i += 1;
        } else {
            out.extend((i..end.min(chars.len())).map(|j| if at(j) == '\n' { '\n' } else { ' ' }));
            i = end;
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn end_of_block(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < chars.len() {
        match chars.get(i..i + 2) {
            Some(['/', '*']) => (depth, i) = (depth + 1, i + 2),
            Some(['*', '/']) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn end_of_text(chars: &[char], start: usize, quote: char) -> usize {
    let mut i = start + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn end_of_raw(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    (chars.get(open) == Some(&'"')).then_some(())?;
    let closes =
        |j: usize| chars[j] == '"' && chars[j + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    Some((open + 1..chars.len()).find(|j| closes(*j)).map_or(chars.len(), |j| j + 1 + hashes))
}

/// Words and single signs of a bare source.
pub(crate) fn tokens(bare: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in bare.chars() {
        match tokens.last_mut() {
            Some(word) if in_word && is_word(c) => word.push(c),
            _ if c.is_whitespace() => {}
            _ => tokens.push(c.to_string()),
        }
        in_word = is_word(c);
    }
    tokens
}

/// The first names of all paths that start at the crate's root: `crate::x`, `crate::{x, y::z}`, and as many `super`
/// as lead there from a module at `depth` below the root, inline modules counted.
pub(crate) fn roots(source: &str, depth: usize) -> Vec<String> {
    let tokens = tokens(&bare(source));
    let mut found = Vec::new();
    // For each open brace: whether it is that of an inline module.
    let mut braces: Vec<bool> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let back = |n: usize| i.checked_sub(n).and_then(|j| tokens.get(j)).map_or("", String::as_str);
        match tokens[i].as_str() {
            "{" => braces.push(back(2) == "mod"),
            "}" => drop(braces.pop()),
            "crate" if back(1) != "(" || tokens.get(i + 1).is_some_and(|t| t == ":") => {
                names(&tokens, i + 1, &mut found);
            }
            "super" if back(1) != ":" => {
                let supers = 1 + tokens[i + 1..]
                    .chunks(3)
                    .take_while(|c| matches!(c, [a, b, s] if a == ":" && b == ":" && s == "super"))
                    .count();
                let inline = braces.iter().filter(|inline| **inline).count();
                if supers >= depth + inline {
                    names(&tokens, i + 1 + 3 * (supers - 1), &mut found);
                }
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// What follows the root: `::x` or `::{x, y::{…}, …}`.
fn names(tokens: &[String], at: usize, found: &mut Vec<String>) {
    let rest = tokens.get(at..).unwrap_or_default();
    let [first, second, third, ..] = rest else { return };
    if first != ":" || second != ":" {
        return;
    }
    if third != "{" {
        found.push(third.clone());
        return;
    }
    let mut depth = 0_usize;
    let mut starts = false;
    for token in &rest[2..] {
        match token.as_str() {
            "{" => (depth, starts) = (depth + 1, depth == 0),
            "}" if depth == 1 => return,
            "}" => depth -= 1,
            "," => starts = depth == 1,
            name if starts => {
                found.push(name.to_owned());
                starts = false;
            }
            _ => {}
        }
    }
}

/// All paths of a source that start with `crate` or `super`, from the crate's root; `module` is its own path, and
/// inline modules count.
pub(crate) fn paths(tokens: &[String], module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut braces: Vec<bool> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let back = |n: usize| i.checked_sub(n).and_then(|j| tokens.get(j)).map_or("", String::as_str);
        match token.as_str() {
            "{" => braces.push(back(2) == "mod"),
            "}" => drop(braces.pop()),
            // `pub(in crate::x)` says who may use it.
            "crate" | "super" if ![":", "in"].contains(&back(1)) && tokens.get(i + 1).is_some_and(|t| t == ":") => {
                let inline = braces.iter().filter(|inline| **inline).count();
                found.extend(tree(&tokens[i..]).into_iter().filter_map(|path| absolute(&path, module, inline)));
            }
            _ => {}
        }
    }
    found
}

/// A path without its `crate` or `super`s; `None` if it stays in its own file.
fn absolute(path: &[String], module: &[String], inline: usize) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    let (start, rest) = match path.first()?.as_str() {
        "crate" => (0, &path[1..]),
        _ => (module.len() - supers.checked_sub(inline).filter(|up| (1..=module.len()).contains(up))?, &path[supers..]),
    };
    let own = |name: &String| name == "self" || name == "*";
    Some(module[..start].iter().chain(rest.iter().filter(|name| !own(name))).cloned().collect())
}

/// The names that the `pub use` lines of a source show.
pub(crate) fn shown(source: &str) -> Vec<String> {
    let tokens = tokens(&bare(source));
    let starts = tokens.windows(2).enumerate().filter(|(_, pair)| pair[0] == "pub" && pair[1] == "use");
    starts.flat_map(|(at, _)| tree(&tokens[at + 2..])).filter_map(|mut path| path.pop()).collect()
}

/// The paths of a use-tree at the start of the tokens: `a::{b, c as d, e::F}` is `a::b`, `a::c` and `a::e::F`.
pub(crate) fn tree(tokens: &[String]) -> Vec<Vec<String>> {
    branch(tokens).0
}

/// The paths of a tree, and how many tokens it has.
fn branch(tokens: &[String]) -> (Vec<Vec<String>>, usize) {
    let at = |i: usize| tokens.get(i).map_or("", String::as_str);
    let (mut stem, mut i) = (Vec::new(), 0);
    loop {
        if at(i) == "{" {
            let (mut all, mut inside) = (Vec::new(), i + 1);
            while !["}", ""].contains(&at(inside)) {
                let (paths, length) = branch(&tokens[inside..]);
                all.extend(paths.into_iter().map(|path| [stem.clone(), path].concat()));
                inside += length.max(1);
                let end = |j: &usize| [",", "}", ""].contains(&at(*j));
                inside = (inside..=tokens.len()).find(end).unwrap_or(inside);
                inside += usize::from(at(inside) == ",");
            }
            return (all, inside + 1);
        }
        stem.push(at(i).to_owned());
        i += 1;
        if at(i) != ":" || at(i + 1) != ":" || at(i + 2) == "<" {
            return (vec![stem], i);
        }
        i += 2;
    }
}

/// What a door plate must not hold: everything but `//!`, attributes, `mod x;` and `use …;`.
pub(crate) fn not_a_door_plate(source: &str) -> Option<String> {
    let comment = source.lines().map(str::trim).find(|line| line.starts_with("//") && !line.starts_with("//!"));
    let mut depth = 0_i32;
    let mut plain = String::new();
    for c in bare(source).chars() {
        depth += i32::from(c == '[') - i32::from(c == ']' && depth > 0);
        if depth == 0 && c != '#' && c != ']' {
            plain.push(c);
        }
    }
    let item = plain.split(';').map(str::trim).find(|item| {
        let bare = item.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
        let belongs = bare.starts_with("use ") || (bare.starts_with("mod ") && !bare.contains('{'));
        !item.is_empty() && !belongs
    });
    comment.or(item).map(str::to_owned)
}
