//! The one command table: name, argument, help, which analysis answers, which view shows it.
//!
//! Help and the parsing of command lines derive from it; a new command is a row here.

use crate::analysis::answer::NoAnswer;
use crate::analysis::depiction::{Extent, Painter};
use crate::analysis::selection::{Selection, Selector, address, coroutine, select};
use crate::analysis::stacks::{StackExtent, frame, stack};
use crate::analysis::{
    coroutines, globals, object, objects, pending, print, queue, recorder, source, summary, verify,
};
use crate::model::dump::Dump;
use crate::view::View;
use crate::view::text;
use std::io;

/// One command.
#[derive(Debug)]
pub struct CommandRow {
    /// What the reader types.
    pub name: &'static str,
    /// Its argument, if it takes one.
    pub argument: Option<Argument>,
    /// One line of help.
    pub help: &'static str,
    /// Answers it.
    pub run: fn(&Dump<'_>, &Request, &mut View<'_>) -> Result<Finding, Trouble>,
}

/// The argument of a command.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in help.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// What was asked, beside the command's name.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The command's argument.
    pub argument: Option<String>,
    /// `--coroutine`
    pub coroutine: Option<String>,
    /// `--frame`
    pub frame: Option<usize>,
    /// `-v`
    pub verbose: bool,
    /// `--depth`
    pub depth: Option<usize>,
    /// `--limit`
    pub limit: Option<usize>,
}

/// Whether what was asked about is as one would wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Answered.
    Answered,
    /// Answered: it is damaged.
    Damaged,
}

/// Why a command did not answer.
#[derive(Debug)]
pub enum Trouble {
    /// There is no answer.
    NoAnswer(NoAnswer),
    /// The answer could not be written.
    Output(io::Error),
}

impl From<NoAnswer> for Trouble {
    fn from(refusal: NoAnswer) -> Trouble {
        Trouble::NoAnswer(refusal)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Output(error)
    }
}

const FRAME: Argument =
    Argument { name: "FRAME", help: "The frame's number; 0 is the innermost", required: false };

/// What is answered when no command is given.
pub const DEFAULT: CommandRow = CommandRow {
    name: "summary",
    argument: None,
    help: "The first screen: cause, stack, values, why that code ran, how the program stood",
    run: |dump, request, view| {
        let frames = request.limit.unwrap_or(SUMMARY_FRAMES);
        view.show(&summary::summary(dump, frames), text::summary::summary)?;
        Ok(Finding::Answered)
    },
};

/// Every command.
pub const COMMANDS: &[CommandRow] = &[
    DEFAULT,
    CommandRow {
        name: "stack",
        argument: None,
        help: "The stack that failed and the coroutines that led to it; -v with every variable",
        run: |dump, request, view| {
            let coroutine = coroutine(dump, request.selection()?.coroutine)?;
            let extent =
                StackExtent { variables: request.verbose, frames: request.limit.unwrap_or(STACK_FRAMES) };
            let report = stack(dump, coroutine, extent);
            if let (true, Some(hole)) = (report.coroutines.is_empty(), &report.hole) {
                return Err(NoAnswer::Nothing(format!("The stack cannot be read: {hole}.")).into());
            }
            view.show(&report, text::stack::stack)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "frame",
        argument: Some(FRAME),
        help: "One frame: its line, parameters, varargs, locals and upvalues",
        run: |dump, request, view| {
            let selected = select(dump, &request.selection_with_frame()?)?;
            let mut painter = Painter::new(dump, request.extent(Extent::GLIMPSE));
            let report = frame(dump, selected.activation(), selected.caller(), Some(&mut painter));
            view.show(&report, text::stack::frame)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "source",
        argument: Some(FRAME),
        help: "The source text around what a frame was doing",
        run: |dump, request, view| {
            let report = source::source(dump, &request.selection_with_frame()?)?;
            view.show(&report, text::stack::source)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "print",
        argument: Some(Argument {
            name: "EXPR",
            help: "A path such as sessions[17].user.name, t[\"a b\"], ... or an address",
            required: true,
        }),
        help: "The value of a variable or path, in the innermost Lua frame or --frame N",
        run: |dump, request, view| {
            let expression = request.required()?;
            let extent = request.extent(Extent::PRINT);
            let report = print::print(dump, expression, &request.selection()?, extent)?;
            view.show(&report, text::value::print)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "globals",
        argument: None,
        help: "The global variables, the program's own first",
        run: |dump, request, view| {
            let report =
                globals::globals(dump, request.extent(Extent { entries_total: 5000, ..Extent::GLIMPSE }))?;
            view.show(&report, text::value::globals)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "coroutines",
        argument: None,
        help: "All coroutines: status, line, what each waits for",
        run: |dump, _, view| {
            view.show(&coroutines::coroutines(dump), text::stack::coroutines)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "pending",
        argument: None,
        help: "Every callback that may yet run: what it waits for, who armed it, when",
        run: |dump, _, view| {
            view.show(&pending::pending(dump), text::event::pending)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "queue",
        argument: None,
        help: "What is being delivered, and the events behind it in order",
        run: |dump, _, view| {
            view.show(&queue::queue(dump), text::event::queue)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "recorder",
        argument: None,
        help: "The last events, caught errors, collections and loaded modules",
        run: |dump, _, view| {
            view.show(&recorder::recorder(dump), text::event::recorder)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "objects",
        argument: None,
        help: "The heap by type: count and bytes",
        run: |dump, _, view| {
            view.show(&objects::objects(dump), text::heap::objects)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "object",
        argument: Some(Argument {
            name: "ADDR",
            help: "An address as values are printed with",
            required: true,
        }),
        help: "One object: type, age, where it was made, what it holds",
        run: |dump, request, view| {
            let addr = address(request.required()?)?;
            let report = object::object(dump, addr, request.extent(Extent::PRINT))?;
            view.show(&report, text::heap::object)?;
            Ok(Finding::Answered)
        },
    },
    CommandRow {
        name: "verify",
        argument: None,
        help: "Checks checksums, every object and every reference; status 1 when damaged",
        run: |dump, request, view| {
            let report = verify::verify(dump, request.limit.unwrap_or(PROBLEMS));
            view.show(&report, text::heap::verify)?;
            Ok(if report.is_sound { Finding::Answered } else { Finding::Damaged })
        },
    },
];

/// Frames of one coroutine on the first screen.
const SUMMARY_FRAMES: usize = 12;
/// Frames of one coroutine in the answer to `stack`.
const STACK_FRAMES: usize = 200;
/// Problems that `verify` lists.
const PROBLEMS: usize = 50;

impl Request {
    /// The frame and the coroutine that the options name.
    pub fn selection(&self) -> Result<Selection, NoAnswer> {
        let coroutine = self.coroutine.as_deref().map(Selector::parse).transpose()?;
        Ok(Selection { coroutine, frame: self.frame })
    }

    /// The same, where the command's argument is the frame.
    fn selection_with_frame(&self) -> Result<Selection, NoAnswer> {
        let mut selection = self.selection()?;
        if let Some(argument) = &self.argument {
            let number = argument.parse().map_err(|_| {
                NoAnswer::Question(format!(
                    "'{argument}' is no frame: give its number in the list of `stack`."
                ))
            })?;
            selection.frame = Some(number);
        }
        Ok(selection)
    }

    fn extent(&self, default: Extent) -> Extent {
        let limit = self.limit;
        Extent {
            depth: self.depth.unwrap_or(default.depth).min(DEPTH_MAX),
            entries: limit.unwrap_or(default.entries),
            entries_total: limit.map_or(default.entries_total, |limit| default.entries_total.max(limit)),
            ..default
        }
    }

    fn required(&self) -> Result<&str, NoAnswer> {
        self.argument
            .as_deref()
            .ok_or_else(|| NoAnswer::Question("The command needs an argument.".to_owned()))
    }
}

/// Levels of nested tables that are painted at most: painting recurses.
const DEPTH_MAX: usize = 100;
