//! Which file of a room uses which: paths through door plates, and methods that a file adds to a type of another file.

use std::collections::{BTreeMap, BTreeSet};

use crate::scan;

/// A module by its path below the crate's root: `["rates", "deals", "fit"]`.
pub(crate) type Module = Vec<String>;

/// The files of a room with their sources, doors (`mod.rs`) by the path of their folder.
#[derive(Default)]
pub(crate) struct Room {
    files: BTreeMap<Module, Vec<String>>,
    doors: BTreeMap<Module, Vec<Vec<String>>>,
}

/// What an inherent `impl` block holds.
struct Impl {
    of: String,
    methods: Vec<String>,
}

impl Room {
    /// With a file of the room; what only its tests use does not count.
    pub(crate) fn with(mut self, module: Module, is_door: bool, source: &str) -> Self {
        let tokens = scan::tokens(&scan::bare(source));
        if is_door {
            self.doors.insert(module, uses(&tokens));
        } else {
            self.files.insert(module, without_tests(&tokens));
        }
        self
    }

    /// Each circle of files: sets of two or more files that all lead to each other.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        circles(&self.uses())
    }

    /// Each circle of the folders (and files) directly in the room, whatever files of theirs lead from one to the other: a
    /// folder that nothing leads back to can be read alone.
    pub(crate) fn circles_of_folders(&self) -> Vec<Vec<String>> {
        let folder = |file: &Module| file.iter().take(2).cloned().collect::<Module>();
        let mut folders: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (file, used) in self.uses() {
            folders.entry(folder(&file)).or_default().extend(used.iter().map(folder));
        }
        circles(&folders)
    }

    fn uses(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let added = self.added_methods();
        let used = |(file, tokens): (&Module, &Vec<String>)| {
            (file.clone(), self.used_by(file, tokens, &added).into_iter().cloned().collect())
        };
        self.files.iter().map(used).collect()
    }

    fn used_by<'a>(
        &'a self,
        file: &Module,
        tokens: &[String],
        added: &[(&'a Module, Vec<String>)],
    ) -> BTreeSet<&'a Module> {
        let paths = scan::paths(tokens, file);
        let mut used: BTreeSet<&Module> = paths.iter().flat_map(|path| self.files_of(path, 0)).collect();
        for block in impls(tokens) {
            used.extend(self.home_of(&block.of, file));
        }
        for (home, methods) in added {
            if methods.iter().any(|method| calls(tokens, method)) {
                used.insert(home);
            }
        }
        used.remove(file);
        used
    }

    /// The files that a path from the crate's root leads to, through as many doors as it takes.
    fn files_of(&self, path: &[String], depth: usize) -> Vec<&Module> {
        if let Some(file) = (1..=path.len()).find_map(|n| self.files.get_key_value(&path[..n])) {
            return vec![file.0];
        }
        let Some(n) = (1..=path.len()).rev().find(|n| self.doors.contains_key(&path[..*n])) else { return Vec::new() };
        let (folder, rest) = path.split_at(n);
        let shown =
            self.doors[folder].iter().filter(|shown| rest.first().is_none_or(|name| shown.last() == Some(name)));
        let inside = |shown: &Vec<String>| folder.iter().chain(shown).cloned().collect::<Vec<_>>();
        if depth > 9 { Vec::new() } else { shown.flat_map(|shown| self.files_of(&inside(shown), depth + 1)).collect() }
    }

    /// The file in which a type is defined that `file` adds methods to: its own, if that has one of the name.
    fn home_of(&self, name: &str, file: &Module) -> Option<&Module> {
        let defines = |tokens: &Vec<String>| {
            tokens.windows(2).any(|t| ["struct", "enum"].contains(&t[0].as_str()) && t[1] == name)
        };
        let own = self.files.get_key_value(file).into_iter();
        own.chain(&self.files).find(|(_, tokens)| defines(tokens)).map(|(home, _)| home)
    }

    /// Per file the methods that it adds to types of other files, if nothing else in the room has their name.
    fn added_methods(&self) -> Vec<(&Module, Vec<String>)> {
        let named = |method: &str| {
            let all = self.files.values().flat_map(|tokens| tokens.windows(2));
            all.filter(|t| t[0] == "fn" && t[1] == method).count()
        };
        let of = |(file, tokens): (_, &Vec<String>)| {
            let blocks = impls(tokens)
                .into_iter()
                .filter(|block| self.home_of(&block.of, file).is_some_and(|home| home != file));
            let methods = blocks.flat_map(|block| block.methods).filter(|method| named(method) == 1).collect();
            (file, methods)
        };
        self.files.iter().map(of).collect()
    }
}

/// The sets of two or more modules that all lead to each other.
fn circles(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<_, _> = uses.keys().map(|module| (module, reach(uses, module))).collect();
    let circle = |(module, there): (&&Module, &BTreeSet<&Module>)| -> Vec<String> {
        there.iter().filter(|other| reached[**other].contains(*module)).map(|other| other.join("/")).collect()
    };
    let circles: BTreeSet<Vec<String>> = reached.iter().map(circle).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

fn reach<'a>(uses: &'a BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = uses[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&uses[module]);
        }
    }
    reached
}

/// The paths that a door shows: of `pub use a::{b, c::D}` these are `a::b` and `a::c::D`.
fn uses(tokens: &[String]) -> Vec<Vec<String>> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| *token == "use");
    starts.flat_map(|(at, _)| scan::tree(&tokens[at + 1..])).collect()
}

/// Without the inline module of tests, which stands last.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let is_start = |t: &[String]| t.iter().map(String::as_str).eq(["#", "[", "cfg", "(", "test", ")", "]"]);
    let is_module = |at: &usize| tokens[*at..].iter().skip(7).take(6).any(|token| token == "mod");
    let starts = tokens.windows(7).enumerate().filter(|(_, t)| is_start(t)).map(|(at, _)| at);
    tokens[..starts.into_iter().find(is_module).unwrap_or(tokens.len())].to_vec()
}

/// Whether `.name(` or, at the end of a path, `::name` stands in the source; a room of the crate, `crate::name`, is no method.
fn calls(tokens: &[String], name: &str) -> bool {
    // A single colon stands between a field and its value.
    let path = |at: usize| at > 0 && tokens[at - 1] == ":" && !(at > 1 && tokens[at - 2] == "crate");
    let mut threes = tokens.windows(3).enumerate();
    threes.any(|(at, t)| {
        t[1] == name
            && ((t[0] == ":" && t[2] != ":" && path(at)) || (t[0] == "." && ["(", ":"].contains(&t[2].as_str())))
    })
}

/// The inherent `impl` blocks of a source.
fn impls(tokens: &[String]) -> Vec<Impl> {
    let mut found = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "impl") {
        // `impl` in the place of a type has no item before it.
        if at > 0 && !["}", ";", "]"].contains(&tokens[at - 1].as_str()) {
            continue;
        }
        let Some(open) = tokens[at..].iter().position(|token| token == "{") else { continue };
        let head = &tokens[at + 1..at + open];
        if head.iter().any(|token| token == "for") {
            continue;
        }
        let Some(of) = plain(head) else { continue };
        found.push(Impl { of, methods: methods(&tokens[at + open..]) });
    }
    found
}

/// The name of the type in the head of an `impl`: `<'a> super::Room<'a>` is `Room`.
fn plain(head: &[String]) -> Option<String> {
    let (mut depth, mut last) = (0_usize, None);
    for token in head.iter().take_while(|token| *token != "where") {
        match token.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            name if depth == 0 && name.starts_with(char::is_alphabetic) => last = Some(name.to_owned()),
            _ => {}
        }
    }
    last
}

/// The functions directly inside the braces with which `block` begins.
fn methods(block: &[String]) -> Vec<String> {
    let (mut depth, mut found) = (0_usize, Vec::new());
    for (at, token) in block.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "fn" if depth == 1 => found.extend(block.get(at + 1).cloned()),
            _ => {}
        }
    }
    found
}
