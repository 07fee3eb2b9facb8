//! The house: a use-arrow points only to a room on the left, doors are door plates, and files stay short.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "source/graph.rs"]
mod graph;
#[path = "source/scan.rs"]
mod scan;

use std::path::{Path, PathBuf};

/// The rooms in the order in which data flows; `error` is known from `quantity` on.
const ROOMS: &[&str] = &[
    "math",
    "error",
    "saved",
    "quantity",
    "words",
    "funnel",
    "history",
    "rates",
    "outlook",
    "plan",
    "review",
    "agreement",
    "answer",
];

const LONGEST_FILE: usize = 450;

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// Uses of `source`, a file of `room` whose module lies `depth` below the crate's root, that do not point left.
fn wrong_arrows(room: &str, depth: usize, source: &str) -> Vec<String> {
    let own = rank(room).unwrap_or(ROOMS.len());
    scan::roots(source, depth)
        .into_iter()
        .filter(|used| rank(used).is_none_or(|used| used > own || (used == own && depth <= 2)))
        .collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let of = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries(folder).into_iter().flat_map(of).collect()
}

/// The parts of a path below `src`, without `.rs`.
fn parts(file: &Path) -> Vec<String> {
    let below = file.strip_prefix(src()).unwrap().with_extension("");
    below.iter().map(|part| part.to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_arrow_points_left() {
    for file in files(&src()) {
        let parts = parts(&file);
        if parts == ["lib"] {
            continue;
        }
        let depth = parts.len() - usize::from(parts.last().is_some_and(|name| name == "mod"));
        let wrong = wrong_arrows(&parts[0], depth, &std::fs::read_to_string(&file).unwrap());
        assert!(wrong.is_empty(), "{} uses {}, which is not to its left", parts.join("/"), wrong.join(", "));
    }
}

/// The root is a contents page: the core names only, none by a glob, none that hides one of std.
#[test]
fn the_root_shows_about_25_names() {
    let shown: Vec<String> = scan::shown(&std::fs::read_to_string(src().join("lib.rs")).unwrap());
    assert!(shown.len() <= 27, "{} names at the root: {shown:?}", shown.len());
    for hides in ["*", "Path", "Range", "Result", "Option", "Ordering", "Duration"] {
        assert!(!shown.iter().any(|name| name == hides), "`{hides}` at the root");
    }
}

#[test]
fn only_known_rooms_stand_in_the_house() {
    for entry in entries(&src()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        let known = if entry.is_dir() {
            name != "error" && rank(name).is_some()
        } else {
            name == "lib.rs" || name == "error.rs"
        };
        assert!(known, "what is {name}?");
        assert!(!entry.is_dir() || entry.join("mod.rs").exists(), "{name} has no door");
    }
}

#[test]
fn every_door_is_a_door_plate() {
    for door in files(&src()).iter().filter(|file| file.ends_with("mod.rs")) {
        let more = scan::not_a_door_plate(&std::fs::read_to_string(door).unwrap());
        assert_eq!(more, None, "{}", door.display());
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_short() {
    for file in files(&src()) {
        let source = std::fs::read_to_string(&file).unwrap();
        assert!(file.extension().is_some_and(|extension| extension == "rs"), "{}", file.display());
        assert!(source.starts_with("//! "), "{} does not open with `//!`", file.display());
        assert!(source.lines().count() <= LONGEST_FILE, "{}: {} lines", file.display(), source.lines().count());
    }
}

#[test]
fn no_room_has_a_circle_of_files_or_folders() {
    for room in entries(&src()).into_iter().filter(|entry| entry.is_dir()) {
        let name = parts(&room).concat();
        let all = files(&room).into_iter().fold(graph::Room::default(), |all, file| {
            let mut module = parts(&file);
            let is_door = file.ends_with("mod.rs");
            module.truncate(module.len() - usize::from(is_door));
            all.with(module, is_door, &std::fs::read_to_string(&file).unwrap())
        });
        let (circles, of_folders) = (all.circles(), all.circles_of_folders());
        assert!(circles.is_empty(), "`{name}` has circles of files: {circles:#?}");
        assert!(of_folders.is_empty(), "`{name}` has circles of folders: {of_folders:#?}");
    }
}

fn module(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

/// The circles of a room of two files and a folder with a door.
fn circles(a: &str, b: &str, folder: (&str, &str)) -> Vec<Vec<String>> {
    graph::Room::default()
        .with(module("room"), true, "mod a; mod b; mod folder; pub use a::{A, first}; pub use folder::C;")
        .with(module("room/a"), false, a)
        .with(module("room/b"), false, b)
        .with(module("room/folder"), true, folder.0)
        .with(module("room/folder/c"), false, folder.1)
        .circles()
}

#[test]
fn a_circle_is_caught() {
    let c = ("mod c; pub use c::C;", "pub struct C;");
    for (a, b) in [
        ("use super::b::B;", "use super::a::A;"),
        ("use super::b::B;", "use super::A;"),
        ("use super::{math, b::{self, B}};", "use crate::room::A;"),
        ("use super::b;", "fn f() -> u8 { super::first() }"),
        ("pub struct A; fn f(a: &A) { a.more() }", "impl super::A { fn more(&self) {} }"),
        ("pub struct A; fn f(a: &A) { a.more() }", "use super::A;\nimpl<'a> A<'a> { pub(super) fn more(&self) {} }"),
    ] {
        assert_eq!(circles(a, b, c), [["room/a", "room/b"]], "{a} {b}");
    }
    let through_the_door = circles("use super::folder::C;", "", ("mod c; pub use c::C;", "use super::super::A;"));
    assert_eq!(through_the_door, [["room/a", "room/folder/c"]]);
    let all = circles("use super::b::B;", "use super::C;", ("mod c; pub use c::C;", "use crate::room::a::A;"));
    assert_eq!(all, [["room/a", "room/b", "room/folder/c"]]);
}

/// Two folders that use each other, though no two of their files do.
#[test]
fn a_circle_of_folders_is_caught() {
    let room = |back: &str| {
        graph::Room::default()
            .with(module("room"), true, "mod a; mod b;")
            .with(module("room/a"), true, "mod one; mod two; pub use one::One; pub use two::Two;")
            .with(module("room/b"), true, "mod three; mod four; pub use three::Three; pub use four::Four;")
            .with(module("room/a/one"), false, "use crate::room::b::Three;")
            .with(module("room/a/two"), false, "pub struct Two;")
            .with(module("room/b/three"), false, "pub struct Three;")
            .with(module("room/b/four"), false, back)
    };
    let circle = room("use crate::room::a::Two;");
    assert_eq!(circle.circles(), Vec::<Vec<String>>::new());
    assert_eq!(circle.circles_of_folders(), [["room/a", "room/b"]]);
    assert_eq!(room("use super::three::Three;").circles_of_folders(), Vec::<Vec<String>>::new());
}

#[test]
fn a_room_without_a_circle_passes() {
    let c = ("mod c; pub use c::C;", "pub struct C;");
    for (a, b) in [
        ("use super::b::B;", "pub struct B; // use super::A;"),
        ("use super::b::B;", "#[cfg(test)]\nmod tests { use super::super::A; }"),
        ("use super::b::B;", "mod inner { use super::B; }"),
        ("use super::b::B;", "#[cfg(test)]\npub(super) mod tests { use super::super::A; }"),
        ("use super::b::B;", "pub(in crate::room) struct B;"),
        ("pub struct A; fn f(a: &A) { a.len() }", "use super::A; impl A { fn len(&self) {} } fn len() {}"),
        ("pub struct A;", "use super::A; impl Default for A { fn default() -> A { A } }"),
        ("use super::C;", "use super::{A, C};"),
    ] {
        assert_eq!(circles(a, b, c), Vec::<Vec<String>>::new(), "{a} {b}");
    }
}

#[test]
fn a_wrong_arrow_is_caught() {
    for (room, depth, source) in [
        ("rates", 2, "use crate::plan::Goal;"),
        ("math", 2, "use crate::error::Error;"),
        ("math", 2, "use crate::{error::{Error, Kind}};"),
        ("quantity", 1, "pub use crate::funnel::Funnel;"),
        ("outlook", 2, "use crate::{math::beta, plan::{Goal, Plan}};"),
        ("outlook", 2, "use crate::{\n    math::{beta, gamma},\n    rates::Rates,\n    answer,\n};"),
        ("rates", 2, "fn f() -> u8 { crate::plan::goal() }"),
        ("rates", 2, "fn f(goal: &crate :: plan :: Goal) {}"),
        ("rates", 2, "use super::super::plan::Goal;"),
        ("rates", 1, "use super::plan::Goal;"),
        ("rates", 3, "use super::super::super::{math, plan};"),
        ("rates", 2, "mod tests { use super::super::super::plan; }"),
        ("rates", 2, "use crate::Goal;"),
        ("rates", 2, "use crate::*;"),
        ("rates", 2, "use crate::rates::Rates;"),
        ("error", 1, "use crate::quantity::Day;"),
        ("plan", 2, "const A: char = '\"'; use crate::answer::Request; const B: char = '\"';"),
        ("plan", 2, "fn f<'a>(x: &'a str) { crate::answer::f(x) }"),
    ] {
        assert_eq!(wrong_arrows(room, depth, source).len(), 1, "{room}: {source}");
    }
}

#[test]
fn a_right_arrow_passes() {
    for (room, depth, source) in [
        ("plan", 2, "use crate::{error::{Error, Kind}, math::{decimal, search::MAX}, rates::Rates};"),
        ("answer", 2, "use crate::agreement::Sla; use crate::review::Gap;"),
        ("quantity", 2, "use crate::error::{Error, Result};"),
        ("rates", 2, "// use crate::plan::Goal;\n/* crate::plan /* crate::answer */ crate::plan */ use super::Rates;"),
        ("rates", 2, "/// [`crate::plan`]\n//! crate::answer::x"),
        (
            "rates",
            2,
            "const A: &str = \"crate::plan::Goal // \\\" crate::answer\"; const B: &str = r#\"\"crate::plan\"#;",
        ),
        ("rates", 2, "pub(crate) fn f() {} pub(super) fn g() {}"),
        ("rates", 2, "mod tests { use super::super::Rates; use super::*; }"),
        ("rates", 3, "use super::super::estimate::Estimate;"),
    ] {
        assert_eq!(wrong_arrows(room, depth, source), Vec::<String>::new(), "{room}: {source}");
    }
}

#[test]
fn a_stranger_at_the_door_is_caught() {
    let plate = "//! A room.\n\n#[expect(clippy::x, reason = \"[y]; z\")]\nmod a;\npub(crate) mod b;\npub use a::{\n    A, B,\n};\n";
    assert_eq!(scan::not_a_door_plate(plate), None);
    for stranger in ["fn f() {}", "const A: u8 = 1;", "mod inline { use super::x; }", "// a thought", "pub struct A;"] {
        assert!(scan::not_a_door_plate(&format!("{plate}{stranger}")).is_some(), "{stranger}");
    }
}
