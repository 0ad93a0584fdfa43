//! `rolecall man`: one manual page for the program and all of its commands.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

/// Prints the page: the program, then a section for each command.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn man(command: &mut Command, out: &mut dyn Write) -> io::Result<()> {
    command.build();
    Man::new(command.clone()).render(out)?;
    section(command, out)
}

fn section(parent: &Command, out: &mut dyn Write) -> io::Result<()> {
    for command in parent.get_subcommands().filter(|command| command.get_name() != "help") {
        // `build` has made the global options part of every command; they stand once, at the top.
        let own = command.clone().mut_args(|argument| {
            let everywhere = argument.is_global_set() || ["help", "version"].contains(&argument.get_id().as_str());
            argument.hide(everywhere)
        });
        let title = command.get_bin_name().unwrap_or(command.get_name()).to_uppercase();
        writeln!(out, ".SH \"{title}\"")?;
        let page = Man::new(own);
        for part in [Man::render_description_section, Man::render_synopsis_section, Man::render_options_section] {
            let mut text = Vec::new();
            part(&page, &mut text)?;
            // Within a command's section the parts of its page are subsections; its name says what the first is.
            let text = String::from_utf8_lossy(&text)
                .replace(".SH DESCRIPTION\n", "")
                .replace(".SH SYNOPSIS", ".SS Synopsis")
                .replace(".SH OPTIONS", ".SS Options");
            out.write_all(text.as_bytes())?;
        }
        section(command, out)?;
    }
    Ok(())
}
