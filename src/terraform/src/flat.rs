//! Attributes as Terraform wrote them before 0.12, and as the exporter still does: one flat map of texts, in which
//! `roles.#` counts, `roles.1234.role_id` is a field of a block of a set, and `labels.%` counts the keys of a map.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::object::Type;

/// What stands for a value that is known only after an apply.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";
/// Blocks nest this deep at most.
const DEEPEST: usize = 32;

/// The attributes of an object in their ordinary form: sets and lists as lists, blocks as fields. Of a flat map that is
/// none, every attribute is not known.
pub(super) fn rebuilt(kind: Type, flat: Node) -> Node {
    let Node::Fields(flat) = flat else { return Node::NotKnown("it cannot be parsed".to_owned()) };
    let flat = Flat(flat);
    let attributes = kind.attributes().iter().map(|name| ((*name).to_owned(), flat.value(name, 0)));
    Node::Fields(attributes.filter(|(_, value)| *value != Node::Null).collect())
}

struct Flat(BTreeMap<String, Node>);

impl Flat {
    fn value(&self, path: &str, depth: usize) -> Node {
        if depth > DEEPEST {
            return Node::NotKnown("its blocks nest too deep".to_owned());
        }
        if let Some(value) = self.0.get(path) {
            return scalar(value);
        }
        let steps = self.steps(path);
        match (self.0.get(&format!("{path}.#")), self.0.get(&format!("{path}.%"))) {
            (Some(count), _) => self.list(path, steps, Some(count), depth),
            (None, Some(_)) => self.map(path),
            (None, None) if steps.is_empty() => Node::Null,
            (None, None) if steps.iter().all(|step| is_number(step)) => self.list(path, steps, None, depth),
            (None, None) => {
                let fields = steps.into_iter().map(|step| {
                    let value = self.value(&format!("{path}.{step}"), depth + 1);
                    (step.to_owned(), value)
                });
                Node::Fields(fields.collect())
            }
        }
    }

    /// The items of a list in their order, those of a set in any; with a gap where they are not as many as counted.
    fn list(&self, path: &str, steps: BTreeSet<&str>, count: Option<&Node>, depth: usize) -> Node {
        let mut steps: Vec<&str> = steps.into_iter().collect();
        steps.sort_by_key(|step| step.parse::<u64>().ok());
        let mut items: Vec<Node> = steps.iter().map(|step| self.value(&format!("{path}.{step}"), depth + 1)).collect();
        match count.map(scalar) {
            None => {}
            Some(Node::NotKnown(why)) => return Node::NotKnown(why),
            Some(count)
                if count.integer().known().and_then(|count| usize::try_from(count).ok()) == Some(items.len()) => {}
            Some(_) => items.push(Node::NotKnown("the state counts other items than it holds".to_owned())),
        }
        Node::List(items)
    }

    fn map(&self, path: &str) -> Node {
        let begins = format!("{path}.");
        let entries =
            self.0.range(begins.clone()..).map_while(|(key, value)| Some((key.strip_prefix(&begins)?, value)));
        Node::Fields(
            entries.filter(|(key, _)| *key != "%").map(|(key, value)| (key.to_owned(), scalar(value))).collect(),
        )
    }

    /// What follows a path directly, without the counts.
    fn steps(&self, path: &str) -> BTreeSet<&str> {
        let begins = format!("{path}.");
        let rest = self.0.range(begins.clone()..).map_while(|(key, _)| key.strip_prefix(&begins));
        let steps = rest.map(|rest| rest.split('.').next().unwrap_or(rest));
        steps.filter(|step| !matches!(*step, "#" | "%")).collect()
    }
}

fn is_number(step: &str) -> bool {
    step.bytes().all(|byte| byte.is_ascii_digit())
}

fn scalar(value: &Node) -> Node {
    match value {
        Node::Text(text) if text == UNKNOWN => Node::NotKnown("it is known only after the apply".to_owned()),
        Node::List(_) | Node::Fields(_) => Node::NotKnown("it is not a text".to_owned()),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Kept;

    fn role(text: &str) -> Node {
        rebuilt(Type::Role, Kept::ALL.read(text).unwrap())
    }

    fn nested(text: &str) -> Node {
        Kept::ALL.read(text).unwrap()
    }

    #[test]
    fn blocks_within_blocks_are_rebuilt_from_flat_keys() {
        let flat = r#"{"id":"r1","name":"Reader","permissions.#":"1","permissions.77":"group_creation",
            "permission_policies.#":"2","permission_policies.10.domain":"routing","permission_policies.10.entity_name":"queue",
            "permission_policies.10.action_set.#":"2","permission_policies.10.action_set.900":"view","permission_policies.10.action_set.31":"edit",
            "permission_policies.10.conditions.#":"1","permission_policies.10.conditions.0.conjunction":"AND",
            "permission_policies.10.conditions.0.terms.#":"1","permission_policies.10.conditions.0.terms.5.variable_name":"Conversation.queues",
            "permission_policies.10.conditions.0.terms.5.operator":"EQ","permission_policies.10.conditions.0.terms.5.operands.#":"1",
            "permission_policies.10.conditions.0.terms.5.operands.6.type":"QUEUE","permission_policies.10.conditions.0.terms.5.operands.6.queue_id":"q1",
            "permission_policies.9.domain":"users","permission_policies.9.entity_name":"","permission_policies.9.action_set.#":"0"}"#;
        let ordinary = r#"{"id":"r1","name":"Reader","permissions":["group_creation"],"permission_policies":[
            {"domain":"users","entity_name":"","action_set":[]},
            {"domain":"routing","entity_name":"queue","action_set":["edit","view"],"conditions":[{"conjunction":"AND","terms":[
                {"variable_name":"Conversation.queues","operator":"EQ","operands":[{"type":"QUEUE","queue_id":"q1"}]}]}]}]}"#;
        assert_eq!(role(flat), nested(ordinary));
    }

    #[test]
    fn count_that_does_not_fit_leaves_a_gap() {
        for flat in [
            r#"{"permissions.#":"2","permissions.1":"a"}"#,
            r#"{"permissions.#":"0","permissions.1":"a"}"#,
            r#"{"permissions.#":"many","permissions.1":"a"}"#,
            r#"{"permissions.#":"-1","permissions.1":"a"}"#,
        ] {
            let node = role(flat);
            let Node::List(items) = node.get("permissions") else { panic!("{flat}") };
            assert!(matches!(items.as_slice(), [Node::Text(_), Node::NotKnown(_)]), "{flat}");
        }
    }

    #[test]
    fn value_known_only_after_the_apply_is_not_known() {
        let flat = format!(r#"{{"name":"{UNKNOWN}","permissions.#":"{UNKNOWN}"}}"#);
        let node = role(&flat);
        assert!(matches!(node.get("name"), Node::NotKnown(_)));
        assert!(matches!(node.get("permissions"), Node::NotKnown(_)));
    }

    #[test]
    fn texts_stand_for_numbers_and_booleans() {
        let flat = r#"{"id":"c1","access_token_validity_seconds":"3600","scopes.#":"2","scopes.9":"users","scopes.10":"routing",
            "roles.#":"1","roles.44.role_id":"r1","roles.44.division_id":"*","labels.%":"1","labels.a.b":"x","client_secret":"hush"}"#;
        let node = rebuilt(Type::Client, Kept::ALL.read(flat).unwrap());
        assert_eq!(node.get("access_token_validity_seconds").integer().known(), Some(3600));
        assert_eq!(node.get("roles"), &nested(r#"[{"role_id":"r1","division_id":"*"}]"#));
        assert_eq!(node.get("scopes"), &nested(r#"["users","routing"]"#));
        assert_eq!(node.get("labels"), &Node::Null);
        assert!(!format!("{node:?}").contains("hush"));
        let group = rebuilt(Type::Group, Kept::ALL.read(r#"{"roles_enabled":"false"}"#).unwrap());
        assert_eq!(group.get("roles_enabled").boolean().known(), Some(false));
    }

    #[test]
    fn list_without_a_count_and_map_with_dots_are_read_too() {
        let flat = Flat(match nested(r#"{"a.0":"x","a.1":"y","m.%":"2","m.b.c":"1","m.d":"2","u.2.x":"1"}"#) {
            Node::Fields(fields) => fields,
            _ => BTreeMap::new(),
        });
        assert_eq!(flat.value("a", 0), nested(r#"["x","y"]"#));
        assert_eq!(flat.value("m", 0), nested(r#"{"b.c":"1","d":"2"}"#));
        assert_eq!(flat.value("u", 0), nested(r#"[{"x":"1"}]"#));
        assert_eq!(flat.value("none", 0), Node::Null);
    }

    #[test]
    fn keys_that_nest_without_end_are_not_followed() {
        let key = format!("permissions{}", ".a".repeat(50_000));
        let node = role(&format!(r#"{{"{key}":"x"}}"#));
        let mut doubts = Vec::new();
        node.doubts("", &mut doubts);
        assert_eq!(doubts.len(), 1);
    }

    #[test]
    fn what_is_no_flat_map_is_not_known() {
        assert!(matches!(role("[1]"), Node::NotKnown(_)));
        assert!(matches!(role(r#"{"name":["x"]}"#).get("name"), Node::NotKnown(_)));
    }
}
