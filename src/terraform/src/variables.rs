//! The values of variables that lie beside a configuration: `terraform.tfvars`, `*.auto.tfvars`, and both in JSON.
//!
//! Of the files in Terraform's own language only the simple lines are read, `name = "text"`, a number, `true` or
//! `false`; any other value is not known.

use std::collections::BTreeMap;

use super::node::{Kept, Node, may_be_secret};

#[derive(Debug, Default)]
pub(super) struct Values {
    values: BTreeMap<String, (u8, Node)>,
}

/// Whether Terraform would read a file of this name by itself.
pub(super) fn is_values_file(name: &str) -> bool {
    rank(name).is_some()
}

/// The later file wins, as in Terraform.
fn rank(name: &str) -> Option<u8> {
    match name {
        "terraform.tfvars" => Some(0),
        "terraform.tfvars.json" => Some(1),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
        _ => None,
    }
}

impl Values {
    /// Takes in a file. Files of one kind are given in the order of their names.
    pub(super) fn add(&mut self, file: &str, text: &str) {
        let rank = rank(file).unwrap_or(0);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let read = if file.ends_with(".json") { json(text) } else { lines(file, text) };
        for (name, value) in read {
            // A secret is neither needed nor kept.
            let value = if may_be_secret(&name) { Node::NotKnown("it may hold a secret".to_owned()) } else { value };
            let stays = self.values.get(&name).is_some_and(|(other, _)| *other > rank);
            if !stays {
                self.values.insert(name, (rank, value));
            }
        }
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.values.get(name).map(|(_, value)| value)
    }
}

fn json(text: &str) -> Vec<(String, Node)> {
    match Kept::ALL.read(text) {
        Some(Node::Fields(fields)) => fields.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn lines(file: &str, text: &str) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim().trim_matches('"').to_owned(), value.trim());
        if let Some(mark) = value.strip_prefix("<<") {
            let mark = mark.trim_start_matches('-').trim();
            lines.by_ref().find(|line| line.trim() == mark);
        }
        let mut open = depth(value);
        while open > 0 {
            let Some(line) = lines.next() else { break };
            open += depth(line);
        }
        let simple = simple(value);
        let why = || format!("its value in `{file}` is not a simple one, and is not read");
        found.push((name, simple.unwrap_or_else(|| Node::NotKnown(why()))));
    }
    found
}

fn depth(text: &str) -> i64 {
    let (mut depth, mut quoted) = (0, false);
    for sign in text.chars() {
        match sign {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            '#' if !quoted => break,
            _ => {}
        }
    }
    depth
}

fn simple(value: &str) -> Option<Node> {
    let mut from = serde_json::Deserializer::from_str(value).into_iter::<Node>();
    let node = from.next()?.ok()?;
    let rest = value.get(from.byte_offset()..)?.trim();
    if !rest.is_empty() && !rest.starts_with('#') && !rest.starts_with("//") {
        return None;
    }
    match node {
        Node::Text(text) if text.contains("${") => None,
        Node::Text(_) | Node::Number(_) | Node::Bool(_) | Node::List(_) => Some(node),
        Node::Null | Node::Fields(_) | Node::NotKnown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Stated;

    #[test]
    fn simple_lines_are_read_and_others_are_not_known() {
        let mut values = Values::default();
        let text = "# comment\nname = \"Sales\" # why\nnumber=3\nlist = [\n  \"a = 1\",\n]\ntext = <<EOT\nb = \"x\"\nEOT\nlast = true\n";
        values.add("terraform.tfvars", text);
        assert_eq!(values.get("name").unwrap().text(), Stated::Is("Sales"));
        assert_eq!(values.get("number").unwrap().integer(), Stated::Is(3));
        assert_eq!(values.get("last").unwrap().boolean(), Stated::Is(true));
        assert!(matches!(values.get("list"), Some(Node::NotKnown(_))));
        assert!(matches!(values.get("text"), Some(Node::NotKnown(_))));
        assert_eq!(values.get("b"), None);
    }

    #[test]
    fn automatic_file_wins_whatever_the_order_of_names() {
        let mut values = Values::default();
        values.add("a.auto.tfvars", "x = \"auto\"");
        values.add("terraform.tfvars", "x = \"plain\"");
        values.add("terraform.tfvars.json", r#"{"x":"json","client_secret":"hush"}"#);
        assert_eq!(values.get("x").unwrap().text(), Stated::Is("auto"));
        assert!(!format!("{values:?}").contains("hush"));
    }
}
