//! Views: a report becomes lines for a reader or JSON for a program. Nothing here sees an image or a model.
//!
//! The JSON of a report is its fields; their names are stable. The text is for eyes and may change.

pub mod page;
pub mod text;

use page::Page;
use serde::Serialize;
use std::io::{self, Write};

/// How reports are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines for a reader.
    Text {
        /// Whether colours may be used.
        colours: bool,
    },
    /// One JSON value.
    Json,
}

/// Writes reports in one form.
pub struct View<'o> {
    out: &'o mut dyn Write,
    form: Form,
}

impl<'o> View<'o> {
    /// A view that writes to `out`.
    pub fn new(out: &'o mut dyn Write, form: Form) -> View<'o> {
        View { out, form }
    }

    /// Shows a report; `text` is its view for readers.
    pub fn show<R: Serialize>(&mut self, report: &R, text: impl FnOnce(&R, &mut Page)) -> io::Result<()> {
        match self.form {
            Form::Json => {
                serde_json::to_writer_pretty(&mut self.out, report)?;
                self.out.write_all(b"\n")?;
            }
            Form::Text { colours } => {
                let mut page = Page::new(colours);
                text(report, &mut page);
                self.out.write_all(page.finish().as_bytes())?;
            }
        }
        self.out.flush()
    }
}
