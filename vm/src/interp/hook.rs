//! Debug hooks (manual, `debug.sethook`).
//!
//! While the running coroutine has a hook, `Roots::handlers` is a table of instruction handlers whose every entry
//! calls [`Vm::trace`] before the instruction itself. A program without hooks pays nothing for an instruction,
//! and a test of `Roots::hooked` for each native call and for each return that the hot handlers do not make.
//!
//! Events come where the reference has them (`luaG_traceexec`, `luaD_hookcall`, `rethook`): a line event when
//! the line changes or control goes back, a call event before a function's first instruction, a return event
//! when the results are there and `__close` handlers have run.

use super::names::FrameView;
use super::state::{NATIVE_SLOTS, Raise, Transfer, Vm};
use crate::heap::pointer::{Pointer, at, copy, to_addr};
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::{
    CoroutineObject, FRAME_HOOKED, FRAME_TAIL, Frame, FrameKind, HOOK_CALL, HOOK_COUNT, HOOK_LINE,
    HOOK_RETURN, HOOK_RUNNING,
};
use dumpfmt::layout::function::{CodeObject, FunctionObject, PrototypeObject};
use dumpfmt::layout::value::Value;

/// `hook_pc`: a Lua function has been called and has executed nothing yet.
const ENTERED: u32 = u32::MAX;
/// `hook_pc`: the next instruction is one that goes on (it closes variables one by one).
const CONTINUED: u32 = u32::MAX - 1;

/// What `debug.sethook` sets and `debug.gethook` tells.
#[derive(Clone, Copy, Debug)]
pub struct Hook {
    /// The function; nil for none.
    pub function: Value,
    /// A mask of the `HOOK_…` bits.
    pub mask: u32,
    /// Instructions between two count events, as given: a C int, which counts only when it is positive.
    pub count: u32,
}

/// What a hook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HookEvent {
    Call,
    TailCall,
    Return,
    /// The line, if the code has lines.
    Line(Option<u32>),
    Count,
}

impl HookEvent {
    const fn name(self) -> &'static [u8] {
        match self {
            HookEvent::Call => b"call",
            HookEvent::TailCall => b"tail call",
            HookEvent::Return => b"return",
            HookEvent::Line(_) => b"line",
            HookEvent::Count => b"count",
        }
    }
}

impl Vm {
    /// The hook of a coroutine.
    pub fn hook(&self, coroutine: Value) -> Hook {
        // SAFETY: the caller passes a valid coroutine.
        let coroutine = unsafe { &*at::<CoroutineObject>(coroutine.addr()) };
        Hook {
            function: coroutine.hook,
            mask: coroutine.hook_mask & !HOOK_RUNNING,
            count: coroutine.hook_count,
        }
    }

    /// Sets the hook of a coroutine.
    pub fn set_hook(&mut self, coroutine: Value, hook: Hook) {
        let object = at::<CoroutineObject>(coroutine.addr());
        // SAFETY: the caller passes a valid coroutine.
        unsafe {
            (*object).hook = hook.function;
            (*object).hook_mask = (*object).hook_mask & HOOK_RUNNING | hook.mask;
            (*object).hook_count = hook.count;
            (*object).hook_left = hook.count;
        }
        self.heap.barrier(hook.function);
        self.choose_handlers();
    }

    /// Gives a coroutine that the running one creates its mask, though not its function, as the reference does.
    ///
    /// # Safety
    /// `created` is valid.
    pub(super) unsafe fn inherit_hook(&self, created: *mut CoroutineObject) {
        let creator = self.current();
        // SAFETY: the caller's; the running coroutine is valid.
        unsafe {
            (*created).hook_mask = (*creator).hook_mask & !HOOK_RUNNING;
            (*created).hook_count = (*creator).hook_count;
        }
    }

    /// Lets the instructions of the running coroutine be traced, or not: after any change of the hook or of the
    /// coroutine.
    pub(super) fn choose_handlers(&mut self) {
        // SAFETY: the running coroutine is valid.
        let coroutine = unsafe { &*self.current() };
        let hooked = !coroutine.hook.is_nil()
            && coroutine.hook_mask & !HOOK_RUNNING != 0
            && coroutine.hook_mask & HOOK_RUNNING == 0;
        self.r().hooked = hooked as u32;
        self.r().handlers = super::handlers::table(hooked);
    }

    /// The hook's part of the instruction that a Lua function is about to execute.
    pub(super) fn trace(&mut self, instruction: Instruction) -> Result<(), Raise> {
        let coroutine = self.current();
        // SAFETY: the running coroutine is valid; its innermost frame is a Lua function's.
        unsafe {
            let (pc, prototype) = self.running_code();
            match (*coroutine).hook_pc {
                ENTERED => {
                    let adjusts = instruction.opcode() == Some(Opcode::VarArgPrepare);
                    (*coroutine).hook_pc = adjusts as u32;
                    if (*coroutine).hook_mask & HOOK_CALL != 0 {
                        let tail = self.frame().flags & FRAME_TAIL != 0;
                        let event = if tail { HookEvent::TailCall } else { HookEvent::Call };
                        let count = (*prototype).parameter_count;
                        self.call_hook(event, self.scratch(), (1, count.into()))?;
                    }
                    // What a vararg function begins with belongs to the call.
                    if adjusts {
                        return Ok(());
                    }
                }
                CONTINUED => {
                    (*coroutine).hook_pc = pc;
                    return Ok(());
                }
                _ => {}
            }
            let mask = (*coroutine).hook_mask;
            // An instruction whose operands reach up to the top has values above the registers.
            let live = match instruction.opcode() {
                Some(Opcode::Call | Opcode::TailCall | Opcode::Return | Opcode::SetList)
                    if instruction.b() == 0 =>
                {
                    self.scratch().max(self.top())
                }
                _ => self.scratch(),
            };
            let live = to_addr(live).0 - self.stack_first().0;
            let live = |vm: &Vm| at(vm.stack_first().offset(live));
            if mask & HOOK_COUNT != 0 {
                (*coroutine).hook_left -= 1;
                if (*coroutine).hook_left == 0 {
                    (*coroutine).hook_left = (*coroutine).hook_count;
                    self.call_hook(HookEvent::Count, live(self), (0, 0))?;
                }
            }
            if mask & HOOK_LINE != 0 {
                let code = super::names::Code(prototype);
                let before = (*coroutine).hook_pc;
                let before = if before < (*prototype).code_count { before } else { 0 };
                let line = code.line(pc);
                if pc <= before || line != code.line(before) {
                    self.call_hook(HookEvent::Line(line), live(self), (0, 0))?;
                }
                (*coroutine).hook_pc = pc;
            }
        }
        Ok(())
    }

    /// The word being executed by the innermost frame, a Lua function's, as an index into its code.
    ///
    /// # Safety
    /// It is a Lua function's, and its pc is published.
    unsafe fn running_code(&self) -> (u32, *const PrototypeObject) {
        // SAFETY: the caller's; `base[-1]` is a valid closure.
        unsafe {
            let frame = self.frame();
            let function = at::<FunctionObject>((*at::<Value>(frame.base).sub(1)).addr());
            let prototype: *const PrototypeObject = (*function).prototype.ptr();
            let first = (*prototype).code.addr.offset(CodeObject::WORDS);
            ((frame.pc.0.wrapping_sub(first.0) / 4).wrapping_sub(1) as u32, prototype)
        }
    }

    /// A Lua function has got its frame.
    pub(super) fn note_entered(&mut self) {
        // SAFETY: the running coroutine is valid.
        unsafe { (*self.current()).hook_pc = ENTERED };
    }

    /// The instruction that is about to go on has been traced.
    pub(super) fn note_continued(&mut self) {
        // SAFETY: as above.
        unsafe { (*self.current()).hook_pc = CONTINUED };
    }

    /// A callee has returned into the innermost frame.
    pub(super) fn note_returned(&mut self) {
        if self.frame().kind() == Some(FrameKind::Lua) {
            // SAFETY: as above; the frame is a Lua function's.
            unsafe { (*self.current()).hook_pc = self.running_code().0 };
        }
    }

    /// The call event of the native function that has just got its frame.
    #[cold]
    #[inline(never)]
    pub(super) fn hook_native_call(&mut self) -> Result<(), Raise> {
        // SAFETY: the running coroutine is valid.
        if unsafe { (*self.current()).hook_mask } & HOOK_CALL == 0 {
            return Ok(());
        }
        let count = (self.r().top.0 - self.frame().base.0) / size_of::<Value>() as u64;
        self.call_hook(HookEvent::Call, self.top(), (1, count as u32))
    }

    /// The return event of the innermost frame, whose results are `count` values from `first` on. They may move:
    /// where they are afterwards.
    #[cold]
    #[inline(never)]
    pub(super) fn hook_return(&mut self, mut first: *mut Value, count: usize) -> Result<*mut Value, Raise> {
        // SAFETY: the running coroutine is valid.
        if unsafe { (*self.current()).hook_mask } & HOOK_RETURN == 0 {
            return Ok(first);
        }
        let base = at::<Value>(self.frame().base);
        if first < base {
            // `pcall` and its like return from the slot of the function, which is no local variable.
            for index in (0..count).rev() {
                // SAFETY: results are followed by spare slots of the stack.
                unsafe { copy(base.add(index), first.add(index)) };
            }
            first = base;
        }
        let offset = to_addr(first).0 - self.stack_first().0;
        let live = self.scratch().max(first.wrapping_add(count));
        let number = (to_addr(first).0 - to_addr(base).0) / size_of::<Value>() as u64 + 1;
        self.call_hook(HookEvent::Return, live, (number as u32, count as u32))?;
        Ok(at(self.stack_first().offset(offset)))
    }

    /// Calls the hook on top of the innermost frame, above `live`, where the slots in use end.
    fn call_hook(&mut self, event: HookEvent, live: *mut Value, transfer: (u32, u32)) -> Result<(), Raise> {
        let coroutine = self.current();
        // SAFETY: the running coroutine is valid.
        let hook = unsafe { (*coroutine).hook };
        if hook.is_nil() {
            return Ok(());
        }
        let offset = self.r().top.0 - self.stack_first().0;
        self.set_top(live);
        self.ensure_stack(NATIVE_SLOTS)?;
        self.push(hook);
        self.push_string(event.name())?;
        self.push(match event {
            HookEvent::Line(Some(line)) => Value::integer(line.into()),
            _ => Value::NIL,
        });
        // SAFETY: as above.
        unsafe { (*coroutine).hook_mask |= HOOK_RUNNING };
        self.choose_handlers();
        let transfer = self.transfer_at(transfer);
        let outer = core::mem::replace(&mut self.transfer, transfer);
        self.frame().flags |= FRAME_HOOKED;
        let result = self.call(2, 0);
        self.frame().flags &= !FRAME_HOOKED;
        self.transfer = outer;
        // SAFETY: as above.
        unsafe { (*coroutine).hook_mask &= !HOOK_RUNNING };
        self.choose_handlers();
        self.r().top = self.stack_first().offset(offset);
        result
    }

    fn transfer_at(&self, (first, count): (u32, u32)) -> Transfer {
        let coroutine = self.current();
        // SAFETY: the running coroutine is valid.
        let oldest = unsafe { to_addr(self.first_frame(coroutine)) };
        let frame = (self.r().frame.0 - oldest.0) / size_of::<Frame>() as u64;
        // Of no values there is no first one.
        let first = if count == 0 { 0 } else { first };
        Transfer { coroutine: to_addr(coroutine), frame, first, count }
    }

    /// The first of the values that the call or the return of a frame of `coroutine` hands over, as the number
    /// of a local variable, and how many they are; zeros when no hook has been called for that.
    pub fn transferred(&self, coroutine: Value, frame: FrameView) -> (u32, u32) {
        let Transfer { coroutine: of, frame: index, first, count } = self.transfer;
        // SAFETY: the caller passes a valid coroutine.
        let oldest = unsafe { to_addr(self.first_frame(at(coroutine.addr()))) };
        let wanted = oldest.offset(index * size_of::<Frame>() as u64);
        if of == coroutine.addr() && to_addr(frame.0) == wanted { (first, count) } else { (0, 0) }
    }
}
