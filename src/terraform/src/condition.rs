//! Conditions of role permissions: from the provider's blocks to the platform's own JSON, and when two are the same.

use serde_json::{Map, Value, json};

use super::node::{Node, Stated};

/// The condition of a policy as the platform writes it, canonical: sorted keys, and what is a set in a fixed order.
/// `None` where there is none. What is not known in it is written so; it stays a condition all the same.
pub(super) fn text(conditions: &Node) -> Option<String> {
    let blocks = match conditions.items() {
        Stated::LeftOut => return None,
        Stated::NotKnown(why) => return Some(json!({ "notKnown": why }).to_string()),
        Stated::Is(blocks) => blocks,
    };
    let block = blocks.first()?;
    if let Node::NotKnown(why) = block {
        return Some(json!({ "notKnown": why }).to_string());
    }
    let terms = each(block.get("terms"), |term| {
        let operands = each(term.get("operands"), operand);
        let mut fields = Map::new();
        fields.insert("variableName".to_owned(), word(term.get("variable_name")));
        fields.insert("operator".to_owned(), word(term.get("operator")));
        fields.insert("operands".to_owned(), operands);
        Value::Object(fields)
    });
    let mut fields = Map::new();
    fields.insert("conjunction".to_owned(), word(block.get("conjunction")));
    fields.insert("terms".to_owned(), terms);
    Some(Value::Object(fields).to_string())
}

fn operand(operand: &Node) -> Value {
    let kind = word(operand.get("type"));
    match kind.as_str() {
        Some("USER") => json!({ "type": kind, "user": { "id": word(operand.get("user_id")) } }),
        Some("QUEUE") => json!({ "type": kind, "queue": { "id": word(operand.get("queue_id")) } }),
        _ => json!({ "type": kind, "value": word(operand.get("value")) }),
    }
}

fn each(list: &Node, of: impl Fn(&Node) -> Value) -> Value {
    match list.items() {
        Stated::Is(items) => {
            let mut values: Vec<Value> = items.iter().map(of).collect();
            values.sort_by_cached_key(Value::to_string);
            Value::Array(values)
        }
        Stated::LeftOut => Value::Array(Vec::new()),
        Stated::NotKnown(why) => json!([{ "notKnown": why }]),
    }
}

fn word(node: &Node) -> Value {
    match node {
        Node::Text(text) => json!(text),
        Node::Number(number) => json!(number.to_string()),
        Node::Bool(value) => json!(value.to_string()),
        Node::NotKnown(why) => json!({ "notKnown": why }),
        Node::Null | Node::List(_) | Node::Fields(_) => Value::Null,
    }
}

/// Whether two conditions say the same: order does not count, nor do the names and addresses that the platform adds to
/// ids, nor whether a single term stands by itself.
pub(super) fn same(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a == b || essence(a).is_some_and(|a| essence(b).is_some_and(|b| a == b)),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn essence(text: &str) -> Option<Value> {
    let node: Value = serde_json::from_str(text).ok()?;
    if text.contains("\"notKnown\"") {
        return None;
    }
    let terms = node.get("terms").and_then(Value::as_array).filter(|terms| !terms.is_empty());
    // Of one term alone the conjunction says nothing.
    let (mut terms, conjunction) = match terms {
        Some(terms) => (terms.iter().map(term).collect::<Vec<_>>(), node.get("conjunction").cloned()),
        None => (vec![term(&node)], None),
    };
    terms.sort_by_cached_key(Value::to_string);
    let conjunction = conjunction.filter(|_| terms.len() > 1).unwrap_or(Value::Null);
    Some(json!({ "conjunction": conjunction, "terms": terms }))
}

fn term(term: &Value) -> Value {
    if term.get("terms").and_then(Value::as_array).is_some_and(|terms| !terms.is_empty()) {
        // Terms within terms, which the provider does not know: as they stand.
        return term.clone();
    }
    let operands = term.get("operands").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut operands: Vec<Value> = operands
        .iter()
        .map(|operand| {
            let id = ["user", "queue", "team"].iter().find_map(|who| operand.get(*who)).and_then(|who| who.get("id"));
            json!([operand.get("type"), id.or_else(|| operand.get("value"))])
        })
        .collect();
    operands.sort_by_cached_key(Value::to_string);
    json!([term.get("variableName"), term.get("operator"), operands])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Kept;

    fn written(text: &str) -> Option<String> {
        super::text(&Kept::ALL.read(text).unwrap())
    }

    #[test]
    fn condition_is_the_platforms_own_json_whatever_the_order_of_its_sets() {
        let block = r#"[{"conjunction":"OR","terms":[
            {"variable_name":"b","operator":"EQ","operands":[{"type":"QUEUE","queue_id":"q1"}]},
            {"variable_name":"a","operator":"IN","operands":[{"type":"SCALAR","value":"2"},{"type":"SCALAR","value":"1"}]}]}]"#;
        let turned = r#"[{"conjunction":"OR","terms":[
            {"variable_name":"a","operator":"IN","operands":[{"type":"SCALAR","value":"1"},{"type":"SCALAR","value":"2"}]},
            {"variable_name":"b","operator":"EQ","operands":[{"type":"QUEUE","queue_id":"q1"}]}]}]"#;
        assert_eq!(written(block), written(turned));
        assert_eq!(written("[]"), None);
        let from_platform = r#"{"conjunction":"OR","terms":[
            {"variableName":"b","operator":"EQ","operands":[{"type":"QUEUE","queue":{"id":"q1","name":"Sales","selfUri":"/x"}}]},
            {"variableName":"a","operator":"IN","operands":[{"type":"SCALAR","value":"1"},{"type":"SCALAR","value":"2"}]}]}"#;
        assert!(same(written(block).as_deref(), Some(from_platform)));
        assert!(!same(written(block).as_deref(), Some(&from_platform.replace("OR", "AND"))));
        assert!(!same(written(block).as_deref(), None));
    }

    #[test]
    fn single_term_is_the_same_with_and_without_a_list_around_it() {
        let block = r#"{"conjunction":"AND","terms":[{"variable_name":"User.id","operator":"EQ","operands":[{"type":"VARIABLE","value":"SELF"}]}]}"#;
        let flat = r#"{"conjunction":"AND","operands":[{"type":"VARIABLE","value":"SELF"}],"operator":"EQ","terms":[],"variableName":"User.id"}"#;
        assert!(same(written(block).as_deref(), Some(flat)));
    }

    #[test]
    fn what_is_not_known_is_the_same_as_nothing() {
        let mut node = Kept::ALL.read(r#"[{"conjunction":"AND","terms":[]}]"#).unwrap();
        node.mask(&Kept::ALL.read(r#"[{"terms":true}]"#).unwrap(), "later");
        let text = super::text(&node).unwrap();
        assert!(!same(Some(&text), Some(&text.replace("later", "never"))));
    }
}
