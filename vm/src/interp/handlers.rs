//! The instruction handlers: one function per opcode, reached from one another by sibling calls.
//!
//! ```text
//!   fn(pc, base, k, st, insn, table) -> Exit        six integer registers, nothing spilled
//!        │    │    │   │    │     └ the dispatch table
//!        │    │    │   │    └ the word being executed
//!        │    │    │   └ Roots          └ constants
//!        │    └ R[0]
//!        └ the next word
//! ```
//!
//! A handler ends by fetching the next word and calling its handler in tail position, which LLVM turns into a
//! jump from optimisation level 1 on; so nothing with a destructor and no local whose address is taken may be
//! alive there. Whatever can raise, allocate or call leaves the hot handler, also in tail position, for a
//! *slow* one. Measured on a prototype: 9 % against a `match`, and 11 % lost if slow paths are ordinary calls.
//!
//! Contract: *a slow handler publishes pc in its frame before anything that can raise, allocate or fault*,
//! and takes pc, base and constants from the innermost frame afterwards; so frames may be pushed and stacks may
//! move. Registers are always in stack memory.
//!
//! Validity: code has been verified when it was loaded (`load.rs`), so operands are trusted; `base`, `k` and
//! `st` are those of the innermost frame.

use super::call::Flow;
use super::state::Vm;
use crate::heap::pointer::{at, to_addr};
use access::*;
use control::*;
#[cfg(test)]
pub(super) use control::{IPAIRS_ID, NEXT_ID};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::function::{FunctionObject, UpvalueObject};
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::value::{self, Value};
use element::*;
use field::*;
use operators::*;

/// How the loop ends.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Exit {
    /// The frame that machine code had called has ended.
    Leave,
    /// An error passes through machine code.
    Raise,
}

/// A handler.
pub type Handler =
    unsafe fn(*const u32, *mut Value, *const Value, *mut Roots, u32, *const DispatchTable) -> Exit;

/// Handlers by opcode byte.
pub struct DispatchTable([Handler; 256]);

macro_rules! handler {
    ($($name:ident ( $pc:ident, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident ) $body:block)+) => {$(
        // Not inlined: what a rarer handler needs of registers, the hot one before it would have to save.
        #[inline(never)]
        #[allow(unused_variables, unused_mut, clippy::missing_safety_doc)]
        pub(super) unsafe fn $name(
            mut $pc: *const u32,
            $base: *mut Value,
            $k: *const Value,
            $st: *mut Roots,
            $insn: u32,
            $table: *const DispatchTable,
        ) -> Exit {
            // SAFETY: the module's validity paragraph.
            unsafe { $body }
        }
    )+};
}

/// A handler that leaves the hot path: publishes pc, runs its body as an ordinary function of the runtime and
/// the instruction, and goes on with whatever frame is innermost then.
macro_rules! slow {
    ($($(#[$attribute:meta])* $name:ident ( $vm:ident, $i:ident ) $body:block)+) => {$(
        #[inline(never)]
        $(#[$attribute])*
        pub(super) unsafe fn $name(
            pc: *const u32,
            _base: *mut Value,
            _k: *const Value,
            st: *mut Roots,
            insn: u32,
            table: *const DispatchTable,
        ) -> Exit {
            // Not inlined: its locals have their addresses taken, and with one of those in its own frame the
            // handler could not end in a jump.
            #[inline(never)]
            fn body($vm: &mut Vm, $i: Instruction) -> Result<Flow, Raise> $body
            // SAFETY: the module's validity paragraph.
            unsafe {
                (*at::<Frame>((*st).frame)).pc = to_addr(pc);
                let flow = body(Vm::of(st), Instruction(insn));
                if !matches!(flow, Ok(Flow::Continue)) {
                    return stop(pc, _base, _k, st, flow.is_err() as u32, table);
                }
                let frame = at::<Frame>((*st).frame);
                let pc = at::<u32>((*frame).pc);
                let next = *pc;
                // The body may have switched the hook.
                let table = at::<DispatchTable>((*st).handlers);
                ((*table).0[(next & 0xff) as usize])(
                    pc.add(1), at((*frame).base), at((*frame).constants), st, next, table,
                )
            }
        }
    )+};
}

/// The loop's rare turns: `insn` is 1 when an error is on its way, 0 when the loop ends.
#[cold]
#[inline(never)]
unsafe fn stop(
    _pc: *const u32,
    _base: *mut Value,
    _k: *const Value,
    st: *mut Roots,
    insn: u32,
    _table: *const DispatchTable,
) -> Exit {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if insn == 0 {
            return Exit::Leave;
        }
        let mut flow = Vm::of(st).unwind();
        // A `__close` called while unwinding may throw at once, if it is a native function.
        while flow.is_err() && !Vm::of(st).leaves_loop() {
            flow = Vm::of(st).unwind();
        }
        match flow {
            Ok(Flow::Continue) => {}
            Ok(Flow::Leave) => return Exit::Leave,
            Err(_) => return Exit::Raise,
        }
        let frame = at::<Frame>((*st).frame);
        let pc = at::<u32>((*frame).pc);
        let next = *pc;
        let table = at::<DispatchTable>((*st).handlers);
        ((*table).0[(next & 0xff) as usize])(
            pc.add(1),
            at((*frame).base),
            at((*frame).constants),
            st,
            next,
            table,
        )
    }
}

/// What every instruction comes to while the running coroutine has a hook: traces it, then runs its handler.
unsafe fn op_hooked(
    pc: *const u32,
    base: *mut Value,
    k: *const Value,
    st: *mut Roots,
    insn: u32,
    table: *const DispatchTable,
) -> Exit {
    // Not inlined, as the body of a slow handler.
    #[inline(never)]
    fn body(vm: &mut Vm, instruction: Instruction) -> bool {
        vm.trace(instruction).is_ok()
    }
    // SAFETY: the module's validity paragraph.
    unsafe {
        (*at::<Frame>((*st).frame)).pc = to_addr(pc);
        if !body(Vm::of(st), Instruction(insn)) {
            return stop(pc, base, k, st, 1, table);
        }
        let frame = at::<Frame>((*st).frame);
        let table = at::<DispatchTable>((*st).handlers);
        (TRACED.0[(insn & 0xff) as usize])(pc, at((*frame).base), at((*frame).constants), st, insn, table)
    }
}

macro_rules! go {
    ($pc:expr, $base:ident, $k:ident, $st:ident, $table:ident) => {{
        let pc: *const u32 = $pc;
        let insn = *pc;
        return ((*$table).0[(insn & 0xff) as usize])(pc.add(1), $base, $k, $st, insn, $table);
    }};
}

macro_rules! leave_to {
    ($slow:ident, $pc:expr, $base:ident, $k:ident, $st:ident, $insn:expr, $table:ident) => {
        return $slow($pc, $base, $k, $st, $insn, $table)
    };
}

/// Takes or steps over the `Jump` at `pc`. The two arms load different words, which keeps the branch a branch:
/// as a conditional move the next fetch would wait for the comparison (28 % on a loop of tests). A jump back
/// is a place where the interpreter looks up.
macro_rules! branch {
    ($taken:expr, $pc:ident, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident) => {{
        if $taken {
            let distance = (*$pc as i32) >> 8;
            if distance < 0 && (*$st).poll != 0 {
                leave_to!(slow_poll_jump, $pc.add(1), $base, $k, $st, $insn, $table);
            }
            go!($pc.offset(distance as isize + 1), $base, $k, $st, $table)
        } else {
            core::hint::cold_path();
            go!($pc.add(1), $base, $k, $st, $table)
        }
    }};
}

/// Takes or steps over the `Jump` at `pc`, by whether a condition is as the instruction wants it. One branch for either
/// question: to compare the answers takes three instructions more, and the second branch is foreseen always.
macro_rules! branch_as_wanted {
    ($condition:expr, $wanted:expr, $pc:ident, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident) => {{
        if $condition {
            apart();
            branch!($wanted, $pc, $base, $k, $st, $insn, $table)
        } else {
            apart();
            branch!(!$wanted, $pc, $base, $k, $st, $insn, $table)
        }
    }};
}

/// Begins the code of a function whose frame is pushed.
macro_rules! enter_function {
    ($prototype:ident, $constants:ident, $base:ident, $st:ident, $table:ident) => {{
        let code = (*$prototype).code.addr.offset(CodeObject::WORDS);
        let k = at::<Value>($constants) as *const Value;
        go!(at::<u32>(code), $base, k, $st, $table)
    }};
}

mod operands;

mod access;

mod field;

mod element;

mod control;

mod operators;

#[inline(always)]
fn a(insn: u32) -> usize {
    (insn >> 8 & 0xff) as usize
}
#[inline(always)]
fn b(insn: u32) -> usize {
    (insn >> 16 & 0xff) as usize
}
#[inline(always)]
fn c(insn: u32) -> usize {
    (insn >> 24) as usize
}

/// The same number, about which the compiler knows nothing: it would keep the parts of a sum for later and run out
/// of registers, of which a handler has three before it must save one.
#[inline(always)]
fn settled(mut value: u64) -> u64 {
    // SAFETY: no instruction.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags))
    };
    value
}

/// Keeps a branch a branch.
#[inline(always)]
fn apart() {
    // SAFETY: no instruction.
    unsafe { core::arch::asm!("", options(nomem, nostack, preserves_flags)) };
}

/// The registers that operands name, as offsets in bytes from R[0]; so of constants from K[0].
#[inline(always)]
fn offset_a(insn: u32) -> u64 {
    (insn >> 4 & 0xff0) as u64
}
#[inline(always)]
fn offset_b(insn: u32) -> u64 {
    (insn >> 12 & 0xff0) as u64
}
#[inline(always)]
fn offset_c(insn: u32) -> u64 {
    (insn >> 20 & 0xff0) as u64
}

/// The kind of the value at an offset.
#[inline(always)]
unsafe fn kind_at(row: *const Value, offset: u64) -> u8 {
    // SAFETY: the caller's: a value of the row.
    unsafe { (*row.byte_add(offset as usize)).kind }
}

/// The same of its payload, as the last use of the offset. Were it not [`settled`], the compiler would add it to the
/// row's address before it looked at the kind, which takes an instruction of its own, and a register.
#[inline(always)]
unsafe fn payload_at(row: *const Value, offset: u64) -> u64 {
    // SAFETY: the caller's: a value of the row.
    unsafe { (*row.byte_add(settled(offset) as usize)).payload }
}

#[inline(always)]
unsafe fn set_integer(slot: *mut Value, integer: i64) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::INTEGER;
        (*slot).payload = integer as u64;
    }
}

#[inline(always)]
unsafe fn set_float(slot: *mut Value, float: f64) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::FLOAT;
        (*slot).payload = float.to_bits();
    }
}

/// Stores nil with the address of the instruction at `pc` as its origin.
#[inline(always)]
unsafe fn set_nil(slot: *mut Value, pc: *const u32) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::NIL;
        (*slot).payload = pc as u64;
    }
}

/// The location of upvalue `index` of the function that runs.
#[inline(always)]
unsafe fn upvalue(base: *mut Value, index: usize) -> *mut UpvalueObject {
    // SAFETY: `base[-1]` is the running closure, which has that many upvalues.
    unsafe {
        let function = at::<u8>((*base.sub(1)).addr()).add(FunctionObject::UPVALUES as usize);
        at(*function.cast::<Addr>().add(index))
    }
}
macro_rules! table_of {
    ($($opcode:ident $handler:ident;)+) => {{
        let mut table: [Handler; 256] = [op_bad as Handler; 256];
        $( table[Opcode::$opcode as usize] = $handler; )+
        table
    }};
}

const HANDLERS: [Handler; 256] = table_of! {
    Move op_move;
    LoadInteger op_load_integer;
    LoadFloat op_load_float;
    LoadConstant op_load_constant;
    LoadConstantX op_load_constant_x;
    LoadFalse op_load_false;
    LoadFalseSkip op_load_false_skip;
    LoadTrue op_load_true;
    LoadNil op_load_nil;
    GetUpvalue op_get_upvalue;
    SetUpvalue op_set_upvalue;
    GetTabUp op_get_tab_up;
    GetTable op_get_table;
    GetInteger op_get_integer;
    GetField op_get_field;
    SetTabUp op_set_tab_up;
    SetTabUpK op_set_tab_up_k;
    SetTable op_set_table;
    SetTableK op_set_table_k;
    SetInteger op_set_integer;
    SetIntegerK op_set_integer_k;
    SetField op_set_field;
    SetFieldK op_set_field_k;
    SelfField op_self;
    NewTable op_new_table;
    SetList op_set_list;
    AddImmediate op_add_immediate;
    SubImmediate op_sub_immediate;
    AddConstant op_add_constant;
    SubConstant op_sub_constant;
    MulConstant op_mul_constant;
    ModConstant op_mod_constant;
    PowConstant op_pow_constant;
    DivConstant op_div_constant;
    FloorDivConstant op_floor_div_constant;
    AndConstant op_and_constant;
    OrConstant op_or_constant;
    XorConstant op_xor_constant;
    ShrImmediate op_shr_immediate;
    ShlImmediate op_shl_immediate;
    ConstantAdd op_constant_add;
    ConstantSub op_constant_sub;
    ConstantMul op_constant_mul;
    ConstantDiv op_constant_div;
    Add op_add;
    Sub op_sub;
    Mul op_mul;
    Mod op_mod;
    Pow op_pow;
    Div op_div;
    FloorDiv op_floor_div;
    And op_and;
    Or op_or;
    Xor op_xor;
    Shl op_shl;
    Shr op_shr;
    Negate op_negate;
    BitNot op_bit_not;
    Not op_not;
    Length op_length;
    Concat op_concat;
    Close op_close;
    ToBeClosed op_to_be_closed;
    Jump op_jump;
    Equal op_equal;
    LessThan op_less_than;
    LessEqual op_less_equal;
    EqualConstant op_equal_constant;
    EqualImmediate op_equal_immediate;
    LessThanImmediate op_less_than_immediate;
    LessEqualImmediate op_less_equal_immediate;
    GreaterThanImmediate op_greater_than_immediate;
    GreaterEqualImmediate op_greater_equal_immediate;
    Test op_test;
    TestSet op_test_set;
    Call op_call;
    TailCall op_tail_call;
    Return op_return;
    Return0 op_return_0;
    Return1 op_return_1;
    ForPrepare op_for_prepare;
    ForLoop op_for_loop;
    GenericForPrepare op_generic_for_prepare;
    GenericForCall op_generic_for_call;
    GenericForLoop op_generic_for_loop;
    Closure op_closure;
    VarArg op_var_arg;
    VarArgPrepare op_var_arg_prepare;
    NativeReturn op_native_return;
};

/// The handlers.
static DISPATCH: DispatchTable = DispatchTable(HANDLERS);

/// While the running coroutine has a hook.
static HOOKED: DispatchTable = {
    let mut table = [op_hooked as Handler; 256];
    // Not a program's instruction.
    table[Opcode::NativeReturn as usize] = op_native_return;
    DispatchTable(table)
};

/// The handlers of traced instructions: calls and returns take the way on which their events are.
static TRACED: DispatchTable = {
    let mut table = HANDLERS;
    table[Opcode::Call as usize] = slow_call;
    table[Opcode::GenericForCall as usize] = slow_generic_for_call;
    table[Opcode::TailCall as usize] = slow_tail_call;
    table[Opcode::Return as usize] = slow_return;
    table[Opcode::Return0 as usize] = slow_return_0;
    table[Opcode::Return1 as usize] = slow_return_1;
    DispatchTable(table)
};

/// The table of handlers with or without a hook: the value of `Roots::handlers`.
pub fn table(hooked: bool) -> Addr {
    to_addr(if hooked { &raw const HOOKED } else { &raw const DISPATCH })
}

/// Runs from the innermost frame until the entry frame ends.
///
/// # Safety
/// The innermost frame of `roots` is valid, its code verified.
pub unsafe fn run(roots: *mut Roots) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let frame = at::<Frame>((*roots).frame);
        let pc = at::<u32>((*frame).pc);
        let insn = *pc;
        let table = at::<DispatchTable>((*roots).handlers);
        ((*table).0[(insn & 0xff) as usize])(
            pc.add(1),
            at((*frame).base),
            at((*frame).constants),
            roots,
            insn,
            table,
        )
    }
}
