//! What the source calls things: variable names in messages, function names in tracebacks, lines.
//!
//! Names are found as the reference finds them: from the debug data of the prototype, and by looking back from
//! an instruction to the one that last set a register.
//!
//! Not here: the messages (`messages.rs`), tracebacks (`traceback.rs`).

use super::state::Vm;
use crate::c_string::until_nul;
use crate::heap::pointer::{Pointer, at, load, store, to_addr};
use crate::heap::string;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode, Operand};
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{FRAME_FINALIZING, FRAME_HOOKED, FRAME_TAIL, Frame, FrameKind};
use dumpfmt::layout::function::{
    BytesObject, CodeObject, FunctionObject, LocalEntry, PrototypeObject, UpvalueEntry,
};
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::{self, Origin, Value};
use dumpfmt::line_table;

/// A name and what kind of thing it names: `("field", "x")`.
pub type Name = (&'static str, Vec<u8>);

/// A function being executed, as far as names need it.
#[derive(Clone, Copy)]
pub struct Place {
    prototype: *const PrototypeObject,
    /// Index of the instruction being executed.
    pub pc: u32,
}

/// Safe reading of a prototype's parts.
#[derive(Clone, Copy)]
pub struct Code(pub(super) *const PrototypeObject);

impl Code {
    /// The words of code.
    pub fn words(&self) -> &[u32] {
        // SAFETY: a valid prototype's code object is valid; code outlives the borrow, since its function is on
        // a stack.
        unsafe {
            let code: *const CodeObject = (*self.0).code.ptr();
            let first = code.cast::<u8>().add(CodeObject::WORDS as usize).cast::<u32>();
            core::slice::from_raw_parts(first, (*code).count as usize)
        }
    }

    fn bytes(&self, of: dumpfmt::addr::Ref<BytesObject>) -> &[u8] {
        if of.is_null() {
            return &[];
        }
        // SAFETY: as in `words`.
        unsafe {
            let bytes: *const BytesObject = of.ptr();
            let first = bytes.cast::<u8>().add(BytesObject::BYTES as usize);
            core::slice::from_raw_parts(first, (*bytes).length as usize)
        }
    }

    fn value(&self, of: dumpfmt::addr::Ref<ValuesObject>, index: usize) -> Option<Value> {
        if of.is_null() {
            return None;
        }
        // SAFETY: as in `words`; the index is checked.
        unsafe {
            let values: *const ValuesObject = of.ptr();
            if index >= (*values).length as usize {
                return None;
            }
            Some(load(values.cast::<u8>().add(ValuesObject::VALUES as usize).cast::<Value>().add(index)))
        }
    }

    /// All values of a row.
    pub(super) fn row(&self, of: dumpfmt::addr::Ref<ValuesObject>) -> Vec<Value> {
        (0..).map_while(|index| self.value(of, index)).collect()
    }

    pub(super) fn name(&self, index: u32) -> Option<Vec<u8>> {
        // SAFETY: as in `words`.
        let name = self.value(unsafe { (*self.0).names }, index as usize)?;
        text_of(name)
    }

    /// A constant as a name, which in the reference's messages ends at a zero.
    fn constant_string(&self, index: u32) -> Option<Vec<u8>> {
        // SAFETY: as in `words`.
        let mut text = text_of(self.value(unsafe { (*self.0).constants }, index as usize)?)?;
        text.truncate(until_nul(&text).len());
        Some(text)
    }

    /// The local variables.
    pub fn locals(&self) -> Vec<LocalEntry> {
        // SAFETY: as in `words`.
        records(self.bytes(unsafe { (*self.0).locals }))
    }

    /// Where closures find its upvalues, and their names.
    pub(super) fn upvalues(&self) -> Vec<UpvalueEntry> {
        // SAFETY: as in `words`.
        records(self.bytes(unsafe { (*self.0).upvalues }))
    }

    /// The name of the local variable in `register` at `pc`.
    pub(super) fn local_name(&self, register: u8, pc: u32) -> Option<Vec<u8>> {
        let locals = self.locals();
        let local = locals
            .iter()
            .rev()
            .find(|l| l.register == register as u32 && l.start_pc <= pc && pc < l.end_pc)?;
        self.name(local.name)
    }

    /// The name of an upvalue; `None` when it was stripped.
    pub fn upvalue_name(&self, index: u8) -> Option<Vec<u8>> {
        self.name(self.upvalues().get(index as usize)?.name)
    }

    /// The same as messages show it.
    pub(super) fn shown_upvalue_name(&self, index: u8) -> Vec<u8> {
        self.upvalue_name(index).unwrap_or_else(|| b"?".to_vec())
    }

    /// The line of a word of code.
    pub fn line(&self, pc: u32) -> Option<u32> {
        // SAFETY: as in `words`.
        line_table::lookup(self.bytes(unsafe { (*self.0).lines }), pc)
    }

    /// The lines of all words.
    pub(super) fn lines(&self) -> impl Iterator<Item = u32> {
        // SAFETY: as in `words`.
        line_table::lines(self.bytes(unsafe { (*self.0).lines }))
    }

    /// The chunk's name as Lua's `source`; `None` when it was stripped.
    pub(super) fn marked_source(&self) -> Option<Vec<u8>> {
        // SAFETY: as in `words`; a valid prototype's source is valid.
        unsafe {
            let source = (*self.0).source;
            (!source.is_null()).then(|| string::bytes(source.ptr()).to_vec())
        }
    }

    /// The same as debuggers show it.
    pub fn source(&self) -> Vec<u8> {
        self.marked_source().unwrap_or_else(|| b"=?".to_vec())
    }

    /// The start of the instruction that `word` belongs to.
    pub fn instruction_at(&self, word: u32) -> u32 {
        let mut start = 0;
        for (index, _) in self.instructions() {
            if index > word {
                break;
            }
            start = index;
        }
        start
    }

    pub(super) fn instructions(&self) -> impl Iterator<Item = (u32, Instruction)> + '_ {
        let words = self.words();
        let mut next = 0usize;
        core::iter::from_fn(move || {
            let index = next;
            let instruction = Instruction(*words.get(index)?);
            let aux = instruction.opcode().is_some_and(|opcode| opcode.info().aux != Operand::None);
            next += 1 + aux as usize;
            Some((index as u32, instruction))
        })
    }

    /// The instruction before `last` that set `register` on every path, if one can be told.
    fn setter(&self, last: u32, register: u8) -> Option<(u32, Instruction)> {
        let mut setter = None;
        let mut jump_target = 0;
        for (pc, instruction) in self.instructions() {
            if pc >= last {
                break;
            }
            let opcode = instruction.opcode()?;
            let a = instruction.a();
            let sets = match opcode {
                Opcode::LoadNil => a <= register && register <= a + instruction.b(),
                Opcode::GenericForCall => register >= a + 2,
                Opcode::Call | Opcode::TailCall => register >= a,
                Opcode::VarArg => register >= a,
                Opcode::SelfField => register == a || register == a + 1,
                Opcode::ForPrepare | Opcode::ForLoop => register >= a && register <= a + 3,
                Opcode::Jump => {
                    let target = (pc as i32 + 1 + instruction.jump_distance()) as u32;
                    if target <= last && target > jump_target {
                        jump_target = target;
                    }
                    false
                }
                _ => {
                    let stores = !matches!(
                        opcode,
                        Opcode::SetUpvalue
                            | Opcode::SetTable
                            | Opcode::SetTableK
                            | Opcode::SetInteger
                            | Opcode::SetIntegerK
                            | Opcode::SetField
                            | Opcode::SetFieldK
                            | Opcode::SetList
                            | Opcode::Close
                            | Opcode::ToBeClosed
                            | Opcode::Equal
                            | Opcode::LessThan
                            | Opcode::LessEqual
                            | Opcode::EqualConstant
                            | Opcode::EqualImmediate
                            | Opcode::LessThanImmediate
                            | Opcode::LessEqualImmediate
                            | Opcode::GreaterThanImmediate
                            | Opcode::GreaterEqualImmediate
                            | Opcode::Test
                            | Opcode::Return
                            | Opcode::Return1
                    );
                    let info = opcode.info();
                    stores && matches!(info.a, Operand::Register | Operand::Row) && a == register
                }
            };
            if sets {
                // Inside the range of a forward jump the setter may have been stepped over.
                setter = if pc < jump_target { None } else { Some((pc, instruction)) };
            }
        }
        setter
    }

    /// The constant that is in `register` at `pc` and in no variable. Only one that was moved is followed, and down
    /// only: in code without names a chain of look-ups may be as long as the code.
    fn constant_name(&self, mut pc: u32, mut register: u8) -> Option<Vec<u8>> {
        while self.local_name(register, pc).is_none() {
            let (setter, instruction) = self.setter(pc, register)?;
            match instruction.opcode()? {
                Opcode::Move if instruction.b() < instruction.a() => {
                    (pc, register) = (setter, instruction.b());
                }
                Opcode::LoadConstant => return self.constant_string(instruction.bx() as u32),
                Opcode::LoadConstantX => {
                    return self.constant_string(self.words().get(setter as usize + 1).copied()?);
                }
                _ => return None,
            }
        }
        None
    }

    /// What the source calls the value in `register` at `pc`.
    pub fn register_name(&self, pc: u32, register: u8) -> Option<Name> {
        if let Some(name) = self.local_name(register, pc) {
            return Some(("local", name));
        }
        let (setter, instruction) = self.setter(pc, register)?;
        let aux = || self.words().get(setter as usize + 1).copied().unwrap_or(0);
        match instruction.opcode()? {
            Opcode::Move if instruction.b() < instruction.a() => self.register_name(setter, instruction.b()),
            Opcode::GetTabUp => {
                let table = self.upvalue_name(instruction.b());
                Some((scope_of(table.as_deref()), self.constant_string(aux())?))
            }
            Opcode::GetField => {
                let table = self.local_name(instruction.b(), setter);
                Some((scope_of(table.as_deref()), self.constant_string(aux())?))
            }
            Opcode::GetTable => {
                let key = self.constant_name(setter, instruction.c()).unwrap_or_else(|| b"?".to_vec());
                let table = self.local_name(instruction.b(), setter);
                Some((scope_of(table.as_deref()), key))
            }
            Opcode::GetInteger => Some(("field", b"integer index".to_vec())),
            Opcode::GetUpvalue => Some(("upvalue", self.shown_upvalue_name(instruction.b()))),
            Opcode::LoadConstant => Some(("constant", self.constant_string(instruction.bx() as u32)?)),
            Opcode::LoadConstantX => Some(("constant", self.constant_string(aux())?)),
            Opcode::SelfField => Some(("method", self.constant_string(aux())?)),
            _ => None,
        }
    }
}

fn scope_of(table: Option<&[u8]>) -> &'static str {
    if table == Some(b"_ENV") { "global" } else { "field" }
}

fn records<T: zerocopy::FromBytes>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).filter_map(|chunk| T::read_from_bytes(chunk).ok()).collect()
}

fn text_of(value: Value) -> Option<Vec<u8>> {
    // SAFETY: a string among the constants or names of a valid prototype is valid.
    value.is_string().then(|| unsafe { string::bytes(at(value.addr())).to_vec() })
}

impl Place {
    /// The code being executed.
    pub fn code(&self) -> Code {
        Code(self.prototype)
    }

    /// The instruction being executed.
    pub fn instruction(&self) -> Instruction {
        Instruction(self.code().words().get(self.pc as usize).copied().unwrap_or(0))
    }

    /// The line being executed; `None` in stripped code.
    pub fn line(&self) -> Option<u32> {
        self.code().line(self.pc)
    }

    /// The chunk's name as it is shown.
    pub fn short_source(&self) -> Vec<u8> {
        compiler::chunk_name::short_source(&self.code().source())
    }

    /// `file:line`, or only `file` in stripped code.
    pub(super) fn shown(&self) -> Vec<u8> {
        let mut text = self.short_source();
        if let Some(line) = self.line() {
            text.extend_from_slice(format!(":{line}").as_bytes());
        }
        text
    }

    /// How the instruction came to make a nil: `absent field 'x'`.
    pub fn describe(&self, origin: Origin) -> Vec<u8> {
        let instruction = self.instruction();
        let code = self.code();
        let called = || match code.register_name(self.pc, instruction.a()) {
            Some((kind, name)) => [kind.as_bytes(), b" '", &name, b"'"].concat(),
            None => b"a function".to_vec(),
        };
        match origin {
            Origin::MissingArgument => [b"argument not passed to ".as_slice(), &called()].concat(),
            Origin::MissingResult => [b"result not returned by ".as_slice(), &called()].concat(),
            Origin::NativeResult => [b"returned by ".as_slice(), &called()].concat(),
            Origin::Instruction => self.describe_miss(instruction),
        }
    }

    fn describe_miss(&self, instruction: Instruction) -> Vec<u8> {
        let code = self.code();
        let aux = code.words().get(self.pc as usize + 1).copied().unwrap_or(0);
        let key = |kind: &str, name: Vec<u8>| [b"absent ", kind.as_bytes(), b" '", &name, b"'"].concat();
        match instruction.opcode() {
            Some(Opcode::LoadNil) => b"set to nil".to_vec(),
            Some(Opcode::GetTabUp) => {
                let scope = scope_of(code.upvalue_name(instruction.b()).as_deref());
                key(scope, code.constant_string(aux).unwrap_or_default())
            }
            Some(Opcode::GetField) => key("field", code.constant_string(aux).unwrap_or_default()),
            Some(Opcode::SelfField) => key("method", code.constant_string(aux).unwrap_or_default()),
            Some(Opcode::GetInteger) => format!("absent index [{}]", instruction.c()).into_bytes(),
            Some(Opcode::GetTable) => match code.register_name(self.pc, instruction.c()) {
                Some((kind, name)) => [b"absent key (", kind.as_bytes(), b" '", &name, b"')"].concat(),
                None => b"absent key".to_vec(),
            },
            Some(Opcode::VarArg) => b"argument not passed for '...'".to_vec(),
            _ => b"nil".to_vec(),
        }
    }

    /// The line of the function's head, 0 for a main chunk.
    pub fn line_defined(&self) -> u32 {
        // SAFETY: valid.
        unsafe { (*self.prototype).line_defined }
    }
}

/// Safe reading of a frame.
#[derive(Clone, Copy)]
pub struct FrameView(pub(super) *const Frame);

impl FrameView {
    /// What the frame is.
    pub fn kind(&self) -> FrameKind {
        // SAFETY: views are made of frames that stand.
        unsafe { (*self.0).kind().unwrap_or(FrameKind::Native) }
    }

    /// Whether it took the place of its caller.
    pub fn is_tail_call(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*self.0).flags & FRAME_TAIL != 0 }
    }

    /// Its function; nil at the bottom of a coroutine that is not the main one.
    pub fn function(&self) -> Value {
        // SAFETY: `base[-1]` is the function.
        unsafe { load(at::<Value>((*self.0).base).sub(1)) }
    }

    /// Where it stands, if it is a Lua function's.
    pub fn place(&self) -> Option<Place> {
        if self.kind() != FrameKind::Lua {
            return None;
        }
        // SAFETY: as above; the saved pc lies one past a word of the function's code.
        unsafe {
            let prototype: *const PrototypeObject =
                (*at::<FunctionObject>(self.function().addr())).prototype.ptr();
            let first = (*prototype).code.addr.offset(CodeObject::WORDS);
            let word = ((*self.0).pc.0.wrapping_sub(first.0) / 4).saturating_sub(1) as u32;
            let code = Code(prototype);
            Some(Place { prototype, pc: code.instruction_at(word) })
        }
    }
}

impl Vm {
    /// The frames of a coroutine from the innermost out; the bottom counts only in the main coroutine, where it
    /// is the machine code that runs the program.
    pub fn frames_of(&self, coroutine: Value) -> Vec<FrameView> {
        let coroutine = at::<dumpfmt::layout::coroutine::CoroutineObject>(coroutine.addr());
        let innermost = if coroutine == self.current() {
            self.r().frame
        } else {
            // SAFETY: a valid coroutine.
            unsafe { (*coroutine).frame }
        };
        // SAFETY: as above; frames lie one below the other.
        let oldest = unsafe { self.first_frame(coroutine) };
        let mut views = Vec::new();
        let mut frame = at::<Frame>(innermost);
        let main = coroutine == at(self.r().main.addr);
        while to_addr(frame) > to_addr(oldest) || main && frame == oldest {
            views.push(FrameView(frame));
            frame = frame.wrapping_sub(1);
        }
        views
    }

    /// Has `function` stand at the bottom of the coroutine that runs.
    pub(crate) fn set_bottom_function(&mut self, function: Value) {
        // SAFETY: the function of a frame lies below its base; stacks need no barrier while they run.
        unsafe { store(at::<Value>((*self.oldest_frame()).base).sub(1), function) };
    }

    /// The coroutine that runs, as a value.
    pub fn running(&self) -> Value {
        Value::object(value::COROUTINE, self.r().current.addr)
    }

    /// `file:line: ` of a frame, empty unless it is a Lua function's. Stripped code stands in line -1.
    pub(super) fn position_of_frame(&self, frame: Addr) -> Vec<u8> {
        let Some(place) = FrameView(at::<Frame>(frame)).place() else { return Vec::new() };
        let mut text = place.short_source();
        let line = place.line().map_or(-1, i64::from);
        text.extend_from_slice(format!(":{line}: ").as_bytes());
        text
    }

    /// `file:line: ` of the function `level` frames out from the innermost (which is level 0); empty when it has
    /// no lines.
    pub fn position(&self, level: usize) -> Vec<u8> {
        let distance = (level as u64).saturating_mul(size_of::<Frame>() as u64);
        let frame = self.r().frame.0.saturating_sub(distance);
        // SAFETY: the running coroutine is valid.
        let oldest = unsafe { to_addr(self.first_frame(self.current())) };
        if Addr(frame) <= oldest {
            return Vec::new();
        }
        match FrameView(at::<Frame>(Addr(frame))).place().and_then(|place| place.line()) {
            Some(_) => self.position_of_frame(Addr(frame)),
            None => Vec::new(),
        }
    }

    /// The place that an instruction's address names.
    pub(super) fn place_of_address(&self, pc: Addr) -> Option<Place> {
        let (object, kind) = self.heap.object_at(pc)?;
        if kind != Kind::Code {
            return None;
        }
        // SAFETY: an allocated slot of this kind holds a code object.
        let prototype: *const PrototypeObject = unsafe { (*at::<CodeObject>(object)).prototype.ptr() };
        let word = (pc.0.wrapping_sub(object.0 + CodeObject::WORDS) / 4) as u32;
        let code = Code(prototype);
        Some(Place { prototype, pc: code.instruction_at(word) })
    }

    /// Where the innermost frame stands, if it is a Lua function's.
    pub(super) fn place(&self) -> Option<Place> {
        FrameView(at::<Frame>(self.r().frame)).place()
    }

    /// What the caller, `caller`, called the function of the frame above it, `callee`.
    pub fn called_name(&self, callee: FrameView, caller: Option<FrameView>) -> Option<Name> {
        // SAFETY: the view's frame stands.
        let is_tail_call = unsafe { (*callee.0).flags } & FRAME_TAIL != 0;
        if is_tail_call { None } else { self.callee_name(caller?) }
    }

    /// The name by which `caller` calls what it is calling.
    pub(super) fn callee_name(&self, caller: FrameView) -> Option<Name> {
        // SAFETY: the view's frame stands.
        let flags = unsafe { (*caller.0).flags };
        if flags & FRAME_HOOKED != 0 {
            return Some(("hook", b"?".to_vec()));
        }
        if flags & FRAME_FINALIZING != 0 {
            return Some(("metamethod", b"__gc".to_vec()));
        }
        let place = caller.place()?;
        let instruction = place.instruction();
        let integers = |register: u8| {
            // SAFETY: a register of the caller's frame.
            let base = unsafe { (*caller.0).base };
            // SAFETY: as above.
            unsafe { (*at::<Value>(base).add(register as usize)).kind == value::INTEGER }
        };
        match instruction.opcode()? {
            Opcode::Call | Opcode::TailCall => place.code().register_name(place.pc, instruction.a()),
            Opcode::GenericForCall => Some(("for iterator", b"for iterator".to_vec())),
            // Of integers, both raise an error by themselves (a division by zero).
            Opcode::FloorDiv | Opcode::Mod if integers(instruction.b()) && integers(instruction.c()) => None,
            Opcode::FloorDivConstant | Opcode::ModConstant if integers(instruction.b()) => None,
            opcode => Some(("metamethod", Event::called_by(opcode)?.key().as_bytes()[2..].to_vec())),
        }
    }
}
