//! Coroutines: created, resumed, suspended, closed, without recursion on the machine stack.
//!
//! A resume makes another coroutine's working state the current one; the frame of `coroutine.resume` (or of
//! the function of `coroutine.wrap`) stays innermost in the resumer and receives what the coroutine yields,
//! returns or throws.

use super::call::Flow;
use super::state::{NATIVE_SLOTS, NativeResult, Raise, STACK_LENGTH_MAX, Step, Vm};
use crate::heap::pointer::{Pointer, at, copy, store, to_addr, to_ref};
use compiler::NESTING_MAX;
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::coroutine::{CoroutineObject, FRAME_KIND_MASK, Frame, FrameKind, RESULTS_ALL, Status};
use dumpfmt::layout::value::{COROUTINE, Value};

impl Vm {
    /// A suspended coroutine that will run `function`.
    pub fn new_coroutine(&mut self, function: Value) -> Result<Value, Raise> {
        let coroutine = self.create_coroutine_object().map_err(|_| self.throw_memory())?;
        let caller = Addr(self.r().frame.0 - size_of::<Frame>() as u64);
        // SAFETY: a fresh coroutine with room on its stack; every native frame has one below it.
        unsafe {
            self.inherit_hook(coroutine);
            (*coroutine).site = Addr((*at::<Frame>(caller)).pc.0.wrapping_sub(4));
            store(at::<Value>((*coroutine).top), function);
            (*coroutine).top.0 += 16;
        }
        Ok(Value::object(COROUTINE, to_addr(coroutine)))
    }

    /// What `coroutine` is doing, as `coroutine.status` words it.
    pub fn coroutine_status(&self, coroutine: Value) -> &'static str {
        // SAFETY: the caller passes a valid coroutine.
        match unsafe { Status::from_byte((*at::<CoroutineObject>(coroutine.addr())).header.flags) } {
            Some(Status::Suspended) => "suspended",
            Some(Status::Running) => "running",
            Some(Status::Normal) => "normal",
            _ => "dead",
        }
    }

    /// The body of `coroutine.resume` (`kind` `Resume`) and of wrap's function (`Wrap`): hands the topmost
    /// `count` values to `coroutine`. `Ok(Err(text))` when it cannot be resumed.
    pub(crate) fn resume(
        &mut self,
        coroutine: Value,
        count: u32,
        kind: FrameKind,
    ) -> Result<Result<Step, &'static str>, Raise> {
        let target = at::<CoroutineObject>(coroutine.addr());
        // SAFETY: the caller passes a valid coroutine; values are copied between two valid stacks after there
        // is room.
        unsafe {
            match Status::from_byte((*target).header.flags) {
                Some(Status::Suspended) => {}
                Some(Status::Running) | Some(Status::Normal) => {
                    return Ok(Err("cannot resume non-suspended coroutine"));
                }
                _ => return Ok(Err("cannot resume dead coroutine")),
            }
            if self.nesting + 1 >= NESTING_MAX {
                return Ok(Err("C stack overflow"));
            }
            let used = ((*target).top.0 - to_addr((*target).stack.ptr()).0) / size_of::<Value>() as u64;
            if used + count as u64 + NATIVE_SLOTS as u64 > STACK_LENGTH_MAX {
                return Ok(Err("too many arguments to resume"));
            }
            let source = self.top().sub(count as usize);
            self.frame().flags = self.frame().flags & !FRAME_KIND_MASK | kind as u32;
            self.save_coroutine();
            let resumer = self.current();
            (*resumer).header.flags = Status::Normal as u8;
            (*target).header.flags = Status::Running as u8;
            (*target).resumer = to_ref(resumer);
            (*resumer).nesting = self.nesting;
            self.nesting += 1 + (*target).nesting;
            self.load_coroutine(target);
            if self.ensure_stack(count as usize + NATIVE_SLOTS).is_err() {
                (*target).resumer = Ref::NULL;
                (*target).header.flags = Status::Suspended as u8;
                (*resumer).header.flags = Status::Running as u8;
                self.nesting = (*resumer).nesting;
                self.save_coroutine();
                self.load_coroutine(resumer);
                return Err(self.throw_again());
            }
            self.push_slice(source, count as usize);
            let first = self.top().sub(count as usize);
            if self.frame().kind() == Some(FrameKind::Bottom) {
                self.begin_call(first.sub(1), RESULTS_ALL, 0)?;
            } else {
                // It stands in `coroutine.yield`, which now returns.
                self.finish_native(first, count as usize)?;
            }
            Ok(Ok(Step::REENTER))
        }
    }

    /// The body of `coroutine.yield`: suspends the running coroutine with the topmost `count` values.
    pub(crate) fn yield_values(&mut self, count: u32) -> NativeResult {
        let coroutine = self.current();
        // SAFETY: the running coroutine and its resumer are valid.
        unsafe {
            let resumer: *mut CoroutineObject = (*coroutine).resumer.ptr();
            if resumer.is_null() {
                return Err(self.throw_text(b"attempt to yield from outside a coroutine"));
            }
            if (*coroutine).native_depth > 0 {
                return Err(self.throw_text(b"attempt to yield across a C-call boundary"));
            }
            self.frame().flags = self.frame().flags & !FRAME_KIND_MASK | FrameKind::Yield as u32;
            let source = self.top().sub(count as usize);
            self.set_top(source);
            self.switch_back(Status::Suspended);
            match self.deliver(source, count as usize)? {
                Flow::Continue => Ok(Step::REENTER),
                Flow::Leave => Ok(Step::LEAVE),
            }
        }
    }

    /// The running coroutine's function has returned the values from `first` up to the top.
    pub(super) fn finish_coroutine(&mut self) -> Result<Flow, Raise> {
        let first = at::<Value>(self.frame().base);
        let count = (self.r().top.0 - to_addr(first).0) as usize / size_of::<Value>();
        self.set_top(first);
        self.switch_back(Status::Dead);
        self.deliver(first, count)
    }

    fn switch_back(&mut self, status: Status) {
        let coroutine = self.current();
        self.save_coroutine();
        // SAFETY: as in `yield_values`.
        unsafe {
            let resumer: *mut CoroutineObject = (*coroutine).resumer.ptr();
            (*coroutine).header.flags = status as u8;
            (*coroutine).resumer = Ref::NULL;
            (*resumer).header.flags = Status::Running as u8;
            (*coroutine).nesting = self.nesting - (*resumer).nesting - 1;
            self.nesting = (*resumer).nesting;
            self.load_coroutine(resumer);
        }
    }

    /// Hands values of the coroutine that has just stopped to the resumer's innermost frame.
    fn deliver(&mut self, source: *const Value, count: usize) -> Result<Flow, Raise> {
        let resumes = self.frame().kind() == Some(FrameKind::Resume);
        self.set_top(at::<Value>(self.frame().base));
        if count + NATIVE_SLOTS > self.stack_room() {
            return self.refuse_results(resumes);
        }
        self.ensure_stack(count + NATIVE_SLOTS)?;
        let base = at::<Value>(self.frame().base);
        // SAFETY: there is room for `count` values and one more.
        unsafe {
            let first = if resumes {
                store(base.sub(1), Value::TRUE);
                base.sub(1)
            } else {
                base
            };
            for index in 0..count {
                copy(base.add(index), source.add(index));
            }
            self.set_top(base.add(count));
            self.finish_native(first, count + resumes as usize)
        }
    }

    /// The resumer has no room for what the coroutine gives.
    fn refuse_results(&mut self, resumes: bool) -> Result<Flow, Raise> {
        const REFUSAL: &str = "too many results to resume";
        if !resumes {
            return Err(self.error(REFUSAL));
        }
        let text = self.string(REFUSAL.as_bytes())?.value();
        let base = at::<Value>(self.frame().base);
        // SAFETY: a `coroutine.resume` frame has its coroutine at `base[0]`.
        unsafe {
            store(base.sub(1), Value::FALSE);
            store(base, text);
            self.finish_frame(base.sub(1), 2)
        }
    }

    /// Closes the variables of a coroutine that has failed, with its error; one that a `__close` throws
    /// replaces it.
    pub(super) fn close_failed(&mut self, coroutine: *mut CoroutineObject) {
        // SAFETY: the coroutine is valid and not running.
        if unsafe { !(*coroutine).to_be_closed.is_null() } {
            self.close_coroutine_variables(coroutine, true);
        } else {
            // SAFETY: as above.
            unsafe { (*coroutine).header.flags = Status::Dead as u8 };
        }
    }

    /// Runs `__close` of everything pending in a suspended or failed coroutine, on its own stack. True when an
    /// error is left in `Roots::error`.
    fn close_coroutine_variables(&mut self, coroutine: *mut CoroutineObject, failed: bool) -> bool {
        let resumer = self.current();
        self.save_coroutine();
        // SAFETY: both coroutines are valid; the target's frames are dropped to its bottom, its stack stays.
        unsafe {
            (*resumer).header.flags = Status::Normal as u8;
            (*coroutine).header.flags = Status::Running as u8;
            (*coroutine).resumer = to_ref(resumer);
            (*coroutine).native_depth += 1;
            self.load_coroutine(coroutine);
            self.r().frame = to_addr(self.first_frame(coroutine));
            let level = self.frame().base;
            let failed = self.close_protected(level, failed);
            self.set_top(at(level));
            self.save_coroutine();
            (*coroutine).native_depth -= 1;
            (*coroutine).header.flags = Status::Dead as u8;
            (*coroutine).resumer = Ref::NULL;
            (*resumer).header.flags = Status::Running as u8;
            self.load_coroutine(resumer);
            failed
        }
    }

    /// `coroutine.close`: true with nothing, or false with the error in `Roots::error`. `Err(status)` when the
    /// coroutine runs or has resumed another.
    pub(crate) fn close_coroutine(&mut self, coroutine: Value) -> Result<bool, &'static str> {
        let target = at::<CoroutineObject>(coroutine.addr());
        // SAFETY: the caller passes a valid coroutine.
        let status = unsafe { Status::from_byte((*target).header.flags) };
        match status {
            Some(Status::Running) => Err("running"),
            Some(Status::Normal) => Err("normal"),
            Some(Status::Dead) => Ok(true),
            Some(Status::Failed) => {
                // SAFETY: as above.
                self.r().error = unsafe { (*target).error };
                self.close_coroutine_variables(target, true);
                Ok(false)
            }
            _ => Ok(!self.close_coroutine_variables(target, false)),
        }
    }
}
