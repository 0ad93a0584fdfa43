//! Terraform's strings with `${...}` in them, taken apart; nothing is computed but references and quoted texts.

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TemplatePart {
    /// As it stands.
    Literal(String),
    /// What stands between `${` and `}`.
    Expression(String),
}

/// One step of a reference: `a.b["c"]` has three.
pub(super) type Steps = Vec<String>;

/// Takes a template apart.
///
/// # Errors
/// In words, when it holds a directive (`%{`) or an interpolation that does not end.
pub(super) fn split_template(text: &str) -> Result<Vec<TemplatePart>, String> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['$', '%']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("$${").or_else(|| from.strip_prefix("%%{")) {
            // Doubled, the sign stands for itself.
            literal.push_str(if from.starts_with('$') { "${" } else { "%{" });
            rest = after;
        } else if let Some(body) = from.strip_prefix("${") {
            let end = end_of(body).ok_or_else(|| format!("`{}` has no end", shown(text)))?;
            if !literal.is_empty() {
                parts.push(TemplatePart::Literal(std::mem::take(&mut literal)));
            }
            let (inner, after) = body.split_at(end);
            parts.push(TemplatePart::Expression(inner.trim().to_owned()));
            rest = after.strip_prefix('}').unwrap_or(after);
        } else if from.starts_with("%{") {
            return Err(format!("`{}` holds a directive, which is not worked out", shown(text)));
        } else {
            let mut signs = from.chars();
            literal.extend(signs.next());
            rest = signs.as_str();
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(TemplatePart::Literal(literal));
    }
    Ok(parts)
}

/// Where the brace that closes an interpolation stands: braces in quotes and in pairs do not count.
fn end_of(body: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, sign) in body.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted && depth == 0 => return Some(at),
            '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A quoted text without anything in it to work out.
pub(super) fn quoted(expression: &str) -> Option<String> {
    let text: String = serde_json::from_str(expression).ok()?;
    (!text.contains("${") && !text.contains("%{")).then_some(text)
}

/// The steps of a plain reference; `None` for everything that has to be computed.
pub(super) fn steps(expression: &str) -> Option<Steps> {
    let mut steps = Vec::new();
    let mut rest = expression.trim();
    let (first, after) = name(rest)?;
    steps.push(first);
    rest = after;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (step, after) = name(after)?;
            steps.push(step);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            let index = quoted(index).or_else(|| index.parse::<u32>().ok().map(|number| number.to_string()))?;
            steps.push(index);
            rest = after;
        } else {
            return None;
        }
    }
    Some(steps)
}

fn name(text: &str) -> Option<(String, &str)> {
    let end = text.find(|sign: char| !(sign.is_alphanumeric() || sign == '_' || sign == '-')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// The beginning of a text for a message: expressions can be pages long.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text.split_at(at).0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> TemplatePart {
        TemplatePart::Literal(text.to_owned())
    }

    fn expression(text: &str) -> TemplatePart {
        TemplatePart::Expression(text.to_owned())
    }

    #[test]
    fn template_comes_apart_at_its_interpolations_alone() {
        assert_eq!(split_template("plain $5 100%").unwrap(), [literal("plain $5 100%")]);
        assert_eq!(split_template("").unwrap(), [literal("")]);
        assert_eq!(split_template("${ a.b }").unwrap(), [expression("a.b")]);
        assert_eq!(
            split_template("x-${a}-${b[\"}\"]}").unwrap(),
            [literal("x-"), expression("a"), literal("-"), expression("b[\"}\"]")]
        );
        assert_eq!(split_template("$${a} %%{b}").unwrap(), [literal("${a} %{b}")]);
        assert!(split_template("${a").unwrap_err().contains("no end"));
        assert!(split_template("%{ if x }y%{ endif }").unwrap_err().contains("directive"));
    }

    #[test]
    fn only_plain_references_have_steps() {
        assert_eq!(steps("genesyscloud_auth_role.a-b.id").unwrap(), ["genesyscloud_auth_role", "a-b", "id"]);
        assert_eq!(steps("a.b[\"k.x\"].id").unwrap(), ["a", "b", "k.x", "id"]);
        assert_eq!(steps("a.b[0]").unwrap(), ["a", "b", "0"]);
        for computed in ["f(a)", "a ? b : c", "a.*.id", "a[b]", "", "a..b", "\"x\""] {
            assert_eq!(steps(computed), None, "{computed}");
        }
    }
}
