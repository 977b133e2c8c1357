//! Stacks: the frames of a coroutine and of those that resumed it, with named variables.

use super::answer::NoAnswer;
use super::depiction::{Depiction, Extent, Painter, hole, status_word};
use super::functions::frame_function;
use super::text;
use crate::image::Fault;
use crate::model::coroutine::{Activation, Coroutine};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use serde::Serialize;

/// The stack of a coroutine and of the chain of its resumers.
#[derive(Clone, Debug, Serialize)]
pub struct StackReport {
    /// The coroutine asked about, then who resumed it, and so on.
    pub coroutines: Vec<CoroutineStack>,
    /// Why the chain ends too early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// The frames of one coroutine.
#[derive(Clone, Debug, Serialize)]
pub struct CoroutineStack {
    /// Its identity.
    pub address: String,
    /// The main coroutine, not made by the program.
    pub is_main: bool,
    /// What it is doing.
    pub status: &'static str,
    /// Innermost first.
    pub frames: Vec<FrameReport>,
    /// Frames that were left out in the middle: their first number and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omitted: Option<Omitted>,
    /// Why there are not more frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// Frames left out of a long stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Omitted {
    /// The number of the first.
    pub from: usize,
    /// How many.
    pub count: usize,
}

/// One frame.
#[derive(Clone, Debug, Serialize)]
pub struct FrameReport {
    /// 0 is the innermost of its coroutine.
    pub number: usize,
    /// The function in the words of a traceback: `global 'f'`, `method 'save'`, `function <db.lua:12>`.
    pub function: String,
    /// The function's identity.
    pub address: Option<String>,
    /// `lua` or `native`.
    pub kind: &'static str,
    /// The chunk; absent for a native function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The line that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The text of that line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its caller was replaced by a tail call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tail_call: bool,
    /// Its variables, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Variables>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// The variables of a frame.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Variables {
    /// Named parameters.
    pub parameters: Vec<Variable>,
    /// Extra arguments: `...`
    pub varargs: Vec<Depiction>,
    /// Local variables in scope, parameters apart.
    pub locals: Vec<Variable>,
    /// Upvalues.
    pub upvalues: Vec<Variable>,
    /// The arguments of a native function.
    pub arguments: Vec<Depiction>,
}

/// A named variable.
#[derive(Clone, Debug, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Depiction,
}

impl FrameReport {
    /// `file:line`, `[C]` for a native function, `?` for a Lua function that cannot be read.
    pub fn place(&self) -> String {
        match (&self.source, self.line) {
            (None, _) if self.kind == "lua" => "?".to_owned(),
            (Some(source), Some(line)) => format!("{source}:{line}"),
            (Some(source), None) => format!("{source}:?"),
            (None, _) => "[C]".to_owned(),
        }
    }
}

/// How much of a stack is wanted.
#[derive(Clone, Copy, Debug)]
pub struct StackExtent {
    /// Whether with variables.
    pub variables: bool,
    /// Frames of one coroutine; from a longer stack the middle is left out.
    pub frames: usize,
}

/// The stack of `coroutine` and of the chain of its resumers.
pub fn stack(dump: &Dump<'_>, coroutine: Addr, extent: StackExtent) -> StackReport {
    let (chain, fault) = dump.memory.resumers(coroutine);
    let mut painter = Painter::new(dump, Extent::GLIMPSE);
    let coroutines =
        chain.iter().map(|coroutine| coroutine_stack(dump, coroutine, extent, &mut painter)).collect();
    StackReport { coroutines, hole: fault.map(|fault| fault.to_string()) }
}

/// The frames of one coroutine as the reference's traceback has them, innermost first: all but the one below
/// the first function; of the main coroutine that one too, which stands for whoever started the program.
pub fn shown_frames(dump: &Dump<'_>, coroutine: &Coroutine) -> (Vec<Activation>, Option<Fault>) {
    let frames = dump.memory.frames(coroutine);
    let is_shown = |activation: &Activation| coroutine.is_main || !activation.is_bottom();
    (frames.activations.into_iter().filter(is_shown).collect(), frames.fault)
}

/// The frames of one coroutine.
pub fn coroutine_stack(
    dump: &Dump<'_>,
    coroutine: &Coroutine,
    extent: StackExtent,
    painter: &mut Painter<'_, '_>,
) -> CoroutineStack {
    let (activations, fault) = shown_frames(dump, coroutine);
    let omitted = (activations.len() > extent.frames).then(|| {
        let from = extent.frames.div_ceil(2);
        Omitted { from, count: activations.len() - extent.frames }
    });
    let is_left_out = |number: usize| {
        omitted.is_some_and(|omitted| (omitted.from..omitted.from + omitted.count).contains(&number))
    };
    let frames = activations
        .iter()
        .filter(|activation| !is_left_out(activation.number))
        .map(|activation| {
            let caller = activations.get(activation.number + 1);
            frame(dump, activation, caller, extent.variables.then_some(&mut *painter))
        })
        .collect();
    CoroutineStack {
        address: coroutine.addr.to_string(),
        is_main: coroutine.is_main,
        status: status_word(coroutine.status),
        frames,
        omitted,
        hole: fault.map(|fault| fault.to_string()),
    }
}

/// One frame; with its variables if there is a painter for them.
pub fn frame(
    dump: &Dump<'_>,
    activation: &Activation,
    caller: Option<&Activation>,
    painter: Option<&mut Painter<'_, '_>>,
) -> FrameReport {
    let mut report = FrameReport {
        number: activation.number,
        function: frame_function(dump, activation, caller),
        address: activation.function.object().map(|addr| addr.to_string()),
        kind: if activation.is_lua() { "lua" } else { "native" },
        source: None,
        line: None,
        code: None,
        tail_call: activation.is_tail_call(),
        variables: None,
        hole: None,
    };
    if activation.is_lua() {
        match dump.spot(activation) {
            Ok(spot) => {
                let place = dump.place(&spot);
                report.source = Some(place.source);
                report.line = place.line;
                report.code = place.line.and_then(|line| text::line(dump, &spot.prototype, line));
            }
            Err(fault) => {
                report.source = dump.function_place(activation.function).map(|place| place.source);
                report.hole = Some(fault.to_string());
            }
        }
    }
    if let Some(painter) = painter {
        report.variables = Some(variables(dump, activation, painter));
    }
    report
}

/// The variables of `activation`.
pub fn variables(dump: &Dump<'_>, activation: &Activation, painter: &mut Painter<'_, '_>) -> Variables {
    let mut variables = Variables::default();
    if activation.is_bottom() {
        return variables;
    }
    if !activation.is_lua() {
        match dump.memory.arguments(activation) {
            Ok(arguments) => {
                variables.arguments = arguments.into_iter().map(|value| painter.paint(value)).collect();
            }
            Err(fault) => variables.arguments.push(hole(&fault)),
        }
        return variables;
    }
    for (name, value, is_parameter) in named_locals(dump, activation) {
        // The three values that drive a `for` loop are the compiler's, not the programmer's.
        if name.starts_with('(') {
            continue;
        }
        let variable = Variable { name, value: painter.paint_found(value) };
        if is_parameter { variables.parameters.push(variable) } else { variables.locals.push(variable) }
    }
    match dump.memory.varargs(activation) {
        Ok(values) => variables.varargs = values.into_iter().map(|value| painter.paint(value)).collect(),
        Err(fault) => variables.varargs.push(hole(&fault)),
    }
    for (name, value) in named_upvalues(dump, activation.function) {
        let is_environment = name == "_ENV";
        let value = match value {
            Ok(value) if is_environment => painter.identity(value),
            value => painter.paint_found(value),
        };
        variables.upvalues.push(Variable { name, value });
    }
    variables
}

/// The local variables of `activation` in scope, in the order of their declaration; whether each is a
/// parameter.
pub fn named_locals(
    dump: &Dump<'_>,
    activation: &Activation,
) -> Vec<(String, Result<LuaValue, Fault>, bool)> {
    let Ok(spot) = dump.spot(activation) else { return Vec::new() };
    let locals = dump.memory.locals(&spot.prototype).unwrap_or_default();
    let parameter_count = usize::from(spot.prototype.object.parameter_count);
    locals
        .into_iter()
        .enumerate()
        .filter(|(_, local)| local.start_pc <= spot.index && spot.index < local.end_pc)
        .map(|(index, local)| {
            let value = dump.memory.register(activation, local.register);
            (local.name, value, index < parameter_count)
        })
        .collect()
}

/// The upvalues of a function, by name.
pub fn named_upvalues(dump: &Dump<'_>, function: LuaValue) -> Vec<(String, Result<LuaValue, Fault>)> {
    let memory = &dump.memory;
    let LuaValue::Function(addr) = function else { return Vec::new() };
    let Ok(closure) = memory.closure(addr) else { return Vec::new() };
    let names = memory
        .prototype(closure.prototype)
        .and_then(|prototype| memory.upvalue_names(&prototype))
        .unwrap_or_default();
    closure
        .upvalues
        .iter()
        .enumerate()
        .map(|(index, upvalue)| {
            let name =
                names.get(index).cloned().flatten().unwrap_or_else(|| format!("(upvalue {})", index + 1));
            (name, memory.upvalue(*upvalue).map(|upvalue| upvalue.value))
        })
        .collect()
}

/// The coroutine that failed, or ran when the dump was taken.
pub fn current(dump: &Dump<'_>) -> Result<Addr, NoAnswer> {
    let from_cause = dump.container.cause().ok().map(|cause| cause.coroutine).filter(|addr| !addr.is_null());
    let from_roots = || dump.memory.roots.as_ref().ok().map(|roots| roots.current.addr);
    from_cause.or_else(from_roots).filter(|addr| !addr.is_null()).ok_or_else(|| {
        NoAnswer::Nothing(
            "No coroutine ran when this dump was taken, or the part that tells is missing.".into(),
        )
    })
}
