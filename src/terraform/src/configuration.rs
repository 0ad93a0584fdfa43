//! Exported configuration: its objects, with every reference followed that can be followed.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Source;
use super::error::{CxError, broken};
use super::expression::{self, TemplatePart, quoted, shown, split_template, steps};
use super::meta::{self, Ignored, Repeated};
use super::node::{Kept, Node, Stated, may_be_secret};
use super::object::{Action, Object, Type};
use super::variables::Values;

/// References are followed this far: what goes farther leads back to itself.
const DEEPEST: usize = 24;
/// And no more than this many in all, so that references to references cannot multiply without end.
const MOST_STEPS: usize = 1_000_000;

/// One file of a configuration.
#[derive(Debug)]
pub(super) struct Document {
    path: PathBuf,
    objects: Vec<Declared>,
    others: Vec<String>,
    variables: Vec<(String, Variable)>,
    locals: Vec<(String, Node)>,
    modules: Vec<String>,
    imports: Vec<Import>,
    removed: Vec<Removed>,
}

#[derive(Debug)]
struct Declared {
    address: String,
    kind: Type,
    is_data: bool,
    node: Node,
    lifecycle: Node,
    count: Node,
    for_each: Node,
}

#[derive(Debug)]
struct Variable {
    default: Option<Node>,
    is_sensitive: bool,
}

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variable: Option<&'a RawValue>,
    #[serde(borrow, default)]
    locals: Option<&'a RawValue>,
    #[serde(borrow, default)]
    module: Option<&'a RawValue>,
    #[serde(default)]
    import: Node,
    #[serde(default)]
    removed: Node,
}

/// An object that an apply takes over, with the id it has in the org.
#[derive(Debug)]
struct Import {
    to: String,
    id: Node,
}

/// An object that an apply destroys.
#[derive(Debug)]
struct Removed {
    address: String,
    kind: Type,
}

/// The fields of an object, or of several in a list, which Terraform takes as one; doubles stay.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Pairs(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(Pairs(more)) = items.next_element()? {
                    pairs.extend(more);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_any(Of)
    }
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not built as a configuration is.
    pub(super) fn read(path: PathBuf, text: &str) -> Result<Self, CxError> {
        let parse = || -> Result<(Vec<Declared>, Vec<String>, Top<'_>), serde_json::Error> {
            let top: Top<'_> = serde_json::from_str(text)?;
            let (mut objects, mut others) = (Vec::new(), Vec::new());
            for (block, is_data) in [(top.resource, false), (top.data, true)] {
                for (name, labels) in pairs(block)? {
                    for (label, body) in pairs(Some(labels))? {
                        let prefix = if is_data { "data." } else { "" };
                        let address = format!("{prefix}{name}.{label}");
                        let Some(kind) = Type::named(&name) else {
                            others.push(address);
                            continue;
                        };
                        objects.push(declared(address, kind, is_data, body));
                    }
                }
            }
            Ok((objects, others, top))
        };
        let (objects, others, top) = parse().map_err(|error| broken(&path, &error))?;
        let rest = || -> Result<_, serde_json::Error> {
            let mut variables = Vec::new();
            for (name, body) in pairs(top.variable)? {
                let body = Kept { attributes: Some(&["default", "sensitive"]) }.read(body.get()).unwrap_or(Node::Null);
                let body = alone(body);
                let default = match body.get("default") {
                    Node::Null => None,
                    value => Some(value.clone()),
                };
                let is_sensitive = !matches!(body.get("sensitive").boolean(), Stated::Is(false) | Stated::LeftOut);
                let is_sensitive = is_sensitive || may_be_secret(&name);
                variables.push((name, Variable { default: default.filter(|_| !is_sensitive), is_sensitive }));
            }
            let mut locals = Vec::new();
            for (name, value) in pairs(top.locals)? {
                if !may_be_secret(&name) {
                    locals.push((name, Kept::ALL.read(value.get()).unwrap_or(Node::Null)));
                }
            }
            let modules = pairs(top.module)?.into_iter().map(|(name, _)| name).collect();
            Ok((variables, locals, modules))
        };
        let (variables, locals, modules) = rest().map_err(|error| broken(&path, &error))?;
        let (imports, removed) = (imports(&top.import), removed(&top.removed));
        Ok(Self { path, objects, others, variables, locals, modules, imports, removed })
    }
}

fn pairs(block: Option<&RawValue>) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    let Some(block) = block else { return Ok(Vec::new()) };
    Ok(serde_json::from_str::<Pairs<'_>>(block.get())?.0)
}

fn declared(address: String, kind: Type, is_data: bool, body: &RawValue) -> Declared {
    let mut kept = kind.attributes().to_vec();
    kept.extend(meta::WORDS);
    let unread = || Node::NotKnown("it cannot be parsed".to_owned());
    let mut node = alone(Kept { attributes: Some(&kept) }.read(body.get()).unwrap_or_else(unread));
    let mut word = |name: &str| match &mut node {
        Node::Fields(fields) => fields.remove(name).unwrap_or_default(),
        _ => Node::Null,
    };
    let (lifecycle, count, for_each) = (word("lifecycle"), word("count"), word("for_each"));
    meta::open_dynamic(&mut node, 0);
    if let Node::Fields(fields) = &mut node {
        fields.retain(|name, _| kind.attributes().contains(&name.as_str()));
    }
    Declared { address, kind, is_data, node, lifecycle, count, for_each }
}

fn imports(blocks: &Node) -> Vec<Import> {
    let blocks = blocks.items().known().unwrap_or_default().iter();
    blocks.filter_map(|block| Some(Import { to: plain(block.get("to"))?, id: block.get("id").clone() })).collect()
}

fn removed(blocks: &Node) -> Vec<Removed> {
    let blocks = blocks.items().known().unwrap_or_default().iter();
    let destroys = |block: &&Node| {
        let lifecycle = alone(block.get("lifecycle").clone());
        lifecycle.get("destroy").boolean() != Stated::Is(false)
    };
    let removed = blocks.filter(destroys).filter_map(|block| {
        let address = plain(block.get("from"))?;
        let kind = address.split('.').find_map(Type::named)?;
        Some(Removed { address, kind })
    });
    removed.collect()
}

/// An address, bare or in `${}`.
fn plain(node: &Node) -> Option<String> {
    let text = node.text().known()?.trim();
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    Some(inner.unwrap_or(text).trim().to_owned())
}

/// A body may be written as a list of one.
fn alone(node: Node) -> Node {
    match node {
        Node::List(mut items) if items.len() == 1 => items.pop().unwrap_or(Node::Null),
        other => other,
    }
}

/// Puts the files of a configuration together.
///
/// # Errors
/// When an object is declared twice.
pub(super) fn read(documents: &mut Vec<Document>, values: &Values, mut source: Source) -> Result<Source, CxError> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for document in documents.iter() {
        for address in document.objects.iter().map(|object| &object.address).chain(&document.others) {
            if let Some(first) = seen.insert(address, &document.path) {
                return Err(CxError::Twice {
                    address: address.clone(),
                    first: first.to_owned(),
                    second: document.path.clone(),
                });
            }
        }
    }
    drop(seen);
    let mut scope = Scope { values: Some(values), ..Scope::default() };
    let mut imports = Vec::new();
    for document in documents.drain(..) {
        source.others += document.others.len();
        scope.others.extend(document.others);
        scope.variables.extend(document.variables);
        scope.locals.extend(document.locals);
        imports.extend(document.imports);
        source.objects.extend(document.removed.into_iter().map(|removed| Object {
            address: removed.address,
            kind: removed.kind,
            action: Action::Delete,
            id: None,
            before: Node::Null,
            after: Node::Null,
            ignored: Ignored::default(),
        }));
        for module in document.modules {
            let why =
                "what a called module declares is not read here: give `terraform show -json` of a plan or a state";
            source.not_known(&format!("module.{module}"), "object", why);
        }
        for object in document.objects {
            scope.objects.insert(object.address.clone(), object);
        }
    }
    for object in scope.objects.values() {
        match meta::repeated(&scope.resolved(&object.count, 0), &scope.resolved(&object.for_each, 0)) {
            Repeated::Once => {}
            Repeated::Never => {
                source.left_out += 1;
                source.notes.push(format!("{}: left out, since it stands for no object", object.address));
                continue;
            }
            Repeated::NotKnown(word) => {
                let why = format!("it stands for a number of objects (`{word}`), which only a plan or a state holds");
                source.not_known(&object.address, "object", why);
                continue;
            }
        }
        let after = scope.resolved(&object.node, 0);
        let import = imports.iter().find(|import| import.to == object.address);
        let imported = import.and_then(|import| scope.resolved(&import.id, 0).text().known().map(str::to_owned));
        source.objects.push(Object {
            address: object.address.clone(),
            kind: object.kind,
            action: if object.is_data { Action::Read } else { Action::Declare },
            id: after.get("id").text().known().map(str::to_owned).or(imported),
            before: Node::Null,
            after,
            ignored: Ignored::of(&object.lifecycle),
        });
    }
    if source.objects.iter().any(|object| object.kind == Type::Role && object.action == Action::Declare) {
        source.notes.push(
            "an export does not hold which named resources a role is limited to, nor TEAM operands of its conditions"
                .to_owned(),
        );
    }
    Ok(source.finish())
}

/// Everything that a reference can lead to.
#[derive(Default)]
struct Scope<'v> {
    objects: BTreeMap<String, Declared>,
    others: BTreeSet<String>,
    variables: BTreeMap<String, Variable>,
    locals: BTreeMap<String, Node>,
    values: Option<&'v Values>,
    steps: Cell<usize>,
}

impl Scope<'_> {
    fn resolved(&self, node: &Node, depth: usize) -> Node {
        match node {
            Node::Text(text) => self.text(text, depth),
            Node::List(items) => Node::List(items.iter().map(|item| self.resolved(item, depth)).collect()),
            Node::Fields(fields) => {
                Node::Fields(fields.iter().map(|(name, value)| (name.clone(), self.resolved(value, depth))).collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str, depth: usize) -> Node {
        if is_bare_reference(text) {
            return self.expression(text, depth);
        }
        let parts = match split_template(text) {
            Ok(parts) => parts,
            Err(why) => return Node::NotKnown(why),
        };
        if let [TemplatePart::Expression(expression)] = parts.as_slice() {
            return self.expression(expression, depth);
        }
        let mut joined = String::new();
        for piece in &parts {
            match piece {
                TemplatePart::Literal(literal) => joined.push_str(literal),
                TemplatePart::Expression(expression) => match self.expression(expression, depth) {
                    Node::Text(text) => joined.push_str(&text),
                    Node::Number(number) => joined.push_str(&number.to_string()),
                    Node::Bool(value) => joined.push_str(&value.to_string()),
                    Node::NotKnown(why) => return Node::NotKnown(why),
                    Node::Null | Node::List(_) | Node::Fields(_) => {
                        return Node::NotKnown(format!("`{}` is not a text", shown(expression)));
                    }
                },
            }
        }
        Node::Text(joined)
    }

    fn expression(&self, expression: &str, depth: usize) -> Node {
        self.steps.set(self.steps.get() + 1);
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            return Node::NotKnown(format!("`{}` leads back to itself", shown(expression)));
        }
        if let Some(text) = quoted(expression) {
            return Node::Text(text);
        }
        let Some(steps) = steps(expression) else {
            return Node::NotKnown(format!("`{}` is not worked out", shown(expression)));
        };
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["var", name, path @ ..] => along(self.variable(name, depth), path, expression),
            ["local", name, path @ ..] => match self.locals.get(*name) {
                Some(value) => along(self.resolved(value, depth + 1), path, expression),
                None => Node::NotKnown(format!("there is no `local.{name}` in the source")),
            },
            ["data", kind, label, path @ ..] if kind.starts_with("genesyscloud_") => {
                self.object(&format!("data.{kind}.{label}"), path, expression, depth)
            }
            [kind, label, path @ ..] if kind.starts_with("genesyscloud_") => {
                self.object(&format!("{kind}.{label}"), path, expression, depth)
            }
            ["module", name, ..] => Node::NotKnown(format!(
                "`{}` comes from module `{name}`, which is not read here: give `terraform show -json` of a plan",
                shown(expression)
            )),
            _ => Node::NotKnown(format!("`{}` is not worked out", shown(expression))),
        }
    }

    fn variable(&self, name: &str, depth: usize) -> Node {
        let declared = self.variables.get(name);
        if declared.is_some_and(|variable| variable.is_sensitive) {
            return Node::NotKnown(format!("variable `{name}` is sensitive, and was dropped"));
        }
        let given = self.values.and_then(|values| values.get(name));
        match given.or_else(|| declared.and_then(|variable| variable.default.as_ref())) {
            Some(Node::NotKnown(why)) => Node::NotKnown(format!("variable `{name}`: {why}")),
            Some(value) => self.resolved(value, depth + 1),
            None => Node::NotKnown(format!("variable `{name}` has no value in the source")),
        }
    }

    fn object(&self, address: &str, path: &[&str], expression: &str, depth: usize) -> Node {
        match (self.objects.get(address), path) {
            // What is made with `count = 1` is the first of one.
            (Some(object), ["0", rest @ ..]) if object.count != Node::Null => {
                self.object(&object.address, rest, expression, depth + 1)
            }
            // What has no id yet goes by its address.
            (Some(object), ["id"]) => match self.resolved(object.node.get("id"), depth + 1) {
                Node::Text(id) => Node::Text(id),
                _ => Node::Text(address.to_owned()),
            },
            (Some(object), [name, rest @ ..]) => match object.node.get(name) {
                Node::Null => Node::NotKnown(format!("`{}` is not in the source", shown(expression))),
                value => along(self.resolved(value, depth + 1), rest, expression),
            },
            (Some(_), []) => Node::NotKnown(format!("`{}` is a whole object", shown(expression))),
            (None, _) if self.others.contains(address) => {
                Node::NotKnown(format!("`{}` is not read: only the org knows it", shown(expression)))
            }
            (None, _) => Node::NotKnown(format!("refers to `{address}`, which is not in the source")),
        }
    }
}

fn along(node: Node, path: &[&str], expression: &str) -> Node {
    let mut at = &node;
    for step in path {
        at = match at {
            Node::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)).unwrap_or(&Node::Null),
            other => other.get(step),
        };
    }
    match at {
        Node::Null if !path.is_empty() => Node::NotKnown(format!("`{}` leads to nothing", shown(expression))),
        found => found.clone(),
    }
}

/// Old exports wrote references without `${}`.
fn is_bare_reference(text: &str) -> bool {
    let rest = text.strip_prefix("data.").unwrap_or(text);
    rest.starts_with("genesyscloud_")
        && rest.ends_with(".id")
        && expression::steps(rest).is_some_and(|steps| steps.len() == 3)
}
