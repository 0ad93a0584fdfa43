//! What a plan knows only after the apply, but whose origin its configuration shows: the id of an object that the same
//! plan makes.
//!
//! Only plain references are followed. Where it is not certain which one belongs where, the value stays open.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::expression::steps;
use super::node::{Node, may_be_secret};
use super::object::{Action, Object};

/// Modules are followed this deep.
const DEEPEST: usize = 32;

/// The configuration inside a plan, as far as references go.
#[derive(Default, Deserialize)]
pub(super) struct Configuration {
    #[serde(default)]
    root_module: Module,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: Vec<Resource>,
    module_calls: BTreeMap<String, Call>,
    outputs: BTreeMap<String, Output>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call {
    expressions: BTreeMap<String, Node>,
    module: Module,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    expression: Node,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    address: String,
    expressions: BTreeMap<String, Node>,
}

/// The attributes that hold ids of others, with the block they stand in where there is one.
const IDS: [(Option<&str>, &str); 7] = [
    (None, "user_id"),
    (None, "group_id"),
    (None, "division_id"),
    (None, "member_ids"),
    (Some("roles"), "role_id"),
    (Some("roles"), "division_id"),
    (Some("roles"), "division_ids"),
];

/// Puts the addresses of objects that the plan makes where their ids will be.
pub(super) fn fill(objects: &mut [Object], configuration: &Configuration) {
    // The keys by which a configuration address is reached; several where it stands for several objects.
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects.iter().filter(|object| !matches!(object.action, Action::Delete | Action::Forget)) {
        known.entry(without_indexes(&object.address)).or_default().push(object.key().to_owned());
        if without_indexes(&object.address) != object.address {
            known.entry(object.address.clone()).or_default().push(object.key().to_owned());
        }
    }
    for object in objects.iter_mut().filter(|object| !matches!(object.action, Action::Delete | Action::Forget)) {
        let (modules, own) = split(&object.address);
        let Some(chain) = chain(configuration, &modules) else { continue };
        let Some(module) = chain.last() else { continue };
        let own = without_indexes(&own);
        let Some(resource) = module.module.resources.iter().find(|resource| resource.address == own) else { continue };
        let follow = |expression: &Node| references(expression, &chain, &known);
        for (block, attribute) in IDS {
            let Node::Fields(fields) = &mut object.after else { continue };
            match block {
                None => {
                    if let (Some(value), Some(expression)) =
                        (fields.get_mut(attribute), resource.expressions.get(attribute))
                    {
                        put(value, attribute.ends_with('s'), &follow(expression));
                    }
                }
                Some(block) => {
                    let (Some(Node::List(items)), Some(expression)) =
                        (fields.get_mut(block), resource.expressions.get(block))
                    else {
                        continue;
                    };
                    blocks(items, expression, attribute, &follow);
                }
            }
        }
    }
}

fn put(value: &mut Node, is_list: bool, found: &Option<Vec<String>>) {
    let Some(found) = found else { return };
    match value {
        Node::NotKnown(_) if is_list => *value = Node::List(found.iter().cloned().map(Node::Text).collect()),
        Node::NotKnown(_) => {
            if let [one] = found.as_slice() {
                *value = Node::Text(one.clone());
            }
        }
        // A set of which some are known: what is open are the references that are not among the known.
        Node::List(items) if is_list => {
            let known: BTreeSet<String> =
                items.iter().filter_map(|item| item.text().known().map(str::to_owned)).collect();
            let rest: Vec<&String> = found.iter().filter(|id| !known.contains(*id)).collect();
            let open = items.iter().filter(|item| matches!(item, Node::NotKnown(_))).count();
            if open == rest.len() && known.len() + rest.len() == found.len() {
                let mut rest = rest.into_iter();
                for item in items.iter_mut().filter(|item| matches!(item, Node::NotKnown(_))) {
                    if let Some(id) = rest.next() {
                        *item = Node::Text(id.clone());
                    }
                }
            }
        }
        _ => {}
    }
}

/// Blocks of a set have no order: a reference is put in only where every way to put them gives the same.
fn blocks(items: &mut [Node], expression: &Node, attribute: &str, follow: &dyn Fn(&Node) -> Option<Vec<String>>) {
    let Node::List(written) = expression else { return };
    let is_list = attribute.ends_with('s');
    if let ([item], [block]) = (&mut *items, written.as_slice()) {
        if let (Node::Fields(fields), Some(found)) = (item, follow(block.get(attribute))) {
            let Some(value) = fields.get_mut(attribute) else { return };
            put(value, is_list, &Some(found));
        }
        return;
    }
    let is_open = |item: &Node| matches!(item.get(attribute), Node::NotKnown(_));
    let open: Vec<usize> = items.iter().enumerate().filter(|(_, item)| is_open(item)).map(|(at, _)| at).collect();
    if is_list || open.is_empty() || written.len() != items.len() {
        return;
    }
    let known: BTreeSet<String> =
        items.iter().filter_map(|item| item.get(attribute).text().known().map(str::to_owned)).collect();
    let mut wanted = Vec::new();
    for block in written {
        if block.get(attribute).get("constant_value") != &Node::Null {
            continue;
        }
        match follow(block.get(attribute)).as_deref() {
            Some([one]) if known.contains(one) => {}
            Some([one]) => wanted.push((one.clone(), block)),
            _ => return,
        }
    }
    if wanted.len() != open.len() {
        return;
    }
    let others = |item: &Node| match item {
        Node::Fields(fields) => {
            let mut fields = fields.clone();
            fields.remove(attribute);
            Some(fields)
        }
        _ => None,
    };
    let alike = open.windows(2).all(|pair| match pair {
        [a, b] => items.get(*a).and_then(others) == items.get(*b).and_then(others),
        _ => true,
    });
    if !alike {
        return;
    }
    for (at, (id, _)) in open.into_iter().zip(wanted) {
        if let Some(Node::Fields(fields)) = items.get_mut(at) {
            fields.insert(attribute.to_owned(), Node::Text(id));
        }
    }
}

/// A module with the way to it: the call and the one before.
struct Link<'c> {
    prefix: String,
    call: Option<&'c Call>,
    module: &'c Module,
}

fn chain<'c>(configuration: &'c Configuration, modules: &[String]) -> Option<Vec<Link<'c>>> {
    let mut links = vec![Link { prefix: String::new(), call: None, module: &configuration.root_module }];
    for name in modules {
        let last = links.last()?;
        let call = last.module.module_calls.get(name.split('[').next().unwrap_or(name))?;
        let prefix = format!("{}module.{name}.", last.prefix);
        links.push(Link { prefix, call: Some(call), module: &call.module });
    }
    (links.len() <= DEEPEST).then_some(links)
}

/// The keys of the objects that an expression refers to by id; `None` where that is not certain.
fn references(expression: &Node, chain: &[Link<'_>], known: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let Node::List(references) = expression.get("references") else { return None };
    let texts: Vec<&str> = references.iter().filter_map(|one| one.text().known()).collect();
    // Terraform lists each reference and then its beginnings, down to the object.
    let whole: Vec<&str> = texts
        .iter()
        .filter(|text| {
            let goes_on = |other: &&str| other.strip_prefix(**text).is_some_and(|rest| rest.starts_with(['.', '[']));
            !texts.iter().any(goes_on)
        })
        .copied()
        .collect();
    let mut found = Vec::new();
    for reference in whole {
        found.push(one(reference, chain, known, 0)?);
    }
    (!found.is_empty()).then_some(found)
}

fn one(reference: &str, chain: &[Link<'_>], known: &BTreeMap<String, Vec<String>>, depth: usize) -> Option<String> {
    if depth > DEEPEST || may_be_secret(reference) {
        return None;
    }
    let link = chain.last()?;
    let steps = steps(reference)?;
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match steps.as_slice() {
        ["var", name] => {
            let (_, outer) = chain.split_last()?;
            let only = sole(link.call?.expressions.get(*name)?)?;
            one(&only, outer, known, depth + 1)
        }
        ["module", name, output] => {
            let call = link.module.module_calls.get(*name)?;
            let only = sole(&call.module.outputs.get(*output)?.expression)?;
            let mut inner: Vec<Link<'_>> = chain
                .iter()
                .map(|link| Link { prefix: link.prefix.clone(), call: link.call, module: link.module })
                .collect();
            let prefix = format!("{}module.{name}.", link.prefix);
            inner.push(Link { prefix, call: Some(call), module: &call.module });
            one(&only, &inner, known, depth + 1)
        }
        ["local" | "each" | "count" | "path" | "self", ..] => None,
        _ => {
            let address = format!("{}{}", link.prefix, reference.strip_suffix(".id")?);
            match known.get(&address)?.as_slice() {
                [key] => Some(key.clone()),
                _ => None,
            }
        }
    }
}

/// The one reference of an expression.
fn sole(expression: &Node) -> Option<String> {
    let Node::List(references) = expression.get("references") else { return None };
    let longest = references.iter().filter_map(|one| one.text().known()).max_by_key(|text| text.len())?;
    let all_its_beginnings =
        references.iter().filter_map(|one| one.text().known()).all(|text| longest.starts_with(text));
    all_its_beginnings.then(|| longest.to_owned())
}

/// The names of the modules on the way, and the rest of an address.
fn split(address: &str) -> (Vec<String>, String) {
    let (mut modules, mut rest) = (Vec::new(), address);
    while let Some(after) = rest.strip_prefix("module.") {
        let end = end_of_step(after);
        let (name, after) = after.split_at(end);
        modules.push(name.to_owned());
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    (modules, rest.to_owned())
}

/// Where the dot after a step stands: dots within `["..."]` do not count.
fn end_of_step(text: &str) -> usize {
    let mut quoted = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '.' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn without_indexes(address: &str) -> String {
    let (mut plain, mut depth, mut quoted) = (String::new(), 0usize, false);
    for sign in address.chars() {
        match sign {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(sign),
            _ => {}
        }
    }
    plain
}
