//! Calls: frames pushed and ended, the value stack grown, results delivered.
//!
//! A callee lies on the value stack with its arguments above it; its results replace it. A Lua function only
//! gets a frame here, the loop does the rest; a native function runs to its [`Step`] at once.
//!
//! Invariant: `Roots::frame` is the innermost frame, and its `pc` says where it goes on.

use super::state::{EXTRA_SLOTS, NATIVE_SLOTS, Raise, STACK_LENGTH_MAX, Step, Vm};
use crate::heap::OutOfMemory;
use crate::heap::pointer::{Pointer, at, copy, store, to_addr, to_ref};
use compiler::NESTING_MAX;
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::coroutine::{
    CoroutineObject, FRAME_ENTRY, FRAME_EXTRA_SHIFT, FRAME_KIND_MASK, FRAME_VARARG, Frame, FrameKind,
    FramesObject, RESULTS_ALL, RESULTS_FINISH, StackObject, Status,
};
use dumpfmt::layout::function::{CodeObject, FunctionObject, NativeObject, PrototypeObject, UpvalueObject};
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::{self, Origin, Value};
use dumpfmt::layout::{Kind, ObjectHeader};

/// Whether the loop that runs now goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// With the innermost frame.
    Continue,
    /// The frame that machine code had called has ended: control goes back there.
    Leave,
}

/// What remains to be done with the result of a metamethod: the private part of a `RESULTS_FINISH` code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Store it to the register.
    Store(u8),
    /// The `Jump` that follows is taken when its truth is this.
    Jump(bool),
    /// Drop it.
    Discard,
    /// Execute the instruction again (it closes variables one by one).
    Redo,
    /// It takes the place of the last two of these many operands of a concatenation that starts at the
    /// register.
    Concat(u8, u8),
}

impl Finish {
    #[inline(always)]
    pub(super) fn encode(self) -> i32 {
        let code = match self {
            Finish::Store(register) => register as i32,
            Finish::Jump(wanted) => 1 << 8 | wanted as i32,
            Finish::Discard => 2 << 8,
            Finish::Redo => 3 << 8,
            Finish::Concat(register, count) => 4 << 8 | register as i32 | (count as i32) << 12,
        };
        RESULTS_FINISH - code
    }

    #[inline(always)]
    pub(super) fn decode(wanted: i32) -> Finish {
        let code = RESULTS_FINISH - wanted;
        match code >> 8 & 15 {
            0 => Finish::Store(code as u8),
            1 => Finish::Jump(code & 1 != 0),
            2 => Finish::Discard,
            3 => Finish::Redo,
            _ => Finish::Concat(code as u8, (code >> 12) as u8),
        }
    }
}

/// Writes both words in one store: the handlers of returns read them as one, and that would wait for two stores to
/// reach the cache (a fifth of the time of a metamethod's call).
///
/// # Safety
/// `frame` is a frame.
#[inline(always)]
pub(super) unsafe fn set_results(frame: *mut Frame, wanted: i32, flags: u32) {
    const { assert!(core::mem::offset_of!(Frame, results_wanted) + 4 == core::mem::offset_of!(Frame, flags)) };
    // SAFETY: the caller's; the two fields share an aligned word.
    unsafe {
        let word = wanted as u32 as u64 | (flags as u64) << 32;
        (&raw mut (*frame).results_wanted).cast::<u64>().write(word);
    }
}

const FRAME_BYTES: u64 = size_of::<Frame>() as u64;
const VALUE_BYTES: u64 = size_of::<Value>() as u64;
const STACK_LENGTH_FIRST: u64 = 44;
const FRAMES_FIRST: u64 = 6;

impl Vm {
    /// A coroutine with a bottom frame and nothing to run.
    pub(crate) fn create_coroutine_object(&mut self) -> Result<*mut CoroutineObject, OutOfMemory> {
        let stack_bytes = Self::stack_bytes(STACK_LENGTH_FIRST);
        let stack = self.heap.allocate(Kind::Stack, stack_bytes)?.cast::<StackObject>();
        let frames_bytes = (FramesObject::FRAMES + FRAMES_FIRST * FRAME_BYTES) as usize;
        let frames = self.heap.allocate(Kind::Frames, frames_bytes)?.cast::<FramesObject>();
        let coroutine = self.heap.allocate(Kind::Coroutine, size_of::<CoroutineObject>())?;
        let coroutine = coroutine.cast::<CoroutineObject>();
        // SAFETY: three fresh slots of these sizes, filled here before anything sees them.
        unsafe {
            (*stack).capacity = STACK_LENGTH_FIRST + EXTRA_SLOTS as u64;
            let values = stack.cast::<u8>().add(StackObject::VALUES as usize).cast::<Value>();
            core::ptr::write_bytes(values, 0, (*stack).capacity as usize);
            (*frames).capacity = FRAMES_FIRST;
            let bottom = frames.cast::<u8>().add(FramesObject::FRAMES as usize).cast::<Frame>();
            bottom.write(Frame {
                pc: self.native_return_pc(),
                base: to_addr(values.add(1)),
                constants: Addr::NULL,
                results_wanted: RESULTS_ALL,
                flags: FrameKind::Bottom as u32,
            });
            let header: ObjectHeader = (*coroutine).header;
            coroutine.write(CoroutineObject {
                header,
                stack: to_ref(stack),
                frames: to_ref(frames),
                frame: to_addr(bottom),
                frame_limit: to_addr(bottom.add(FRAMES_FIRST as usize - 1)),
                stack_limit: to_addr(values.add(STACK_LENGTH_FIRST as usize)),
                top: to_addr(values.add(1)),
                open_upvalues: Ref::NULL,
                to_be_closed: Addr::NULL,
                resumer: Ref::NULL,
                hook: Value::NIL,
                hook_mask: 0,
                hook_count: 0,
                native_depth: 0,
                nesting: 0,
                site: Addr::NULL,
                error: Value::NIL,
                hook_left: 0,
                hook_pc: 0,
            });
            (*coroutine).header.flags = Status::Suspended as u8;
        }
        Ok(coroutine)
    }

    fn stack_bytes(length: u64) -> usize {
        (StackObject::VALUES + (length + EXTRA_SLOTS as u64) * VALUE_BYTES) as usize
    }

    /// Where the saved pc of a native frame points.
    pub(super) fn native_return_pc(&self) -> Addr {
        to_addr(self.native_return.as_ptr())
    }

    /// Makes sure that `count` values can be pushed. The stack may move.
    #[inline(always)]
    pub(crate) fn ensure_stack(&mut self, count: usize) -> Result<(), Raise> {
        let roots = self.r();
        if roots.stack_limit.0.wrapping_sub(roots.top.0) as i64 >= (count * size_of::<Value>()) as i64 {
            return Ok(());
        }
        self.grow_stack(count)
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&mut self, count: usize) -> Result<(), Raise> {
        let coroutine = self.current();
        // SAFETY: the running coroutine and its stack are valid.
        let (first, capacity) = unsafe {
            let stack = (*coroutine).stack.ptr();
            (to_addr(stack).0 + StackObject::VALUES, (*stack).capacity - EXTRA_SLOTS as u64)
        };
        let needed = (self.r().top.0 - first) / VALUE_BYTES + count as u64;
        if needed > STACK_LENGTH_MAX {
            if capacity > STACK_LENGTH_MAX {
                if needed <= capacity {
                    self.r().stack_limit = Addr(first + capacity * VALUE_BYTES);
                    return Ok(());
                }
                return Err(self.throw_in_error_handling());
            }
            // Room for the message handler; taken back when the error has been caught.
            self.resize_stack(STACK_LENGTH_MAX + 200).map_err(|_| self.throw_memory())?;
            return Err(self.throw_text(b"stack overflow"));
        }
        let length = (capacity * 2).max(needed).min(STACK_LENGTH_MAX);
        self.resize_stack(length).map_err(|_| self.throw_memory())
    }

    /// After an error has been caught: takes back the room beyond the ordinary limit.
    pub(super) fn forget_stack_overflow(&mut self) {
        // SAFETY: the running coroutine and its stack are valid.
        let capacity = unsafe { (*(*self.current()).stack.ptr()).capacity } - EXTRA_SLOTS as u64;
        if capacity > STACK_LENGTH_MAX {
            let used = (self.r().top.0 - self.stack_first().0) / VALUE_BYTES;
            if used <= STACK_LENGTH_MAX {
                // When there is no memory for it, the next overflow is one in error handling.
                let _ = self.resize_stack(STACK_LENGTH_MAX);
            }
        }
    }

    fn resize_stack(&mut self, length: u64) -> Result<(), OutOfMemory> {
        self.save_coroutine();
        let coroutine = self.current();
        // SAFETY: all addresses into the old stack lie in frames, open upvalues, `top`, `to_be_closed` and the
        // limit of this coroutine; each is moved by the same distance.
        unsafe {
            let old = (*coroutine).stack;
            let old_capacity = (*old.ptr()).capacity;
            let kept = old_capacity.min(length + EXTRA_SLOTS as u64);
            let old_bytes = (StackObject::VALUES + kept * VALUE_BYTES) as usize;
            let stack = self.heap.grow(old.addr, Kind::Stack, old_bytes, Self::stack_bytes(length))?;
            let stack = stack.cast::<StackObject>();
            (*stack).capacity = length + EXTRA_SLOTS as u64;
            let values = stack.cast::<u8>().add(StackObject::VALUES as usize).cast::<Value>();
            if (*stack).capacity > old_capacity {
                let fresh = values.add(old_capacity as usize);
                core::ptr::write_bytes(fresh, 0, ((*stack).capacity - old_capacity) as usize);
            }
            let shift = to_addr(stack).0.wrapping_sub(old.addr.0);
            let moved = |addr: Addr| Addr(addr.0.wrapping_add(shift));
            (*coroutine).stack = to_ref(stack);
            (*coroutine).top = moved((*coroutine).top);
            if !(*coroutine).to_be_closed.is_null() {
                (*coroutine).to_be_closed = moved((*coroutine).to_be_closed);
            }
            (*coroutine).stack_limit = to_addr(values.add(length as usize));
            let mut frame = self.first_frame(coroutine);
            while to_addr(frame) <= (*coroutine).frame {
                (*frame).base = moved((*frame).base);
                frame = frame.add(1);
            }
            let mut upvalue = (*coroutine).open_upvalues.ptr();
            while !upvalue.is_null() {
                (*upvalue).location = moved((*upvalue).location);
                upvalue = at::<UpvalueObject>((*upvalue).closed.addr());
            }
            self.load_coroutine(coroutine);
            self.heap.shade_object(to_addr(stack), Kind::Stack);
        }
        Ok(())
    }

    /// The oldest frame of a coroutine.
    ///
    /// # Safety
    /// `coroutine` is valid.
    pub(super) unsafe fn first_frame(&self, coroutine: *const CoroutineObject) -> *mut Frame {
        // SAFETY: the caller's.
        unsafe { (*coroutine).frames.ptr().cast::<u8>().add(FramesObject::FRAMES as usize).cast() }
    }

    /// Makes sure that one more frame can be pushed.
    #[inline(always)]
    pub(super) fn ensure_frame(&mut self) -> Result<(), Raise> {
        if self.r().frame < self.r().frame_limit { Ok(()) } else { self.grow_frames() }
    }

    #[cold]
    #[inline(never)]
    fn grow_frames(&mut self) -> Result<(), Raise> {
        self.save_coroutine();
        let coroutine = self.current();
        // SAFETY: all addresses into the old frames are `frame` and `frame_limit` of this coroutine.
        unsafe {
            let old = (*coroutine).frames;
            let capacity = (*old.ptr()).capacity;
            let bytes = |count: u64| (FramesObject::FRAMES + count * FRAME_BYTES) as usize;
            let grown = self.heap.grow(old.addr, Kind::Frames, bytes(capacity), bytes(capacity * 2));
            let frames = grown.map_err(|_| self.throw_memory())?.cast::<FramesObject>();
            (*frames).capacity = capacity * 2;
            let shift = to_addr(frames).0.wrapping_sub(old.addr.0);
            (*coroutine).frames = to_ref(frames);
            (*coroutine).frame = Addr((*coroutine).frame.0.wrapping_add(shift));
            (*coroutine).frame_limit = to_addr(self.first_frame(coroutine).add(capacity as usize * 2 - 1));
            self.load_coroutine(coroutine);
            self.heap.shade_object(to_addr(frames), Kind::Frames);
        }
        Ok(())
    }

    pub(super) fn push_frame(
        &mut self,
        pc: Addr,
        base: *mut Value,
        constants: Addr,
        wanted: i32,
        flags: u32,
    ) {
        let roots = self.r();
        roots.frame.0 += FRAME_BYTES;
        // SAFETY: `ensure_frame` was called.
        unsafe {
            let frame = at::<Frame>(roots.frame);
            (*frame).pc = pc;
            (*frame).base = to_addr(base);
            (*frame).constants = constants;
            set_results(frame, wanted, flags);
        }
    }

    /// Calls the function at `function`, whose arguments reach up to the top. A Lua function gets its frame;
    /// a native one has run when this returns.
    pub(super) fn begin_call(
        &mut self,
        function: *mut Value,
        wanted: i32,
        flags: u32,
    ) -> Result<Flow, Raise> {
        // SAFETY: `function` is a slot of the running coroutine's stack.
        unsafe {
            match (*function).kind {
                value::FUNCTION => {
                    self.push_lua_frame(function, wanted, flags)?;
                    Ok(Flow::Continue)
                }
                value::NATIVE => self.call_native(function, wanted, flags),
                _ => {
                    let function = self.insert_call_metamethod(function)?;
                    self.begin_call(function, wanted, flags)
                }
            }
        }
    }

    /// Replaces a callee that is no function by its `__call`, with itself as first argument.
    pub(super) fn insert_call_metamethod(&mut self, function: *mut Value) -> Result<*mut Value, Raise> {
        // SAFETY: slots of the running coroutine's stack; `ensure_stack` may move them.
        unsafe {
            let handler = self.metamethod(*function, Event::Call);
            if handler.is_nil() {
                return Err(self.throw_call_error(*function));
            }
            let offset = self.r().top.0 - to_addr(function).0;
            self.ensure_stack(1)?;
            let function = at::<Value>(Addr(self.r().top.0 - offset));
            let count = (self.r().top.0 - to_addr(function).0) / VALUE_BYTES;
            for index in (0..count as usize).rev() {
                copy(function.add(index + 1), function.add(index));
            }
            self.r().top.0 += VALUE_BYTES;
            store(function, handler);
            Ok(function)
        }
    }

    /// Pushes the frame of a Lua function whose arguments reach up to the top.
    pub(super) fn push_lua_frame(
        &mut self,
        function: *mut Value,
        wanted: i32,
        flags: u32,
    ) -> Result<(), Raise> {
        // SAFETY: the callee is a valid closure; slots are used after there is room for them.
        unsafe {
            let prototype: *const PrototypeObject =
                (*at::<FunctionObject>((*function).addr())).prototype.ptr();
            let registers = (*prototype).register_count as usize;
            let parameters = (*prototype).parameter_count as usize;
            let offset = self.r().top.0 - to_addr(function).0;
            let passed = (offset / VALUE_BYTES - 1) as usize;
            self.ensure_stack(registers + parameters + 1)?;
            self.ensure_frame()?;
            let function = at::<Value>(Addr(self.r().top.0 - offset));
            let caller_pc = self.frame().pc.0.wrapping_sub(4);
            for index in passed..parameters {
                store(function.add(1 + index), Value::nil_from(Addr(caller_pc), Origin::MissingArgument));
            }
            let code = to_addr((*prototype).code.ptr()).offset(CodeObject::WORDS);
            let constants = (*prototype).constants.addr.offset(ValuesObject::VALUES);
            if self.r().hooked != 0 {
                self.note_entered();
            }
            if (*prototype).is_vararg == 0 {
                self.push_frame(code, function.add(1), constants, wanted, flags);
                return Ok(());
            }
            let passed = passed.max(parameters);
            let copied = function.add(1 + passed);
            copy(copied, function);
            for index in 0..parameters {
                copy(copied.add(1 + index), function.add(1 + index));
                store(function.add(1 + index), Value::NIL);
            }
            let extra = (passed - parameters) as u32;
            let flags = flags | FRAME_VARARG | extra << FRAME_EXTRA_SHIFT;
            self.push_frame(code, copied.add(1), constants, wanted, flags);
            Ok(())
        }
    }

    /// Runs a native function whose arguments reach up to the top.
    #[inline(always)]
    pub(super) fn call_native(
        &mut self,
        function: *mut Value,
        wanted: i32,
        flags: u32,
    ) -> Result<Flow, Raise> {
        let offset = self.r().top.0 - to_addr(function).0;
        self.ensure_stack(NATIVE_SLOTS)?;
        self.ensure_frame()?;
        let function = at::<Value>(Addr(self.r().top.0 - offset));
        // SAFETY: the callee is a valid native function, whose `entry` was written from a `NativeFunction`.
        let entry = unsafe {
            let entry = (*at::<NativeObject>((*function).addr())).entry;
            core::mem::transmute::<usize, super::state::NativeFunction>(entry.0 as usize)
        };
        self.push_frame(
            self.native_return_pc(),
            function.wrapping_add(1),
            Addr::NULL,
            wanted,
            flags | FrameKind::Native as u32,
        );
        if self.r().hooked != 0 {
            self.hook_native_call()?;
        }
        let step = entry(self)?;
        if step.0 >= Step::LEAVE.0 {
            return Ok(if step == Step::LEAVE { Flow::Leave } else { Flow::Continue });
        }
        let first = at::<Value>(Addr(self.r().top.0 - step.0 as u64 * VALUE_BYTES));
        // SAFETY: as many results lie there.
        unsafe { self.finish_native(first, step.0 as usize) }
    }

    /// Ends the innermost frame, a native one, with `count` results from `first` on.
    ///
    /// # Safety
    /// `first` points to `count` values above the frame's base.
    #[inline(always)]
    pub(super) unsafe fn finish_native(&mut self, first: *mut Value, count: usize) -> Result<Flow, Raise> {
        let roots = self.r();
        let frame = self.frame();
        let wanted = frame.results_wanted;
        // Most often the caller wants no result or one.
        let kept = match wanted {
            0 => 0,
            1 | RESULTS_ALL if count == 1 => 1,
            _ => return self.finish_frame(first, count),
        };
        if roots.hooked != 0 || frame.flags & !FRAME_KIND_MASK != 0 {
            return self.finish_frame(first, count);
        }
        let target = at::<Value>(frame.base).wrapping_sub(1);
        if kept == 1 {
            // SAFETY: the caller's; a frame's base lies above its function.
            unsafe {
                if (*first).kind == value::NIL && (*first).payload == 0 {
                    return self.finish_frame(first, count);
                }
                copy(target, first);
            }
        }
        roots.top = to_addr(target.wrapping_add(kept));
        roots.frame.0 -= FRAME_BYTES;
        Ok(Flow::Continue)
    }

    /// The slot of a frame's function as its caller placed it: where its results go.
    pub(super) fn function_slot(&self, frame: &Frame) -> *mut Value {
        let base = at::<Value>(frame.base);
        if frame.flags & FRAME_VARARG == 0 {
            return base.wrapping_sub(1);
        }
        // SAFETY: `base[-1]` of a vararg frame is a valid closure.
        let parameters = unsafe {
            let function = at::<FunctionObject>((*base.sub(1)).addr());
            (*(*function).prototype.ptr()).parameter_count as usize
        };
        base.wrapping_sub(2 + parameters + frame.extra_count() as usize)
    }

    /// Ends the innermost frame with `count` results from `first` on.
    pub(super) fn finish_frame(&mut self, mut first: *mut Value, count: usize) -> Result<Flow, Raise> {
        if self.r().hooked != 0 {
            first = self.hook_return(first, count)?;
        }
        // Field by field: as a whole it would wait for the stores that made it.
        let frame: *const Frame = self.frame();
        // SAFETY: the frame is still in memory when it has ended.
        let frame = unsafe { &*frame };
        let target = self.function_slot(frame);
        self.r().frame.0 -= FRAME_BYTES;
        if self.r().hooked != 0 {
            self.note_returned();
        }
        let wanted = frame.results_wanted;
        let caller = self.frame();
        let call_pc = match caller.kind() {
            Some(FrameKind::Lua) => Addr(caller.pc.0.wrapping_sub(4)),
            _ => Addr::NULL,
        };
        // SAFETY: results lie above their target, so copying upwards one by one is right; a caller that wants
        // a fixed number has that many registers from the callee's slot on.
        unsafe {
            if wanted >= RESULTS_ALL {
                let kept = if wanted == RESULTS_ALL { count } else { count.min(wanted as usize) };
                for index in 0..kept {
                    copy(target.add(index), first.add(index));
                }
                if frame.kind() != Some(FrameKind::Lua) {
                    for slot in (0..kept).map(|index| target.add(index)) {
                        if (*slot).kind == value::NIL && (*slot).payload == 0 {
                            store(slot, Value::nil_from(call_pc, Origin::NativeResult));
                        }
                    }
                }
                let end = if wanted == RESULTS_ALL { count } else { wanted as usize };
                for index in kept..end {
                    store(target.add(index), Value::nil_from(call_pc, Origin::MissingResult));
                }
                self.set_top(target.add(end));
            } else {
                self.nesting -= 1;
                let result = if count > 0 { *first } else { Value::NIL };
                return self.finish_instruction(Finish::decode(wanted), target, result);
            }
        }
        Ok(if frame.flags & FRAME_ENTRY != 0 { Flow::Leave } else { Flow::Continue })
    }

    /// Ends the instruction of the innermost Lua frame that had called a metamethod.
    fn finish_instruction(
        &mut self,
        finish: Finish,
        target: *mut Value,
        result: Value,
    ) -> Result<Flow, Raise> {
        let frame = self.frame();
        let register = |index: u8| at::<Value>(frame.base).wrapping_add(index as usize);
        match finish {
            // SAFETY: a register of the frame.
            Finish::Store(index) => unsafe { store(register(index), result) },
            Finish::Jump(wanted) => {
                if result.is_falsy() == wanted {
                    frame.pc.0 += 4;
                }
            }
            Finish::Discard => {}
            Finish::Redo => {
                frame.pc.0 -= 4;
                if self.r().hooked != 0 {
                    self.note_continued();
                }
                self.set_top(target);
            }
            Finish::Concat(index, count) => {
                // SAFETY: a register of the frame.
                unsafe { store(register(index).add(count as usize - 2), result) };
                return self.concat(index, count - 1);
            }
        }
        Ok(Flow::Continue)
    }

    /// Calls a metamethod from the innermost Lua frame; `finish` says what becomes of its result. Inlined, so that no
    /// value is copied through memory.
    #[inline(always)]
    pub(super) fn call_metamethod<const COUNT: usize>(
        &mut self,
        handler: Value,
        arguments: [Value; COUNT],
        finish: Finish,
    ) -> Result<Flow, Raise> {
        self.nest()?;
        let top = self.scratch();
        self.set_top(top);
        self.push(handler);
        for argument in arguments {
            self.push(argument);
        }
        self.begin_finishing_call(top, finish)
    }

    /// Calls the function at `function`, whose result finishes the instruction being executed. `nest` was
    /// called for it.
    pub(super) fn begin_finishing_call(
        &mut self,
        function: *mut Value,
        finish: Finish,
    ) -> Result<Flow, Raise> {
        let frame = self.r().frame;
        let coroutine = self.current();
        let nesting = self.nesting;
        let result = self.begin_call(function, finish.encode(), 0);
        if result.is_err() && self.r().frame == frame && self.current() == coroutine {
            // There is no frame from which unwinding could tell. A native function may have ended, and what remained to be
            // done with its result have failed.
            self.nesting = nesting - 1;
        }
        result
    }

    /// The first slot above everything that the innermost frame uses.
    pub(super) fn scratch(&self) -> *mut Value {
        let frame = self.frame();
        if frame.kind() != Some(FrameKind::Lua) {
            return self.top();
        }
        let base = at::<Value>(frame.base);
        // SAFETY: `base[-1]` of a Lua frame is a valid closure.
        unsafe {
            let function = at::<FunctionObject>((*base.sub(1)).addr());
            base.add((*(*function).prototype.ptr()).register_count as usize)
        }
    }

    /// Calls from machine code: the callee and `argument_count` arguments are the topmost values; the results,
    /// `wanted` of them or all for `RESULTS_ALL`, take their place. An error comes back as `Err` after every
    /// frame above the caller's is gone.
    pub fn call(&mut self, argument_count: u32, wanted: i32) -> Result<(), Raise> {
        let nesting = self.nesting;
        self.nest()?;
        self.thrown = None;
        let coroutine = self.current();
        // SAFETY: the running coroutine and its frames are valid.
        let frame_index = unsafe { self.r().frame.0 - to_addr(self.first_frame(coroutine)).0 };
        // SAFETY: as above.
        unsafe { (*coroutine).native_depth += 1 };
        let function = self.top().wrapping_sub(1 + argument_count as usize);
        let result = match self.begin_call(function, wanted, FRAME_ENTRY) {
            Ok(Flow::Leave) => Ok(()),
            Ok(Flow::Continue) => super::enter(self),
            // The callee has no frame: nothing to unwind.
            Err(raise) if self.stands_at(coroutine, frame_index) => Err(raise),
            Err(_) => match self.unwind() {
                Ok(Flow::Leave) => Ok(()),
                Ok(Flow::Continue) => super::enter(self),
                Err(raise) => Err(raise),
            },
        };
        self.nesting = nesting;
        // SAFETY: as above; an error leaves this coroutine the running one.
        unsafe {
            (*coroutine).native_depth -= 1;
            if result.is_err() {
                debug_assert_eq!(self.current(), coroutine);
                self.r().frame = Addr(to_addr(self.first_frame(coroutine)).0 + frame_index);
            }
        }
        result
    }

    /// Whether the innermost frame is that coroutine's own at that many bytes above its first.
    fn stands_at(&mut self, coroutine: *mut CoroutineObject, frame_index: u64) -> bool {
        self.current() == coroutine
            // SAFETY: the running coroutine and its frames are valid.
            && unsafe { self.r().frame.0 - to_addr(self.first_frame(coroutine)).0 } == frame_index
    }

    /// Counts one more nested call.
    #[inline(always)]
    pub(super) fn nest(&mut self) -> Result<(), Raise> {
        self.nesting += 1;
        if self.nesting >= NESTING_MAX { self.check_nesting() } else { Ok(()) }
    }

    #[cold]
    fn check_nesting(&mut self) -> Result<(), Raise> {
        let raise = if self.nesting == NESTING_MAX {
            self.throw_text(b"C stack overflow")
        } else if self.nesting >= NESTING_MAX / 10 * 11 {
            self.throw_in_error_handling()
        } else {
            // A message handler may go a little deeper.
            return Ok(());
        };
        self.nesting -= 1;
        Err(raise)
    }
}
