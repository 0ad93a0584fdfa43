//! Terraform's own words inside a resource block: `dynamic`, `lifecycle`, `count` and `for_each`.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{TemplatePart, split_template};
use super::node::{Node, Stated};

/// The words that are read beside the attributes of a type.
pub(super) const WORDS: [&str; 4] = ["dynamic", "lifecycle", "for_each", "count"];
/// Why a list is open.
const DYNAMIC: &str = "a `dynamic` block builds it, which only a plan or a state works out";
/// Blocks nest this deep at most.
const DEEPEST: usize = 64;

/// Puts a gap into every list that a `dynamic` block builds, at any depth, beside what stands there already.
pub(super) fn open_dynamic(node: &mut Node, depth: usize) {
    match node {
        // Nothing of the provider's nests so deep.
        _ if depth > DEEPEST => *node = Node::NotKnown("its blocks nest too deep".to_owned()),
        Node::List(items) => items.iter_mut().for_each(|item| open_dynamic(item, depth + 1)),
        Node::Fields(fields) => {
            for label in fields.remove("dynamic").map(|dynamic| labels(&dynamic)).unwrap_or_default() {
                let list = fields.entry(label).or_default();
                *list = match std::mem::take(list) {
                    Node::Null => Node::List(vec![gap()]),
                    Node::List(mut items) => {
                        items.push(gap());
                        Node::List(items)
                    }
                    block @ Node::Fields(_) => Node::List(vec![block, gap()]),
                    Node::Text(_) | Node::Bool(_) | Node::Number(_) | Node::NotKnown(_) => gap(),
                };
            }
            fields.values_mut().for_each(|value| open_dynamic(value, depth + 1));
        }
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::NotKnown(_) => {}
    }
}

fn gap() -> Node {
    Node::NotKnown(DYNAMIC.to_owned())
}

/// The blocks that are built: a field each, in one object or in several of a list.
fn labels(dynamic: &Node) -> BTreeSet<String> {
    match dynamic {
        Node::Fields(fields) => fields.keys().cloned().collect(),
        Node::List(items) => items.iter().flat_map(labels).collect(),
        _ => BTreeSet::new(),
    }
}

/// What Terraform leaves as it is once the object is there: `lifecycle.ignore_changes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ignored {
    all: bool,
    attributes: BTreeMap<String, bool>,
    /// Why it is not known what else is ignored.
    pub(super) doubt: Option<String>,
}

impl Ignored {
    /// Reads the `lifecycle` of a resource: one block, or a list of blocks.
    pub(super) fn of(lifecycle: &Node) -> Self {
        let mut ignored = Self::default();
        let blocks = match lifecycle {
            Node::List(blocks) => blocks.as_slice(),
            block => std::slice::from_ref(block),
        };
        for block in blocks {
            match block.get("ignore_changes") {
                Node::Null => {}
                Node::List(items) => items.iter().for_each(|item| ignored.add(item)),
                single => ignored.add(single),
            }
        }
        ignored
    }

    fn add(&mut self, item: &Node) {
        let open = || Some("`ignore_changes` names what is not worked out".to_owned());
        let Stated::Is(text) = item.text() else {
            self.doubt = open();
            return;
        };
        let path = match split_template(text).as_deref() {
            Ok([TemplatePart::Literal(path) | TemplatePart::Expression(path)]) => path.trim().to_owned(),
            _ => {
                self.doubt = open();
                return;
            }
        };
        // The older way to say `all` is a star.
        if path == "all" || path == "*" {
            self.all = true;
            return;
        }
        let name: String = path.chars().take_while(|sign| sign.is_alphanumeric() || "_-".contains(*sign)).collect();
        if name.is_empty() {
            self.doubt = open();
            return;
        }
        let whole = name.len() == path.len();
        let known = self.attributes.entry(name).or_default();
        *known |= whole;
    }

    /// Whether an attribute, or a part of it, is left as it is.
    pub(super) fn has(&self, attribute: &str) -> bool {
        self.all || self.attributes.contains_key(attribute)
    }

    /// Whether only a part of an attribute is left as it is.
    pub(super) fn has_part(&self, attribute: &str) -> bool {
        !self.all && self.attributes.get(attribute) == Some(&false)
    }

    /// Whether nothing is ignored.
    pub(super) fn is_nothing(&self) -> bool {
        !self.all && self.attributes.is_empty()
    }
}

/// How many objects a block stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    /// One, without an index.
    Once,
    /// None at all.
    Never,
    /// It is not known how many; the word that says so.
    NotKnown(&'static str),
}

/// Reads `count` and `for_each`, references followed.
pub(super) fn repeated(count: &Node, for_each: &Node) -> Repeated {
    match (count, for_each) {
        (Node::Null, Node::Null) => Repeated::Once,
        (Node::Null, Node::List(items)) if items.is_empty() => Repeated::Never,
        (Node::Null, Node::Fields(fields)) if fields.is_empty() => Repeated::Never,
        (Node::Null, _) => Repeated::NotKnown("for_each"),
        (count, _) if count.integer() == Stated::Is(0) => Repeated::Never,
        (count, Node::Null) if count.integer() == Stated::Is(1) => Repeated::Once,
        _ => Repeated::NotKnown("count"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Kept;

    fn node(text: &str) -> Node {
        Kept::ALL.read(text).unwrap()
    }

    #[test]
    fn list_that_a_dynamic_block_builds_has_a_gap() {
        for (text, known) in [
            (r#"{"dynamic":{"roles":{"for_each":"${var.a}","content":{}}}}"#, 0),
            (r#"{"dynamic":{"roles":[{"for_each":"${var.a}","content":{}},{"for_each":[1],"content":{}}]}}"#, 0),
            (r#"{"dynamic":[{"roles":{"for_each":"${var.a}","content":{}}}]}"#, 0),
            (r#"{"dynamic":[{"roles":{"labels":["x"],"iterator":"i"}},{"other":{}}]}"#, 0),
            (r#"{"roles":[{"role_id":"a"},{"role_id":"b"}],"dynamic":{"roles":{}}}"#, 2),
            (r#"{"roles":{"role_id":"a"},"dynamic":{"roles":{}}}"#, 1),
            (r#"{"roles":[],"dynamic":{"roles":{}}}"#, 0),
        ] {
            let mut body = node(text);
            open_dynamic(&mut body, 0);
            assert_eq!(body.get("dynamic"), &Node::Null, "{text}");
            let Node::List(items) = body.get("roles") else { panic!("{text}") };
            assert_eq!(items.len(), known + 1, "{text}");
            assert!(matches!(items.last(), Some(Node::NotKnown(_))), "{text}");
        }
    }

    #[test]
    fn dynamic_block_within_a_block_opens_that_list_alone() {
        let mut body = node(
            r#"{"name":"x","permission_policies":[{"domain":"a","conditions":{"conjunction":"AND","dynamic":{"terms":{"for_each":"${var.t}"}}}}]}"#,
        );
        open_dynamic(&mut body, 0);
        let mut doubts = Vec::new();
        body.doubts("", &mut doubts);
        let paths: Vec<&str> = doubts.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["permission_policies.conditions.terms"]);
        assert_eq!(body.get("name").text(), Stated::Is("x"));
    }

    #[test]
    fn ignored_attributes_are_read_in_every_way_to_write_them() {
        for (text, all, whole, part) in [
            (r#"{"ignore_changes":["roles"]}"#, false, true, false),
            (r#"[{"ignore_changes":["roles","scopes"]}]"#, false, true, false),
            (r#"{"ignore_changes":"all"}"#, true, true, false),
            (r#"{"ignore_changes":"${all}"}"#, true, true, false),
            (r#"{"ignore_changes":["*"]}"#, true, true, false),
            (r#"{"ignore_changes":["all"]}"#, true, true, false),
            (r#"{"ignore_changes":["${roles}"]}"#, false, true, false),
            (r#"{"ignore_changes":["roles[0]"]}"#, false, true, true),
            (r#"{"ignore_changes":["${ roles[0].role_id }"]}"#, false, true, true),
            (r#"{"ignore_changes":["roles[0]","roles"]}"#, false, true, false),
            (r#"{"ignore_changes":[]}"#, false, false, false),
            (r#"{"prevent_destroy":true,"create_before_destroy":true}"#, false, false, false),
        ] {
            let ignored = Ignored::of(&node(text));
            assert_eq!((ignored.all, ignored.has("roles"), ignored.has_part("roles")), (all, whole, part), "{text}");
            assert_eq!(ignored.has("name"), all, "{text}");
            assert_eq!(ignored.doubt, None, "{text}");
        }
        assert!(Ignored::of(&node(r#"{"ignore_changes":[["roles"]]}"#)).doubt.is_some());
        assert!(Ignored::of(&node(r#"{"ignore_changes":["${var.x}-y"]}"#)).doubt.is_some());
    }

    #[test]
    fn block_stands_for_none_one_or_an_unknown_number() {
        for (count, for_each, expected) in [
            ("null", "null", Repeated::Once),
            ("0", "null", Repeated::Never),
            ("\"0\"", "null", Repeated::Never),
            ("1", "null", Repeated::Once),
            ("2", "null", Repeated::NotKnown("count")),
            ("\"x\"", "null", Repeated::NotKnown("count")),
            ("null", "[]", Repeated::Never),
            ("null", "{}", Repeated::Never),
            ("null", "{\"a\":1}", Repeated::NotKnown("for_each")),
            ("null", "\"x\"", Repeated::NotKnown("for_each")),
        ] {
            assert_eq!(repeated(&node(count), &node(for_each)), expected, "{count} {for_each}");
        }
    }
}
