//! Coroutines as they lie in memory: a value stack and a row of explicit frames each.
//!
//! ```text
//!   frames:  [ frame 0 | frame 1 | … | current ]            32 bytes each, oldest first
//!                         │ base
//!   stack:   … | callee | R0 R1 … R(n-1) | callee | R0 …    base[-1] is always the function of the frame
//! ```
//!
//! A vararg function's frame lies above its arguments: `callee' args… | callee | R0 …` with the count of the
//! extra arguments in `Frame::flags`; they lie just below the second copy of the callee.
//!
//! Invariant: at every safepoint the registers of every frame are in stack memory, and `pc` of every frame
//! but the innermost is the word *after* its call (auxiliary words included); that of the innermost Lua frame
//! likewise lies one past the instruction being executed.

use super::ObjectHeader;
use super::function::UpvalueObject;
use super::value::Value;
use crate::addr::{Addr, Ref};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a coroutine is doing; the words of `coroutine.status`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Created or yielded: it can be resumed.
    Suspended = 0,
    /// The one that runs.
    Running = 1,
    /// It has resumed another.
    Normal = 2,
    /// Returned, or closed.
    Dead = 3,
    /// Ended by an error; its frames are kept as they stood at the throw.
    Failed = 4,
}

impl Status {
    /// The status with this number, if there is one.
    pub const fn from_byte(byte: u8) -> Option<Status> {
        Some(match byte {
            0 => Status::Suspended,
            1 => Status::Running,
            2 => Status::Normal,
            3 => Status::Dead,
            4 => Status::Failed,
            _ => return None,
        })
    }
}

/// A coroutine. While it runs, `frame`, `frame_limit`, `stack_limit` and `top` are to be read from `Roots`,
/// which holds the current ones; the copies here are stale until it is switched away from.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout)]
pub struct CoroutineObject {
    /// Kind `Coroutine`; `flags` is a [`Status`].
    pub header: ObjectHeader,
    /// Its values.
    pub stack: Ref<StackObject>,
    /// Its frames.
    pub frames: Ref<FramesObject>,
    /// The innermost frame; it lies inside `frames`.
    pub frame: Addr,
    /// The last frame there is room for.
    pub frame_limit: Addr,
    /// Where the usable part of the stack ends; some slots beyond are kept for error handling.
    pub stack_limit: Addr,
    /// One past the last value in use, as far as the innermost frame says so: arguments of a native function,
    /// results of a call with variable results.
    pub top: Addr,
    /// The open upvalue that is highest on the stack; the rest is chained.
    pub open_upvalues: Ref<UpvalueObject>,
    /// The newest slot that holds a to-be-closed variable, 0 when there is none.
    pub to_be_closed: Addr,
    /// Who resumed it; null when nobody did (main, suspended, dead).
    pub resumer: Ref<CoroutineObject>,
    /// The hook function of `debug.sethook`, nil when there is none.
    pub hook: Value,
    /// Events for which the hook is called, and whether it runs: a mask of the `HOOK_…` bits.
    pub hook_mask: u32,
    /// Instructions between two count events.
    pub hook_count: u32,
    /// Native calls that stand on the machine stack inside this coroutine.
    pub native_depth: u32,
    /// Calls nested in one another (of machine code, metamethods, resumes): while suspended those of this
    /// coroutine alone, while another runs that it has resumed the count up to there.
    pub nesting: u32,
    /// The address of the call instruction that created it, 0 when native code did.
    pub site: Addr,
    /// The error that ended it, when its status is `Failed`.
    pub error: Value,
    /// Instructions until the next count event.
    pub hook_left: u32,
    /// The instruction that was executed last while the hook was on, as an index into the code of its function.
    pub hook_pc: u32,
}
const _: () = assert!(size_of::<CoroutineObject>() == 144);

/// `hook_mask`: on every call.
pub const HOOK_CALL: u32 = 1;
/// `hook_mask`: on every return.
pub const HOOK_RETURN: u32 = 2;
/// `hook_mask`: on every new line.
pub const HOOK_LINE: u32 = 4;
/// `hook_mask`: every `hook_count` instructions.
pub const HOOK_COUNT: u32 = 8;
/// `hook_mask`: the hook is being called; until it returns there are no events.
pub const HOOK_RUNNING: u32 = 16;

/// A value stack; `capacity` values follow at offset [`StackObject::VALUES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct StackObject {
    /// Kind `Stack`.
    pub header: ObjectHeader,
    /// In values.
    pub capacity: u64,
}
const _: () = assert!(size_of::<StackObject>() == 16);

impl StackObject {
    /// Offset of the first value.
    pub const VALUES: u64 = 16;
}

/// A row of frames; `capacity` [`Frame`]s follow at offset [`FramesObject::FRAMES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct FramesObject {
    /// Kind `Frames`.
    pub header: ObjectHeader,
    /// In frames.
    pub capacity: u64,
}
const _: () = assert!(size_of::<FramesObject>() == 16);

impl FramesObject {
    /// Offset of the first frame.
    pub const FRAMES: u64 = 16;
}

/// One activation of a function. `base[-1]` is the function.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct Frame {
    /// The next instruction; of a native frame, a `NativeReturn` instruction of the runtime.
    pub pc: Addr,
    /// The first register, or the first argument of a native function.
    pub base: Addr,
    /// Value 0 of the constants (`constants + 16` of the prototype), a copy for speed; of a native frame a
    /// word whose meaning its [`FrameKind`] gives.
    pub constants: Addr,
    /// Results that the caller wants, or [`RESULTS_ALL`], or one of the codes from [`RESULTS_FINISH`] down.
    pub results_wanted: i32,
    /// Bits 0..5 a [`FrameKind`], bits 5..12 `FRAME_…` flags, bits 12..32 the number of extra arguments of a
    /// vararg function.
    pub flags: u32,
}
const _: () = assert!(size_of::<Frame>() == 32);

/// The bits of `Frame::flags` that hold the [`FrameKind`].
pub const FRAME_KIND_MASK: u32 = 0x1f;

/// `results_wanted`: as many as there are.
pub const RESULTS_ALL: i32 = -1;
/// `results_wanted` from here down: what is returned finishes the caller's interrupted instruction (a
/// metamethod was called). The code is `RESULTS_FINISH - (register + 256 * n)` with `n` a private number of
/// `vm/interp`.
pub const RESULTS_FINISH: i32 = -2;

/// `Frame::flags`: what lies above it is a hook, called amid what this frame does.
pub const FRAME_HOOKED: u32 = 1 << 5;
/// `Frame::flags`: the event loop delivers from this frame: an error above it is nobody's below it.
pub const FRAME_DELIVERY: u32 = 1 << 6;
/// `Frame::flags`: the machine code that called this frame stops errors itself.
pub const FRAME_CATCH: u32 = 1 << 7;
/// `Frame::flags`: called from machine code; returning from it leaves the interpreter's loop.
pub const FRAME_ENTRY: u32 = 1 << 8;
/// `Frame::flags`: it took the place of its caller by a tail call.
pub const FRAME_TAIL: u32 = 1 << 9;
/// `Frame::flags`: what lies above it is a finalizer, called amid what this frame does.
pub const FRAME_FINALIZING: u32 = 1 << 10;
/// `Frame::flags`: the frame of a vararg function: its arguments and a first copy of the function lie below.
pub const FRAME_VARARG: u32 = 1 << 11;
/// The first bit of the extra argument count.
pub const FRAME_EXTRA_SHIFT: u32 = 12;

/// What a frame is, beyond its function: how it goes on when a callee returns into it, or fails.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A Lua function.
    Lua = 0,
    /// A native function that runs to its end, or calls back from machine code; `constants` is 1 while the errors
    /// that it stops go through the message handler outside of it.
    Native = 1,
    /// `pcall`, or a protected call of the runtime: errors stop here.
    ProtectedCall = 2,
    /// `xpcall`; the message handler lies in `base[0]`.
    ProtectedCallHandler = 3,
    /// `coroutine.resume`, while the coroutine runs: errors stop here.
    Resume = 4,
    /// The function of `coroutine.wrap`, while the coroutine runs: errors go on upwards.
    Wrap = 5,
    /// `coroutine.yield`, while suspended.
    Yield = 6,
    /// A protected call that has stopped an error and closes to-be-closed variables; `constants` is 1 when its
    /// message handler lies in `base[0]`. The error is in the slot after that.
    Close = 7,
    /// A native function that has called on and will be asked again when the call returns; `constants` says
    /// where it stands.
    Continuation = 8,
    /// The bottom of a coroutine.
    Bottom = 9,
}

impl FrameKind {
    /// The kind with this number, if there is one.
    pub const fn from_byte(byte: u8) -> Option<FrameKind> {
        Some(match byte {
            0 => FrameKind::Lua,
            1 => FrameKind::Native,
            2 => FrameKind::ProtectedCall,
            3 => FrameKind::ProtectedCallHandler,
            4 => FrameKind::Resume,
            5 => FrameKind::Wrap,
            6 => FrameKind::Yield,
            7 => FrameKind::Close,
            8 => FrameKind::Continuation,
            9 => FrameKind::Bottom,
            _ => return None,
        })
    }
}

impl Frame {
    /// What the frame is.
    pub const fn kind(&self) -> Option<FrameKind> {
        FrameKind::from_byte(self.flags as u8 & FRAME_KIND_MASK as u8)
    }

    /// Extra arguments of a vararg function.
    pub const fn extra_count(&self) -> u32 {
        self.flags >> FRAME_EXTRA_SHIFT
    }
}
