//! Which files make a source, and what each of them is, decided by its content: the only place that reads files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::configuration::{self, Document};
use super::error::{CxError, broken};
use super::variables::{self, Values};
use super::{Kind, Source, plan, state};

/// Ends the files of a configuration in JSON.
const CONFIGURATION: &str = ".tf.json";

/// Reads a source: a directory of `*.tf.json` files (taken together, with the values of its `*.tfvars`), one such file, a
/// state (`terraform.tfstate`, or `terraform show -json` of one), or `terraform show -json` of a plan. Which of them it
/// is, the content decides.
///
/// # Errors
/// When the path cannot be read, when it is none of these (with what it looks like and what to give instead), when an
/// object is declared twice, or when nothing in it concerns permissions.
pub fn open(path: &Path) -> Result<Source, CxError> {
    let source = if path.is_dir() { directory(path)? } else { file(path)? };
    if source.objects.is_empty() && source.not_known.is_empty() && source.left_out == 0 {
        let help = match source.kind {
            Kind::Export => "export roles, OAuth clients, users and their roles (`genesyscloud_auth_role` and so on)",
            Kind::State | Kind::Plan => "check that it is of the workspace that manages roles and OAuth clients",
        };
        return Err(CxError::Nothing { path: path.to_owned(), others: source.others, help: help.to_owned() });
    }
    Ok(source)
}

/// The top of any of the documents. What is not asked for is skipped unread.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Top {
    format_version: Option<IgnoredAny>,
    terraform_version: Option<IgnoredAny>,
    version: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    lineage: Option<IgnoredAny>,
    resources: Option<IgnoredAny>,
    modules: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
    resource_changes: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    resource: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    variable: Option<IgnoredAny>,
    locals: Option<IgnoredAny>,
    module: Option<IgnoredAny>,
    output: Option<IgnoredAny>,
    provider: Option<IgnoredAny>,
    terraform: Option<IgnoredAny>,
    #[serde(rename = "@message")]
    message: Option<IgnoredAny>,
    swagger: Option<IgnoredAny>,
    entities: Option<IgnoredAny>,
}

enum Content {
    Plan,
    Shown,
    State,
    Configuration,
    Else(&'static str),
}

impl Top {
    fn content(&self) -> Content {
        if self.resource_changes.is_some() || self.planned_values.is_some() {
            Content::Plan
        } else if self.message.is_some() {
            Content::Else("it is the log that `terraform plan -json` writes")
        } else if self.version.is_some()
            && (self.serial.is_some() || self.lineage.is_some() || self.resources.is_some() || self.modules.is_some())
        {
            Content::State
        } else if self.values.is_some() || self.format_version.is_some() && self.terraform_version.is_some() {
            Content::Shown
        } else if [&self.resource, &self.data, &self.variable, &self.locals].iter().any(|part| part.is_some())
            || [&self.module, &self.output, &self.provider, &self.terraform].iter().any(|part| part.is_some())
        {
            Content::Configuration
        } else if self.swagger.is_some() {
            Content::Else("it is a Swagger document")
        } else if self.entities.is_some() {
            Content::Else("it is an answer of the platform's API")
        } else {
            Content::Else("it has none of the parts of a Terraform document")
        }
    }
}

fn file(path: &Path) -> Result<Source, CxError> {
    let text = text(path)?;
    let origin = path.display().to_string();
    match top(path, &text)?.content() {
        Content::Plan => plan::read(path, &text, Source::new(Kind::Plan, origin)),
        Content::Shown => state::read_shown(path, &text, Source::new(Kind::State, origin)),
        Content::State => state::read_raw(path, &text, Source::new(Kind::State, origin)),
        Content::Configuration => {
            let mut documents = vec![Document::read(path.to_owned(), &text)?];
            let values = Values::default();
            configuration::read(&mut documents, &values, Source::new(Kind::Export, origin))
        }
        Content::Else(what) => Err(CxError::NotASource {
            path: path.to_owned(),
            what: what.to_owned(),
            help: "give `*.tf.json`, a `terraform.tfstate`, or the output of `terraform show -json`".to_owned(),
        }),
    }
}

fn directory(path: &Path) -> Result<Source, CxError> {
    let unreadable = |source| CxError::Unreadable { path: path.to_owned(), source };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.path().is_dir() {
            files.push(entry.path());
        }
    }
    files.sort();
    let name = |file: &Path| file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut source = Source::new(Kind::Export, path.display().to_string());
    let (mut documents, mut values) = (Vec::new(), Values::default());
    for file in &files {
        let name = name(file);
        if name.ends_with(CONFIGURATION) {
            let text = text(file)?;
            match top(file, &text)?.content() {
                Content::Configuration => documents.push(Document::read(file.clone(), &text)?),
                _ => source.not_known(&name, "file", "it is not a Terraform configuration: it was left out"),
            }
        } else if name.ends_with(".tf") {
            let why =
                "HCL is not read: export with `export_format = \"json\"`, or give `terraform show -json` of a plan";
            source.not_known(&name, "file", why);
        }
    }
    if documents.is_empty() {
        let hcl = source.not_known.iter().any(|open| open.address.ends_with(".tf"));
        let (what, help) = if hcl {
            (
                "it holds HCL files (`*.tf`) and no `*.tf.json`",
                "export with `export_format = \"json\"`, or give `terraform show -json` of a plan",
            )
        } else {
            ("it holds no `*.tf.json` file", "give the directory that the provider exported to, or one file")
        };
        return Err(CxError::NotASource { path: path.to_owned(), what: what.to_owned(), help: help.to_owned() });
    }
    for file in files.iter().filter(|file| variables::is_values_file(&name(file))) {
        match fs::read_to_string(file) {
            Ok(text) => values.add(&name(file), &text),
            Err(error) => source.not_known(&name(file), "file", format!("it cannot be read: {error}")),
        }
    }
    if files.iter().any(|file| name(file) == "terraform.tfstate") {
        source.notes.push(
            "the directory's `terraform.tfstate` was not read: give the file itself to compare the state".to_owned(),
        );
    }
    configuration::read(&mut documents, &values, source)
}

fn text(path: &Path) -> Result<String, CxError> {
    let bytes = fs::read(path).map_err(|source| CxError::Unreadable { path: path.to_owned(), source })?;
    let not_json = |what: &str, help: &str| {
        Err(CxError::NotJson { path: path.to_owned(), what: what.to_owned(), help: help.to_owned() })
    };
    const SHOW: &str = "run `terraform show -json plan.out > plan.json` and give that file";
    if bytes.starts_with(b"PK\x03\x04") {
        return not_json("it is a saved plan, which only Terraform can read", SHOW);
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return not_json("it is compressed with gzip", "unpack it first; a snapshot of rolecall is given as it is");
    }
    if bytes.starts_with(b"\xff\xfe") {
        return not_json(
            "it is UTF-16, as an older PowerShell writes redirected output",
            "write it as UTF-8, for example with `| Out-File -Encoding utf8`",
        );
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => return not_json("it is not text in UTF-8", SHOW),
    };
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn top(path: &Path, text: &str) -> Result<Top, CxError> {
    let content = text.trim_start();
    let not_json = |what: String, help: &str| CxError::NotJson { path: path.to_owned(), what, help: help.to_owned() };
    if content.is_empty() {
        return Err(not_json("it is empty".to_owned(), "write it again"));
    }
    if !content.starts_with('{') {
        let words = ["resource ", "data ", "terraform ", "variable ", "provider ", "module ", "locals ", "#", "//"];
        return Err(if words.iter().any(|word| content.starts_with(word)) {
            let help = "export with `export_format = \"json\"`, or give `terraform show -json` of a plan";
            not_json("it looks like HCL".to_owned(), help)
        } else if content.starts_with("Terraform") || content.starts_with("An execution plan") {
            not_json("it is what `terraform plan` shows to people".to_owned(), "give `terraform show -json` instead")
        } else if content.starts_with('[') {
            not_json("it is a JSON list, not an object".to_owned(), "give one Terraform document")
        } else {
            not_json("it does not begin with `{`".to_owned(), "give one Terraform document in JSON")
        });
    }
    // A log is one object a line: its first line shows what the whole is.
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Top>();
    let first = documents.next();
    match (first, documents.next()) {
        (Some(Ok(top)), None) => Ok(top),
        (Some(Ok(top)), Some(_)) if top.message.is_some() => Ok(top),
        (Some(Ok(_)), Some(_)) => {
            Err(not_json("it holds more than one document".to_owned(), "give one Terraform document"))
        }
        (Some(Err(error)), _) => Err(broken(path, &error)),
        (None, _) => Err(not_json("it is empty".to_owned(), "write it again")),
    }
}
