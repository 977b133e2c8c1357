//! Calls, returns, loops, closures: whatever pushes or ends a frame, or looks up from the program.

use super::operands::{nil_here, register};
use super::{DispatchTable, Exit, a, b, c, set_float, set_integer, stop};
use crate::heap::pointer::{Pointer, as_slot, at, copy, load, store, to_addr};
use crate::heap::table;
use crate::interp::arith;
use crate::interp::call::{Finish, Flow, set_results};
use crate::interp::state::{NATIVE_SLOTS, Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::Instruction;
use dumpfmt::layout::coroutine::{FRAME_ENTRY, FRAME_KIND_MASK, FRAME_TAIL, Frame, FrameKind, RESULTS_ALL};
use dumpfmt::layout::function::{CodeObject, FunctionObject, NativeObject, PrototypeObject};
use dumpfmt::layout::roots::{Event, Roots};
use dumpfmt::layout::table::{TableObject, ValuesObject};
use dumpfmt::layout::value::{self, Origin, Value};

/// `results_wanted` and `flags` of a frame as one word; the mark of a tail call does not matter here.
#[inline(always)]
pub(super) unsafe fn return_state(frame: *const Frame) -> u64 {
    // SAFETY: the caller's: a frame.
    unsafe {
        // The two fields share an aligned word. A plain load: a copy through a local would cost the jump.
        let word = *(&raw const (*frame).results_wanted).cast::<u64>();
        word & !((FRAME_TAIL as u64) << 32)
    }
}

/// Ends the innermost frame if it is that of a plain Lua function, called from Lua code, or as a metamethod whose result
/// is stored, tested or dropped: its results, from `first` up to `end`, go where they are wanted. False when nothing was done.
#[inline(always)]
unsafe fn return_values(st: *mut Roots, base: *mut Value, first: *mut Value, end: *mut Value) -> bool {
    // SAFETY: the module's validity paragraph: a caller that wants a fixed number of results has that many registers
    // from the callee's slot on, and results lie above their targets.
    unsafe {
        let frame = at::<Frame>((*st).frame);
        let wanted = (*frame).results_wanted;
        if (*frame).flags & !FRAME_TAIL != 0 {
            return false;
        }
        if wanted < RESULTS_ALL {
            let caller = frame.sub(1);
            match Finish::decode(wanted) {
                Finish::Discard => {}
                Finish::Store(register) if first < end => {
                    copy(at::<Value>((*caller).base).add(register as usize), first);
                }
                Finish::Jump(truth) if first < end => {
                    if ((*first).kind <= value::FALSE) == truth {
                        (*caller).pc.0 += 4;
                    }
                }
                _ => return false,
            }
            Vm::of(st).nesting -= 1;
            (*st).frame = to_addr(caller);
            return true;
        }
        let mut target = base.sub(1);
        let mut source = first;
        let target_end = if wanted == RESULTS_ALL {
            end.sub(first.offset_from(target) as usize)
        } else {
            target.add(wanted as usize)
        };
        while source < end && target < target_end {
            copy(target, source);
            source = source.add(1);
            target = target.add(1);
        }
        let caller = frame.sub(1);
        if target < target_end {
            let is_lua = (*caller).flags & FRAME_KIND_MASK == FrameKind::Lua as u32;
            let call = if is_lua { (*caller).pc.0 - 4 } else { 0 };
            while target < target_end {
                (*target).kind = value::NIL;
                (*target).payload = call | Origin::MissingResult as u64;
                target = target.add(1);
            }
        }
        if wanted == RESULTS_ALL {
            (*st).top = to_addr(target);
        }
        (*st).frame = to_addr(caller);
        true
    }
}

/// Whether a function can be entered here and now: it is not vararg, there is room for its registers and its frame, and
/// nothing waits to be looked at.
#[inline(always)]
pub(super) unsafe fn can_enter(
    st: *const Roots,
    prototype: *const PrototypeObject,
    new_base: *mut Value,
    frame: *const Frame,
) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let extent = new_base.wrapping_add((*prototype).register_count as usize);
        (*prototype).is_vararg == 0
            && to_addr(extent) <= (*st).stack_limit
            && to_addr(frame) < (*st).frame_limit
            && (*st).poll == 0
    }
}

/// Pushes the frame of a function above `frame`, which goes on at `pc`; the address of its constants.
#[inline(always)]
pub(super) unsafe fn push_frame(
    st: *mut Roots,
    frame: *mut Frame,
    pc: *const u32,
    prototype: *const PrototypeObject,
    new_base: *mut Value,
    wanted: i32,
) -> Addr {
    // SAFETY: the caller's: `can_enter` said so.
    unsafe {
        (*frame).pc = to_addr(pc);
        let frame = frame.add(1);
        (*frame).base = to_addr(new_base);
        let constants = (*prototype).constants.addr.offset(ValuesObject::VALUES);
        (*frame).constants = constants;
        set_results(frame, wanted, 0);
        (*st).frame = to_addr(frame);
        constants
    }
}

/// Gives the parameters from `end` on, for which no argument was passed, nil.
#[inline(always)]
pub(super) unsafe fn fill_parameters(
    end: *mut Value,
    new_base: *mut Value,
    prototype: *const PrototypeObject,
    pc: *const u32,
) {
    // SAFETY: the caller's: there is room for the parameters; `pc` stands behind the call.
    unsafe {
        let mut argument = end;
        let parameters = new_base.add((*prototype).parameter_count as usize);
        while argument < parameters {
            (*argument).kind = value::NIL;
            (*argument).payload = pc.sub(1) as u64 | Origin::MissingArgument as u64;
            argument = argument.add(1);
        }
    }
}

/// Goes on in the frame that is innermost now.
macro_rules! resume_frame {
    ($st:ident, $table:ident) => {{
        let frame = at::<Frame>((*$st).frame);
        let base = at::<Value>((*frame).base);
        let k = at::<Value>((*frame).constants) as *const Value;
        go!(at::<u32>((*frame).pc), base, k, $st, $table)
    }};
}

handler! {
    op_call(pc, base, k, st, insn, table) {
        let callee = base.add(a(insn));
        if (*callee).kind != value::FUNCTION {
            leave_to!(slow_call, pc, base, k, st, insn, table);
        }
        let function = at::<FunctionObject>((*callee).addr());
        let prototype: *const PrototypeObject = (*function).prototype.ptr();
        let new_base = callee.add(1);
        let frame = at::<Frame>((*st).frame);
        if !can_enter(st, prototype, new_base, frame) {
            leave_to!(slow_call, pc, base, k, st, insn, table);
        }
        let end = if b(insn) != 0 { callee.add(b(insn)) } else { at::<Value>((*st).top) };
        fill_parameters(end, new_base, prototype, pc);
        let constants = push_frame(st, frame, pc, prototype, new_base, c(insn) as i32 - 1);
        enter_function!(prototype, constants, new_base, st, table)
    }
    // One Lua function in the place of another, neither of them vararg.
    op_tail_call(pc, base, k, st, insn, table) {
        let callee = base.add(a(insn));
        let frame = at::<Frame>((*st).frame);
        if (*callee).kind != value::FUNCTION || (*frame).flags & !FRAME_TAIL != 0 || c(insn) != 0 {
            leave_to!(rest_of_tail_call, pc, base, k, st, insn, table);
        }
        let function = at::<FunctionObject>((*callee).addr());
        let prototype: *const PrototypeObject = (*function).prototype.ptr();
        let extent = base.add((*prototype).register_count as usize);
        if (*prototype).is_vararg != 0 || to_addr(extent) > (*st).stack_limit || (*st).poll != 0 {
            leave_to!(slow_tail_call, pc, base, k, st, insn, table);
        }
        let end = if b(insn) != 0 { callee.add(b(insn)) } else { at::<Value>((*st).top) };
        let mut source = callee;
        let mut argument = base.sub(1);
        while source < end {
            copy(argument, source);
            source = source.add(1);
            argument = argument.add(1);
        }
        fill_parameters(argument, base, prototype, pc);
        let constants = (*prototype).constants.addr.offset(ValuesObject::VALUES);
        (*frame).constants = constants;
        (*frame).flags = FRAME_TAIL;
        enter_function!(prototype, constants, base, st, table)
    }
    rest_of_tail_call(pc, base, k, st, insn, table) {
        if (*base.add(a(insn))).kind == value::NATIVE {
            // The caller's frame stays, as in the reference; a `Return` of all results follows the instruction.
            leave_to!(slow_call, pc, base, k, st, insn & 0x00ff_ffff, table);
        }
        leave_to!(slow_tail_call, pc, base, k, st, insn, table)
    }
    op_return(pc, base, k, st, insn, table) {
        let first = base.add(a(insn));
        let end = if b(insn) != 0 { first.add(b(insn) - 1) } else { at::<Value>((*st).top) };
        if c(insn) == 0 && return_values(st, base, first, end) {
            resume_frame!(st, table)
        }
        leave_to!(slow_return, pc, base, k, st, insn, table)
    }
    // One result where another number of them is wanted.
    warm_return_1(pc, base, k, st, insn, table) {
        let first = base.add(a(insn));
        if return_values(st, base, first, first.add(1)) {
            resume_frame!(st, table)
        }
        leave_to!(slow_return_1, pc, base, k, st, insn, table)
    }
    op_return_1(pc, base, k, st, insn, table) {
        let frame = at::<Frame>((*st).frame);
        let state = return_state(frame);
        if state > 1 {
            leave_to!(warm_return_1, pc, base, k, st, insn, table);
        }
        if state == 1 {
            copy(base.sub(1), base.add(a(insn)));
        }
        (*st).frame = to_addr(frame.sub(1));
        resume_frame!(st, table)
    }
    op_return_0(pc, base, k, st, insn, table) {
        let frame = at::<Frame>((*st).frame);
        if return_state(frame) != 0 {
            leave_to!(warm_return_0, pc, base, k, st, insn, table);
        }
        (*st).frame = to_addr(frame.sub(1));
        resume_frame!(st, table)
    }
    // No result where some are wanted, or from a metamethod.
    warm_return_0(pc, base, k, st, insn, table) {
        if return_values(st, base, base, base) {
            resume_frame!(st, table)
        }
        leave_to!(slow_return_0, pc, base, k, st, insn, table)
    }
    // Integers that count up, as most do.
    op_for_prepare(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        let is_integer = (*control).kind == value::INTEGER
            && (*control.add(1)).kind == value::INTEGER
            && (*control.add(2)).kind == value::INTEGER;
        if is_integer && (*control.add(2)).payload == 1 {
            let (first, last) = ((*control).as_integer(), (*control.add(1)).as_integer());
            if first <= last {
                set_integer(control.add(1), last.wrapping_sub(first));
                set_integer(control.add(3), first);
                go!(pc.add(1), base, k, st, table)
            }
            core::hint::cold_path();
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_for_prepare, pc, base, k, st, insn, table)
    }
    op_for_loop(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*st).poll != 0 {
            leave_to!(slow_poll, pc, base, k, st, insn, table);
        }
        if (*control.add(2)).kind == value::INTEGER {
            let count = (*control.add(1)).payload;
            if count > 0 {
                // Kinds are written too: a debugger, or code that is not the compiler's, may have stored
                // anything there, which with another payload would name an object that is none.
                set_integer(control.add(1), (count - 1) as i64);
                let index = (*control).as_integer().wrapping_add((*control.add(2)).as_integer());
                set_integer(control, index);
                set_integer(control.add(3), index);
                let distance = (*pc as i32) >> 8;
                go!(pc.offset(distance as isize + 1), base, k, st, table)
            }
            core::hint::cold_path();
            go!(pc.add(1), base, k, st, table)
        }
        let step = (*control.add(2)).as_float();
        let index = (*control).as_float() + step;
        let limit = (*control.add(1)).as_float();
        if if step > 0.0 { index <= limit } else { limit <= index } {
            set_float(control, index);
            set_float(control.add(3), index);
            let distance = (*pc as i32) >> 8;
            go!(pc.offset(distance as isize + 1), base, k, st, table)
        }
        go!(pc.add(1), base, k, st, table)
    }
    op_generic_for_loop(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*st).poll != 0 {
            leave_to!(slow_poll, pc, base, k, st, insn, table);
        }
        if (*control.add(4)).kind != value::NIL {
            copy(control.add(2), control.add(4));
            let distance = (*pc as i32) >> 8;
            go!(pc.offset(distance as isize + 1), base, k, st, table)
        }
        go!(pc.add(1), base, k, st, table)
    }
    op_generic_for_prepare(pc, base, k, st, insn, table) {
        if (*base.add(a(insn) + 3)).kind <= value::FALSE {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_generic_for_prepare, pc, base, k, st, insn, table)
    }
    op_generic_for_call(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*control).kind == value::NATIVE && (*control.add(1)).kind == value::TABLE && c(insn) <= 2 {
            let id = (*at::<NativeObject>((*control).addr())).id;
            if id == NEXT_ID {
                leave_to!(warm_next, pc, base, k, st, insn, table);
            }
            if id == IPAIRS_ID {
                leave_to!(warm_ipairs, pc, base, k, st, insn, table);
            }
        }
        leave_to!(slow_generic_for_call, pc, base, k, st, insn, table)
    }
    // `for k, v in pairs(t)`: the position after the last entry is kept in the control slot's spare word, and
    // believed if the entry there still has the control key.
    warm_next(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        let target = at::<TableObject>((*control.add(1)).addr());
        let position = next_position(target, control.add(2));
        if position == u64::MAX {
            leave_to!(slow_generic_for_call, pc, base, k, st, insn, table);
        }
        match table::entry_from(target, position) {
            Some((position, key, value)) => {
                (*as_slot(control.add(2))).link = position as u32;
                store(control.add(4), key);
                if c(insn) == 2 {
                    store(control.add(5), value);
                }
            }
            None => {
                (*as_slot(control.add(2))).link = 0;
                store(control.add(4), Value::NIL);
            }
        }
        go!(pc, base, k, st, table)
    }
    // `for i, v in ipairs(t)`, as long as a value is there.
    warm_ipairs(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        let target = at::<TableObject>((*control.add(1)).addr());
        let index = (*control.add(2)).payload;
        if (*control.add(2)).kind == value::INTEGER && index < (*target).array_limit as u64 {
            let slot = table::array_slot(target, 1).add(index as usize);
            if (*slot).kind != value::NIL {
                set_integer(control.add(4), index as i64 + 1);
                if c(insn) == 2 {
                    copy(control.add(5), slot);
                }
                go!(pc, base, k, st, table)
            }
        }
        leave_to!(slow_generic_for_call, pc, base, k, st, insn, table)
    }
    op_var_arg_prepare(pc, base, k, st, insn, table) {
        // The frame was moved above the arguments when it was pushed.
        go!(pc, base, k, st, table)
    }
    op_bad(pc, base, k, st, insn, table) {
        leave_to!(slow_bad, pc, base, k, st, insn, table)
    }
}

/// The id of `next` among the natives: it is registered first.
pub const NEXT_ID: u32 = 0;
/// The same of what `ipairs` returns.
pub const IPAIRS_ID: u32 = 1;

/// The traversal position after the key in `control`, `u64::MAX` when the key is not there.
#[inline(always)]
pub(super) unsafe fn next_position(target: *mut TableObject, control: *const Value) -> u64 {
    // SAFETY: the module's validity paragraph; the hint is checked against the table.
    unsafe {
        let key = load(control);
        if key.is_nil() {
            return 0;
        }
        let length = (*target).array_capacity as u64;
        let hint = (*as_slot(control)).link as u64;
        if hint == 0 {
        } else if hint <= length {
            if key.kind == value::INTEGER && key.payload == hint {
                return hint;
            }
        } else if hint - length - 1 <= (*target).node_mask as u64 {
            let node = table::first_node(target).add((hint - length - 1) as usize);
            if (*node).key_kind == key.kind && (*node).key_payload == key.payload {
                return hint;
            }
        }
        table::position_after(target, key).unwrap_or(u64::MAX)
    }
}

slow! {
    op_close(vm, i) {
        let level = register(vm, i.a());
        if let Some(slot) = vm.next_to_be_closed(level) {
            return vm.close_variable(slot, Finish::Redo);
        }
        vm.close_upvalues(level);
        Ok(Flow::Continue)
    }
    slow_to_be_closed(vm, i) {
        vm.mark_to_be_closed(register(vm, i.a()))?;
        Ok(Flow::Continue)
    }
    slow_generic_for_prepare(vm, i) {
        vm.mark_to_be_closed(register(vm, i.a() + 3))?;
        Ok(Flow::Continue)
    }
    slow_call(vm, i) {
        let callee = register(vm, i.a());
        if i.b() != 0 {
            vm.set_top(callee.wrapping_add(i.b() as usize));
        }
        if vm.r().poll != 0 {
            let offset = vm.r().top.0 - to_addr(callee).0;
            vm.service_poll(Some(vm.r().top))?;
            let callee = at::<Value>(Addr(vm.r().top.0 - offset));
            return vm.begin_call(callee, i.c() as i32 - 1, 0);
        }
        // SAFETY: a register.
        if unsafe { (*callee).kind } == value::NATIVE {
            return vm.call_native(callee, i.c() as i32 - 1, 0);
        }
        vm.begin_call(callee, i.c() as i32 - 1, 0)
    }
    slow_tail_call(vm, i) {
        let callee = register(vm, i.a());
        if i.b() != 0 {
            vm.set_top(callee.wrapping_add(i.b() as usize));
        }
        vm.tail_call(callee, i.c() != 0)
    }
    slow_return(vm, i) {
        let first = register(vm, i.a());
        let count = if i.b() != 0 {
            i.b() as usize - 1
        } else {
            (vm.r().top.0 - to_addr(first).0) as usize / size_of::<Value>()
        };
        if i.c() != 0 {
            let base = at::<Value>(vm.frame().base);
            if let Some(slot) = vm.next_to_be_closed(base) {
                // The results stay where they are; what is called lies above them.
                if i.b() != 0 {
                    vm.set_top(vm.scratch());
                }
                return vm.close_variable_above(slot, Finish::Redo);
            }
            vm.close_upvalues(base);
        }
        vm.finish_frame(first, count)
    }
    slow_return_1(vm, i) {
        let first = register(vm, i.a());
        vm.finish_frame(first, 1)
    }
    slow_return_0(vm, _i) {
        let first = register(vm, 0);
        vm.finish_frame(first, 0)
    }
    slow_for_prepare(vm, i) {
        vm.for_prepare(register(vm, i.a()))
    }
    slow_generic_for_call(vm, i) {
        let control = register(vm, i.a());
        let callee = control.wrapping_add(4);
        // SAFETY: registers; the compiler has reserved six from A on.
        unsafe {
            copy(callee.add(2), control.add(2));
            copy(callee.add(1), control.add(1));
            copy(callee, control);
        }
        vm.set_top(callee.wrapping_add(3));
        // SAFETY: a register.
        if unsafe { (*callee).kind } == value::NATIVE {
            return vm.call_native(callee, i.c() as i32, 0);
        }
        vm.begin_call(callee, i.c() as i32, 0)
    }
    op_closure(vm, i) {
        // SAFETY: pc was published before the auxiliary word.
        let child = unsafe { *at::<u32>(vm.frame().pc) };
        vm.frame().pc.0 += 4;
        vm.make_closure(i.a(), child)?;
        Ok(Flow::Continue)
    }
    op_var_arg(vm, i) {
        let frame = *vm.frame();
        let extra = frame.extra_count() as usize;
        let wanted = if i.c() == 0 { extra } else { i.c() as usize - 1 };
        let offset = to_addr(register(vm, i.a())).0 - frame.base.0;
        if i.c() == 0 {
            vm.set_top(register(vm, i.a()));
            vm.ensure_stack(extra)?;
        }
        let base = at::<Value>(vm.frame().base);
        let target = at::<Value>(Addr(to_addr(base).0 + offset));
        // SAFETY: the extra arguments lie below `base[-1]`; there is room for them above the register.
        unsafe {
            let source = base.sub(1 + extra);
            for index in 0..wanted.min(extra) {
                copy(target.add(index), source.add(index));
            }
            for index in extra..wanted.max(extra) {
                store(target.add(index), nil_here(vm, 1));
            }
        }
        if i.c() == 0 {
            vm.set_top(target.wrapping_add(extra));
        }
        Ok(Flow::Continue)
    }
    op_native_return(vm, _i) {
        vm.native_return()
    }
    #[cold]
    slow_bad(vm, _i) {
        Err(vm.throw_text(b"bad instruction"))
    }
    // The interpreter looks up, then executes the same instruction again.
    #[cold]
    slow_poll(vm, _i) {
        vm.service_poll(None)?;
        vm.frame().pc.0 -= 4;
        Ok(Flow::Continue)
    }
    // The same at the `Jump` behind a test; pc stands behind it.
    #[cold]
    slow_poll_jump(vm, _i) {
        vm.service_poll(None)?;
        vm.frame().pc.0 -= 4;
        Ok(Flow::Continue)
    }
}

impl Vm {
    /// Calls the callee at `callee`, whose arguments reach up to the top, in place of the running function.
    fn tail_call(&mut self, callee: *mut Value, closes: bool) -> Result<Flow, Raise> {
        // SAFETY: slots of the innermost frame; `insert_call_metamethod` may move the stack.
        unsafe {
            let mut callee = callee;
            while !matches!((*callee).kind, value::FUNCTION | value::NATIVE) {
                callee = self.insert_call_metamethod(callee)?;
            }
            if (*callee).kind == value::NATIVE {
                // As in the reference, the caller's frame stays below a native function; a `Return` of all
                // results follows the instruction.
                return self.call_native(callee, RESULTS_ALL, 0);
            }
            if closes {
                self.close_upvalues(at(self.frame().base));
            }
            let frame = *self.frame();
            let target = self.function_slot(&frame);
            let count = (self.r().top.0 - to_addr(callee).0) as usize / size_of::<Value>();
            for index in 0..count {
                copy(target.add(index), callee.add(index));
            }
            self.set_top(target.add(count));
            let call_site = frame.pc;
            self.r().frame.0 -= size_of::<Frame>() as u64;
            let caller_pc = self.frame().pc;
            self.frame().pc = call_site;
            let kept = frame.flags & FRAME_ENTRY;
            let pushed = self.push_lua_frame(target, frame.results_wanted, kept | FRAME_TAIL);
            if pushed.is_ok() {
                (*at::<Frame>(self.r().frame).sub(1)).pc = caller_pc;
            } else {
                self.frame().pc = caller_pc;
            }
            pushed.map(|()| Flow::Continue)
        }
    }

    /// Calls `__close` of the variable in `slot`, which has just been taken off the list; without error.
    fn close_variable(&mut self, slot: *mut Value, finish: Finish) -> Result<Flow, Raise> {
        self.set_top(self.scratch());
        self.close_variable_above(slot, finish)
    }

    /// The same, above the top.
    fn close_variable_above(&mut self, slot: *mut Value, finish: Finish) -> Result<Flow, Raise> {
        // SAFETY: a register of the innermost frame.
        let value = unsafe { load(slot) };
        self.ensure_stack(NATIVE_SLOTS)?;
        let function = self.top();
        let handler = self.metamethod(value, Event::Close);
        self.push(handler);
        self.push(value);
        self.push(Value::NIL);
        self.nest()?;
        self.begin_finishing_call(function, finish)
    }

    /// Prepares a numeric `for` (manual, section 3.3.5): an integer loop gets its iteration count.
    fn for_prepare(&mut self, control: *mut Value) -> Result<Flow, Raise> {
        // SAFETY: four registers of the innermost frame.
        unsafe {
            let (start, limit, step) = (load(control), load(control.add(1)), load(control.add(2)));
            let runs = if start.kind == value::INTEGER && step.kind == value::INTEGER {
                let (first, step) = (start.as_integer(), step.as_integer());
                if step == 0 {
                    return Err(self.throw_text(b"'for' step is zero"));
                }
                match self.for_limit(limit, step)? {
                    Some(last) if if step > 0 { first <= last } else { first >= last } => {
                        let distance = if step > 0 {
                            (last as u64).wrapping_sub(first as u64) / step as u64
                        } else {
                            // `-(step + 1) + 1` does not overflow for the smallest integer.
                            (first as u64).wrapping_sub(last as u64) / ((-(step + 1)) as u64 + 1)
                        };
                        set_integer(control.add(1), distance as i64);
                        set_integer(control.add(3), first);
                        true
                    }
                    _ => false,
                }
            } else {
                let mut number = |value: Value, what| match arith::to_number(value) {
                    Some(number) => Ok(arith::to_float(number)),
                    None => Err(self.throw_for_error(what, value)),
                };
                let last = number(limit, "limit")?;
                let step = number(step, "step")?;
                let first = number(start, "initial value")?;
                if step == 0.0 {
                    return Err(self.throw_text(b"'for' step is zero"));
                }
                set_float(control, first);
                set_float(control.add(1), last);
                set_float(control.add(2), step);
                set_float(control.add(3), first);
                // A limit that is no number does not stop the first round.
                !if step > 0.0 { last < first } else { first < last }
            };
            // The `Jump` past the loop follows: it is taken when the loop does not run.
            if runs {
                self.frame().pc.0 += 4;
            }
            Ok(Flow::Continue)
        }
    }

    /// The limit of an integer loop, clipped to an integer; `None` when the loop does not run.
    fn for_limit(&mut self, limit: Value, step: i64) -> Result<Option<i64>, Raise> {
        let float = match arith::to_number(limit) {
            Some(number) if number.kind == value::INTEGER => return Ok(Some(number.as_integer())),
            Some(number) => number.as_float(),
            None => return Err(self.throw_for_error("limit", limit)),
        };
        let rounded = if step > 0 { float.floor() } else { float.ceil() };
        if let Some(integer) = dumpfmt::numeral::float_to_integer(rounded) {
            return Ok(Some(integer));
        }
        // Beyond every integer: the loop runs to the last one, or not at all. NaN counts as below them all.
        Ok(match (float > 0.0, step > 0) {
            (true, true) => Some(i64::MAX),
            (false, false) => Some(i64::MIN),
            _ => None,
        })
    }
}
