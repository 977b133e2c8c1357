//! What modules use of each other: at the top of a crate only what stands above in `lib.rs`, deeper down no
//! circle between neighbours.
//!
//! Unit tests (`foo/tests.rs`) may use everything. A module and those nested in it are one idea, so the use of
//! a parent's items is not an edge.
//! Invariant: a file belongs to the module that its path names, as the house's module form has it.
//! Not here: what stands inside functions' bodies beyond paths.

use std::collections::{BTreeMap, BTreeSet};

use super::Source;
use super::code::{used_paths, without_comments_and_literals};

/// `(crate, module that uses, module below that it may use)`. Each needs a reason in ARCHITECTURE.md.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

/// One file as a module.
struct Module {
    file: String,
    /// `["heap", "sweep"]` for `src/heap/sweep.rs`.
    path: Vec<String>,
    code: String,
}

/// All complaints about all crates that have a `lib.rs`.
pub fn order_and_circles(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for root in sources.iter().filter(|source| source.path.ends_with("/src/lib.rs")) {
        let name = root.path.trim_end_matches("/src/lib.rs");
        let folder = format!("{name}/src/");
        let modules: Vec<Module> = sources
            .iter()
            .filter(|source| source.is_rust() || source.path.ends_with(".lalrpop"))
            .filter(|source| source.path.starts_with(&folder))
            .filter_map(|source| module(source, &folder))
            .collect();
        let main = sources.iter().find(|source| source.path == format!("{folder}main.rs"));
        check_crate(name, &root.text, main.map_or("", |main| &main.text), &modules, &mut complaints);
    }
    // A group of imports says the same thing once for each name.
    complaints.dedup();
    complaints
}

/// Crate roots, extra binaries and unit tests are no modules in this sense.
fn module(source: &Source, folder: &str) -> Option<Module> {
    let name = source.path.strip_prefix(folder)?.trim_end_matches(".rs").trim_end_matches(".lalrpop");
    let path: Vec<String> = name.split('/').map(str::to_string).collect();
    let is_root = path == ["lib"] || path == ["main"] || path[0] == "bin";
    let is_test = path.iter().any(|part| part == "tests");
    let code = without_comments_and_literals(&source.text);
    (!is_root && !is_test).then(|| Module { file: source.path.clone(), path, code })
}

fn check_crate(name: &str, root: &str, main: &str, modules: &[Module], complaints: &mut Vec<String>) {
    let root_code = without_comments_and_literals(root);
    let order = declared(&root_code);
    let main_order = declared(&without_comments_and_literals(main));
    let exports = exports(&root_code, &order);
    let macros = macros(modules);
    let position = |module: &str| order.iter().position(|listed| listed == module);
    // For every parent: which child uses which of its neighbours.
    let mut edges: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for module in modules {
        let top = &module.path[0];
        let Some(own) = position(top) else {
            if !main_order.contains(top) {
                complaints.push(format!("{}: no module lists it", module.file));
            }
            continue;
        };
        for used in used_paths(&module.code) {
            let Some(target) = resolve(module, used.supers, &used.segments, &order, &exports, &macros) else {
                continue;
            };
            if let Some(other) = position(&target[0])
                && other > own
                && !EXCEPTIONS.contains(&(name, top.as_str(), target[0].as_str()))
            {
                let what = &target[0];
                complaints.push(format!(
                    "{}:{}: {top} uses {what}, which stands below it in lib.rs",
                    module.file, used.line
                ));
            }
            let shared = module.path.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if shared > 0
                && let (Some(from), Some(to)) = (module.path.get(shared), target.get(shared))
                && modules
                    .iter()
                    .any(|other| other.path.len() > shared && other.path[..=shared] == target[..=shared])
            {
                let parent = module.path[..shared].to_vec();
                edges.entry(parent).or_default().entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    for (parent, graph) in &edges {
        if let Some(circle) = circle(graph) {
            complaints.push(format!("{name}/src/{}: a circle: {}", parent.join("/"), circle.join(" -> ")));
        }
    }
}

/// The absolute path of a used path; none when it leads nowhere that matters.
fn resolve(
    module: &Module,
    supers: usize,
    segments: &[String],
    order: &[String],
    exports: &BTreeMap<String, String>,
    macros: &BTreeMap<String, String>,
) -> Option<Vec<String>> {
    if supers > module.path.len() {
        return None;
    }
    let mut path = if supers == 0 { Vec::new() } else { module.path[..module.path.len() - supers].to_vec() };
    let at_root = path.is_empty();
    path.extend_from_slice(segments);
    let first = path.first()?;
    if at_root && !order.contains(first) {
        let owner = exports.get(first).or_else(|| macros.get(first))?;
        return Some(vec![owner.clone()]);
    }
    Some(path)
}

/// The modules that a root declares, in order; a grammar is a module like any other.
fn declared(code: &str) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (at, _) in code.match_indices("mod ") {
        let before = code[..at].chars().next_back();
        let rest = &code[at + "mod ".len()..];
        if let Some(end) = rest.find([';', '{'])
            && rest.as_bytes()[end] == b';'
            && before.is_none_or(char::is_whitespace)
        {
            found.push((at, rest[..end].trim().to_string()));
        }
    }
    for (at, mark) in code.match_indices("lalrpop_mod!(") {
        let arguments = code[at + mark.len()..].split(");").next().unwrap_or("");
        if let Some(name) =
            arguments.split(|c: char| !c.is_alphanumeric() && c != '_').rfind(|name| !name.is_empty())
        {
            found.push((at, name.to_string()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

/// What the root re-exports: name to module.
fn exports(code: &str, order: &[String]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (at, _) in code.match_indices("use ") {
        let tree = code[at + 4..].split(';').next().unwrap_or("");
        let tree = tree.trim_start_matches("crate::").trim_start_matches("self::");
        let Some((module, names)) = tree.split_once("::") else { continue };
        if order.iter().any(|listed| listed == module.trim()) {
            for name in
                names.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
            {
                found.insert(name.to_string(), module.trim().to_string());
            }
        }
    }
    found
}

/// Where the crate's macros are made: `name!` to top module.
fn macros(modules: &[Module]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for module in modules {
        for (at, mark) in module.code.match_indices("macro_rules! ") {
            let name: String = module.code[at + mark.len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.insert(format!("{name}!"), module.path[0].clone());
        }
    }
    found
}

/// A circle in a small graph, as the row of names that closes it.
fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut finished = BTreeSet::new();
    for start in graph.keys() {
        let mut trail = Vec::new();
        if visit(graph, start, &mut trail, &mut finished) {
            return Some(trail);
        }
    }
    None
}

fn visit(
    graph: &BTreeMap<String, BTreeSet<String>>,
    node: &String,
    trail: &mut Vec<String>,
    finished: &mut BTreeSet<String>,
) -> bool {
    if let Some(at) = trail.iter().position(|seen| seen == node) {
        trail.drain(..at);
        trail.push(node.clone());
        return true;
    }
    if finished.contains(node) {
        return false;
    }
    trail.push(node.clone());
    for next in graph.get(node).into_iter().flatten() {
        if next != node && visit(graph, next, trail, finished) {
            return true;
        }
    }
    trail.pop();
    finished.insert(node.clone());
    false
}
