//! A message as an e-mail shows it: plain text and HTML.

use std::fmt::Write;

use super::message::{Line, Message, Section};
use rolecall_report::html::visible::write_html;

/// The message as plain text.
pub(super) fn text(message: &Message) -> String {
    let mut out = format!("{}\n", message.headline);
    for Section { heading, lines } in &message.sections {
        out.push('\n');
        if !heading.is_empty() {
            let _ = writeln!(out, "{heading}");
        }
        for line in lines {
            let bullet = if heading.is_empty() { "" } else { "- " };
            let _ = writeln!(out, "{bullet}{}", line_text(line));
        }
    }
    out
}

fn line_text(line: &Line) -> String {
    let mut text = String::new();
    for run in line {
        text.push_str(&run.text);
        if let Some(url) = run.link.as_ref().filter(|url| **url != run.text) {
            let _ = write!(text, " {url}");
        }
    }
    text
}

/// The message as HTML: no style, no picture, nothing that is loaded.
pub(super) fn html(message: &Message) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    let _ = write_html(&mut out, &message.headline);
    out.push_str("</title></head><body>\n");
    for Section { heading, lines } in &message.sections {
        if heading.is_empty() {
            for line in lines {
                out.push_str("<p>");
                line_html(&mut out, line);
                out.push_str("</p>\n");
            }
            continue;
        }
        out.push_str("<h3>");
        let _ = write_html(&mut out, heading);
        out.push_str("</h3>\n<ul>\n");
        for line in lines {
            out.push_str("<li>");
            line_html(&mut out, line);
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</body></html>\n");
    out
}

fn line_html(out: &mut String, line: &Line) {
    for run in line {
        if let Some(url) = &run.link {
            out.push_str("<a href=\"");
            let _ = write_html(out, url);
            out.push_str("\">");
        }
        if run.strong {
            out.push_str("<strong>");
        }
        let _ = write_html(out, &run.text);
        if run.strong {
            out.push_str("</strong>");
        }
        if run.link.is_some() {
            out.push_str("</a>");
        }
    }
}
