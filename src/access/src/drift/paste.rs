//! Pieces of CX as Code and of API calls, written so that a person can paste them.
//!
//! Names come from orgs and are hostile: within quotes they are escaped, within comments their line ends are taken away,
//! as labels they are reduced to letters, digits, `_` and `-`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use rolecall_base::role::{PermissionPolicy, Role};

/// A text in the quotes of Terraform's language: neither a line end nor `${` within it takes effect.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            hidden if hidden.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(hidden));
            }
            shown => out.push(shown),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

/// Several texts as a list.
pub fn list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// The label that an export gives to an object of this name.
pub fn label(name: &str) -> String {
    let kept = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    let label: String = kept.collect();
    if label.starts_with(|c: char| c.is_ascii_digit() || c == '-') || label.is_empty() {
        format!("_{label}")
    } else {
        label
    }
}

/// A name for the inside of a comment or a sentence: on one line.
pub fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// An id for a path; what is no id (an address, or nothing) becomes a placeholder.
pub fn id<'a>(id: &'a str, placeholder: &'a str) -> &'a str {
    let fits = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if fits { id } else { placeholder }
}

/// The head of a change to a resource that is there already.
pub fn within(kind: &str, name: &str) -> String {
    format!("# in resource {} {}\n", quoted(kind), quoted(&label(name)))
}

/// A new resource with this body, which is indented here.
pub fn resource(kind: &str, name: &str, body: &str) -> String {
    let mut out = format!("resource {} {} {{\n", quoted(kind), quoted(&label(name)));
    for line in body.lines() {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "  {line}") };
    }
    out.push_str("}\n");
    out
}

/// Reference to a resource's id.
pub fn reference(kind: &str, name: &str) -> String {
    format!("{kind}.{}.id", label(name))
}

/// The `permission_policies` block of a policy of a role.
pub fn policy_block(policy: &PermissionPolicy) -> String {
    let mut out = format!(
        "permission_policies {{\n  domain      = {}\n  entity_name = {}\n  action_set  = {}\n",
        quoted(&policy.domain),
        quoted(&policy.entity),
        list(&policy.actions)
    );
    if let Some(condition) = &policy.condition {
        out.push_str(&conditions(condition));
    }
    if !policy.named_resources.is_empty() {
        out.push_str("  # only for named resources, which CX as Code cannot say: set them with the API\n");
    }
    out.push_str("}\n");
    out
}

fn conditions(text: &str) -> String {
    let Ok(node) = serde_json::from_str::<Value>(text) else {
        return "  # under a condition that could not be read\n".to_owned();
    };
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let alone = std::slice::from_ref(&node);
    let terms = node.get("terms").and_then(Value::as_array).map_or(alone, Vec::as_slice);
    let conjunction = match word(&node, "conjunction") {
        word if word.is_empty() => "AND".to_owned(),
        word => word,
    };
    let mut out = format!("  conditions {{\n    conjunction = {}\n", quoted(&conjunction));
    for term in terms {
        if term.get("terms").is_some() {
            out.push_str("    # terms within terms, which CX as Code cannot say: set them with the API\n");
            continue;
        }
        let _ = write!(
            out,
            "    terms {{\n      variable_name = {}\n      operator      = {}\n",
            quoted(&word(term, "variableName")),
            quoted(&word(term, "operator"))
        );
        for operand in term.get("operands").and_then(Value::as_array).into_iter().flatten() {
            let kind = word(operand, "type");
            let (key, value) = match kind.as_str() {
                "QUEUE" => ("queue_id", operand.get("queue").map(|queue| word(queue, "id")).unwrap_or_default()),
                "USER" => ("user_id", operand.get("user").map(|user| word(user, "id")).unwrap_or_default()),
                "TEAM" => {
                    out.push_str("      # a team, which CX as Code cannot say: set it with the API\n");
                    continue;
                }
                _ => ("value", word(operand, "value")),
            };
            let _ = write!(
                out,
                "      operands {{\n        type = {}\n        {key} = {}\n      }}\n",
                quoted(&kind),
                quoted(&value)
            );
        }
        out.push_str("    }\n");
    }
    out.push_str("  }\n");
    out
}

/// A policy of a role as the API has it.
pub fn policy_json(policy: &PermissionPolicy) -> Value {
    let mut value = json!({ "domain": policy.domain, "entityName": policy.entity, "actionSet": policy.actions });
    if let Some(fields) = value.as_object_mut() {
        if let Some(condition) = policy.condition.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            fields.insert("resourceConditionNode".to_owned(), condition);
        }
        if !policy.named_resources.is_empty() {
            fields.insert("namedResources".to_owned(), json!(policy.named_resources));
        }
    }
    value
}

/// The policies with which a role comes to give these permissions always: one for each domain and entity, together
/// with the actions that the role has there already, so that each takes the place of the one that is there.
pub fn policies_for<'p>(role: Option<&Role>, permissions: impl IntoIterator<Item = &'p str>) -> Vec<PermissionPolicy> {
    let mut policies: Vec<PermissionPolicy> = Vec::new();
    for permission in permissions {
        let mut parts = permission.splitn(3, ':');
        let (Some(domain), Some(entity), Some(action)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let known = policies.iter_mut().find(|policy| policy.domain == domain && policy.entity == entity);
        let policy = match known {
            Some(policy) => policy,
            None => {
                let present = role.into_iter().flat_map(|role| &role.policies);
                let same = present
                    .filter(|policy| policy.domain == domain && policy.entity == entity && !policy.is_conditional());
                policies.push(PermissionPolicy {
                    domain: domain.to_owned(),
                    entity: entity.to_owned(),
                    actions: same.flat_map(|policy| policy.actions.iter().cloned()).collect(),
                    condition: None,
                    named_resources: Vec::new(),
                });
                match policies.last_mut() {
                    Some(policy) => policy,
                    None => continue,
                }
            }
        };
        policy.actions.push(action.to_owned());
        policy.actions.sort();
        policy.actions.dedup();
    }
    policies.sort();
    policies
}

/// An API call with its body.
pub fn call(method: &str, path: &str, body: &Value) -> String {
    format!("{method} {path}\n{body:#}\n")
}

/// A call that puts the whole object back, of which only these values are to differ.
pub fn put_back(path: &str, part: &Value) -> String {
    format!(
        "PUT {path}\n# the body replaces the object: send what GET {path} answers, with this value in it\n{part:#}\n"
    )
}

/// A call that puts a role back with more policies.
pub fn put_policies(path: &str, policies: &[PermissionPolicy]) -> String {
    let policies: Vec<Value> = policies.iter().map(policy_json).collect();
    format!(
        "PUT {path}\n# the body replaces the role: send what GET {path} answers, with these added to its\n# \
         permissionPolicies, each in place of the one of its domain and entity that has no condition\n{:#}\n",
        Value::Array(policies)
    )
}

/// A call that changes a part, and needs the version that reading the object answers.
pub fn with_version(method: &str, path: &str, read: &str, part: &Value) -> String {
    format!("{method} {path}\n# with the `version` that GET {read} answers\n{part:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_base::id::RoleId;

    fn policy(actions: &[&str], condition: Option<&str>) -> PermissionPolicy {
        PermissionPolicy {
            domain: "routing".to_owned(),
            entity: "queue".to_owned(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            condition: condition.map(str::to_owned),
            named_resources: Vec::new(),
        }
    }

    #[test]
    fn hostile_names_stay_within_their_quotes_comments_and_labels() {
        assert_eq!(quoted("a\"}\n${x} %{y} \\ \u{1b}"), r#""a\"}\n$${x} %%{y} \\ \u001b""#);
        assert_eq!(label("1 Queue \"Viewer\"\n{ü}"), "_1_Queue__Viewer_____");
        assert_eq!(plain("a\nb\u{2028}c"), "a b c");
        assert_eq!(id("../x?y", "{roleId}"), "{roleId}");
        assert_eq!(id("0a-1", "{roleId}"), "0a-1");
    }

    #[test]
    fn policy_takes_the_place_of_the_one_that_is_there_and_leaves_conditional_ones_alone() {
        let role = Role {
            id: RoleId::new("r"),
            name: "R".to_owned(),
            description: None,
            default_role_id: None,
            is_default: None,
            base: None,
            policies: vec![policy(&["edit"], None), policy(&["delete"], Some("{}"))],
            general_permissions: Vec::new(),
            unused_permissions: None,
        };
        let wanted = policies_for(Some(&role), ["routing:queue:view", "routing:skill:view", "not-a-permission"]);
        let shown: Vec<String> = wanted.iter().map(|one| format!("{}:{:?}", one.entity, one.actions)).collect();
        assert_eq!(shown, ["queue:[\"edit\", \"view\"]", "skill:[\"view\"]"]);
    }

    #[test]
    fn condition_is_written_in_both_languages() {
        let condition = r#"{"conjunction":"OR","terms":[{"operands":[{"queue":{"id":"q1"},"type":"QUEUE"}],"operator":"EQ","variableName":"Conversation.queues"},{"operands":[{"team":{"id":"t"},"type":"TEAM"}],"operator":"EQ","variableName":"x"}]}"#;
        let conditioned = policy(&["view"], Some(condition));
        let block = policy_block(&conditioned);
        for part in ["conjunction = \"OR\"", "variable_name = \"Conversation.queues\"", "queue_id = \"q1\"", "# a team"]
        {
            assert!(block.contains(part), "{part}\n{block}");
        }
        assert_eq!(block.matches('{').count(), block.matches('}').count(), "{block}");
        assert_eq!(policy_json(&conditioned)["resourceConditionNode"].to_string(), condition);
    }
}
