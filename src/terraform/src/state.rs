//! States: `terraform.tfstate` as it lies on disk (version 4, and version 3, which the exporter writes), and
//! `terraform show -json` of one.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Source;
use super::error::{CxError, broken};
use super::flat;
use super::meta::Ignored;
use super::node::{Kept, Node};
use super::object::{Action, Object, Type};

/// The version of the file that Terraform writes since 0.12.
const VERSION: u64 = 4;
/// The version before, which the exporter still writes and leaves to the Terraform CLI to lift.
const FLAT_VERSION: u64 = 3;
/// Why a value that Terraform marks as sensitive is not there.
pub(super) const SENSITIVE: &str = "it is marked sensitive, and was dropped";
/// Modules nest this deep at most.
const DEEPEST: usize = 64;

#[derive(Deserialize)]
struct Raw<'a> {
    version: u64,
    #[serde(borrow, default)]
    resources: Vec<RawResource<'a>>,
}

#[derive(Deserialize)]
struct RawResource<'a> {
    #[serde(default)]
    module: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(borrow)]
    instances: &'a RawValue,
}

#[derive(Deserialize)]
struct Instance<'a> {
    #[serde(default)]
    index_key: Option<serde_json::Value>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    /// Instead of the attributes, in what was lifted from version 3 and not written by a provider since.
    #[serde(default)]
    attributes_flat: Node,
    #[serde(default)]
    sensitive_attributes: Node,
    #[serde(default)]
    deposed: Option<String>,
}

/// Reads a `terraform.tfstate`.
///
/// # Errors
/// When it is of another version, or not built as a state is.
pub(super) fn read_raw(path: &Path, text: &str, mut source: Source) -> Result<Source, CxError> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    let version = serde_json::from_str::<Version>(text).map_err(|error| broken(path, &error))?.version;
    match version {
        VERSION => {}
        FLAT_VERSION => return read_flat(path, text, source),
        _ => {
            let help = if version < FLAT_VERSION {
                "lift it with `terraform state replace-provider registry.terraform.io/-/genesyscloud \
                 registry.terraform.io/mypurecloud/genesyscloud`, or give what `terraform state pull` prints"
            } else {
                "give the output of `terraform show -json` instead"
            };
            return Err(CxError::Version {
                path: path.to_owned(),
                what: format!("a state of version {version}, and only versions {FLAT_VERSION} and {VERSION} are read"),
                help: help.to_owned(),
            });
        }
    }
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    debug_assert_eq!(raw.version, VERSION);
    for resource in raw.resources {
        let Some(kind) = Type::named(&resource.kind) else {
            source.others += 1;
            continue;
        };
        let instances: Vec<Instance<'_>> =
            serde_json::from_str(resource.instances.get()).map_err(|error| broken(path, &error))?;
        for instance in instances {
            // What Terraform has put aside to destroy is no longer what the configuration stands for.
            if instance.deposed.is_some() {
                continue;
            }
            let module = resource.module.as_ref().map(|module| format!("{module}.")).unwrap_or_default();
            let is_data = resource.mode == "data";
            let data = if is_data { "data." } else { "" };
            let index = instance.index_key.map(|key| format!("[{key}]")).unwrap_or_default();
            let address = format!("{module}{data}{}.{}{index}", resource.kind, resource.name);
            let mut node = match (instance.attributes, instance.attributes_flat) {
                (Some(values), _) => attributes(kind, Some(values)),
                (None, Node::Null) => {
                    source.not_known(&address, "object", NO_ATTRIBUTES);
                    continue;
                }
                (None, flat) => flat::rebuilt(kind, flat),
            };
            drop_sensitive(&mut node, &instance.sensitive_attributes);
            push(&mut source, address, kind, is_data, node);
        }
    }
    Ok(source.finish())
}

/// Why an object of a state is not known.
const NO_ATTRIBUTES: &str = "the state holds no attributes of it";

#[derive(Deserialize)]
struct FlatState {
    #[serde(default)]
    modules: Vec<FlatModule>,
}

#[derive(Deserialize)]
struct FlatModule {
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    resources: BTreeMap<String, FlatResource>,
}

#[derive(Deserialize)]
struct FlatResource {
    #[serde(rename = "type")]
    kind: String,
    /// Missing where Terraform has put all instances aside to destroy.
    #[serde(default)]
    primary: Option<FlatInstance>,
}

#[derive(Deserialize)]
struct FlatInstance {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    attributes: Node,
}

/// Reads a state of version 3.
///
/// # Errors
/// When it is not built as a state is.
fn read_flat(path: &Path, text: &str, mut source: Source) -> Result<Source, CxError> {
    let state: FlatState = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    for module in state.modules {
        // The path begins with the word `root`.
        let prefix: String = module.path.iter().skip(1).map(|name| format!("module.{name}.")).collect();
        for (key, resource) in module.resources {
            let Some(kind) = Type::named(&resource.kind) else {
                source.others += 1;
                continue;
            };
            let Some(instance) = resource.primary else { continue };
            // What was made with `count` has its number behind the name.
            let parts = key.strip_prefix("data.").unwrap_or(&key).split('.').count();
            let key = match key.rsplit_once('.').filter(|_| parts > 2) {
                Some((name, index)) if index.parse::<u32>().is_ok() => format!("{name}[{index}]"),
                _ => key,
            };
            let address = format!("{prefix}{key}");
            if instance.attributes == Node::Null {
                source.not_known(&address, "object", NO_ATTRIBUTES);
                continue;
            }
            let mut node = flat::rebuilt(kind, instance.attributes);
            if let (Node::Fields(fields), Some(id)) = (&mut node, instance.id) {
                fields.entry("id".to_owned()).or_insert(Node::Text(id));
            }
            push(&mut source, address, kind, key.starts_with("data."), node);
        }
    }
    Ok(source.finish())
}

/// Paths of what is sensitive, as lists of steps: the attribute that the first step names is dropped whole.
fn drop_sensitive(node: &mut Node, paths: &Node) {
    for path in paths.items().known().unwrap_or_default() {
        let first = path.items().known().and_then(<[Node]>::first).unwrap_or(path);
        let name = first.get("value").text().known().or_else(|| first.text().known());
        let mask = match name {
            Some(name) => Node::Fields([(name.to_owned(), Node::Bool(true))].into()),
            // A path that cannot be read could lead anywhere.
            None => Node::Bool(true),
        };
        if let (Node::Fields(fields), Some(name)) = (&*node, name)
            && !fields.contains_key(name)
        {
            continue;
        }
        node.mask(&mask, SENSITIVE);
    }
}

#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(default)]
    format_version: Option<String>,
    #[serde(borrow, default)]
    values: Option<Values<'a>>,
}

/// The objects of a state or of a plan's outcome.
#[derive(Deserialize)]
pub(super) struct Values<'a> {
    #[serde(borrow, default)]
    root_module: Option<Module<'a>>,
}

#[derive(Default, Deserialize)]
struct Module<'a> {
    #[serde(borrow, default)]
    resources: Vec<Resource<'a>>,
    // Taken apart one by one, so that nesting without end cannot exhaust the stack.
    #[serde(borrow, default)]
    child_modules: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    pub(super) address: String,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    #[serde(default)]
    sensitive_values: Node,
}

impl Resource<'_> {
    /// Its type, whether it is a data source, and its attributes; `None` for other types.
    pub(super) fn parse(&self) -> Option<(Type, bool, Node)> {
        let kind = Type::named(&self.kind)?;
        let mut node = attributes(kind, self.values);
        node.mask(&self.sensitive_values.only(&node), SENSITIVE);
        Some((kind, self.mode == "data", node))
    }
}

impl<'a> Values<'a> {
    /// Every object of every module.
    ///
    /// # Errors
    /// When a module is not built as one, or lies too deep.
    pub(super) fn resources(self, path: &Path) -> Result<Vec<Resource<'a>>, CxError> {
        let mut found = Vec::new();
        let mut open = vec![(self.root_module.unwrap_or_default(), 0)];
        while let Some((module, depth)) = open.pop() {
            found.extend(module.resources);
            for child in module.child_modules {
                if depth >= DEEPEST {
                    return Err(CxError::NotASource {
                        path: path.to_owned(),
                        what: format!("its modules nest deeper than {DEEPEST}"),
                        help: "give the state of a smaller workspace".to_owned(),
                    });
                }
                let child: Module<'a> = serde_json::from_str(child.get()).map_err(|error| broken(path, &error))?;
                open.push((child, depth + 1));
            }
        }
        Ok(found)
    }
}

/// Reads `terraform show -json` of a state.
///
/// # Errors
/// When it is not built as one, or of an unknown format.
pub(super) fn read_shown(path: &Path, text: &str, mut source: Source) -> Result<Source, CxError> {
    let shown: Shown<'_> = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    check_format(path, shown.format_version.as_deref())?;
    for resource in shown.values.map(|values| values.resources(path)).transpose()?.unwrap_or_default() {
        match resource.parse() {
            Some((kind, is_data, node)) => push(&mut source, resource.address, kind, is_data, node),
            None => source.others += 1,
        }
    }
    Ok(source.finish())
}

/// The format of `terraform show -json`: 0.x and 1.x are alike in all that is read.
///
/// # Errors
/// When it is of another one.
pub(super) fn check_format(path: &Path, version: Option<&str>) -> Result<(), CxError> {
    match version.map(|version| version.split('.').next().unwrap_or(version)) {
        None | Some("0" | "1") => Ok(()),
        Some(_) => Err(CxError::Version {
            path: path.to_owned(),
            what: "of a format of `terraform show -json` that is not known here (0.x and 1.x are)".to_owned(),
            help: "use an older Terraform, or a newer rolecall".to_owned(),
        }),
    }
}

/// The attributes of an object, without its secrets.
pub(super) fn attributes(kind: Type, values: Option<&RawValue>) -> Node {
    let kept = Kept { attributes: Some(kind.attributes()) };
    let unread = || Node::NotKnown("it cannot be parsed".to_owned());
    values.map_or(Node::Null, |values| kept.read(values.get()).unwrap_or_else(unread))
}

fn push(source: &mut Source, address: String, kind: Type, is_data: bool, node: Node) {
    source.objects.push(Object {
        address,
        kind,
        action: if is_data { Action::Read } else { Action::Declare },
        id: node.get("id").text().known().map(str::to_owned),
        before: Node::Null,
        after: node,
        ignored: Ignored::default(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_something_sensitive_drops_the_attribute_whole() {
        let mut node = Kept::ALL.read(r#"{"name":"x","roles":[{"role_id":"hush"}]}"#).unwrap();
        let paths = r#"[[{"type":"get_attr","value":"roles"},{"type":"index","value":{"value":0}}],[{"type":"get_attr","value":"else"}]]"#;
        drop_sensitive(&mut node, &Kept::ALL.read(paths).unwrap());
        assert!(!format!("{node:?}").contains("hush"));
        assert_eq!(node.get("name"), &Node::Text("x".to_owned()));
        assert_eq!(node.get("else"), &Node::Null);
    }
}
