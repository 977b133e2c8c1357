//! Coroutines: status, frames, the chain of resumers.
//!
//! Invariant: a frame is handed out only when it lies in its coroutine's row of frames and its base in its
//! stack; a row is never longer than its object, a chain of resumers never longer than the coroutines that
//! have not been met before.

use super::memory::Memory;
use super::value::LuaValue;
use crate::image::{Fault, Why};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{
    CoroutineObject, FRAME_FINALIZING, FRAME_HOOKED, FRAME_TAIL, Frame, FrameKind, FramesObject, StackObject,
    Status,
};
use zerocopy::FromBytes;

/// A coroutine.
#[derive(Clone, Copy, Debug)]
pub struct Coroutine {
    /// Its address.
    pub addr: Addr,
    /// As it lies in memory, but `frame` and `top` are the current ones if it runs.
    pub object: CoroutineObject,
    /// What it is doing; `None` when the byte says nothing known.
    pub status: Option<Status>,
    /// Whether it is the main coroutine.
    pub is_main: bool,
}

/// One activation of a function.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// 0 is the innermost of its coroutine.
    pub number: usize,
    /// As it lies in memory.
    pub frame: Frame,
    /// What it is; `None` when the number says nothing known.
    pub kind: Option<FrameKind>,
    /// The function, in the slot below the base.
    pub function: LuaValue,
    /// One past its last register or argument: where the next frame's function lies, or the top.
    pub limit: Addr,
}

/// The frames of a coroutine, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// As many as could be read.
    pub activations: Vec<Activation>,
    /// Why there are not more.
    pub fault: Option<Fault>,
}

impl Activation {
    /// Whether it took the place of its caller.
    pub const fn is_tail_call(&self) -> bool {
        self.frame.flags & FRAME_TAIL != 0
    }

    /// Whether what lies above it is a hook.
    pub const fn is_hooked(&self) -> bool {
        self.frame.flags & FRAME_HOOKED != 0
    }

    /// Whether what lies above it is a finalizer.
    pub const fn is_finalizing(&self) -> bool {
        self.frame.flags & FRAME_FINALIZING != 0
    }

    /// Whether it runs Lua code.
    pub const fn is_lua(&self) -> bool {
        matches!(self.kind, Some(FrameKind::Lua))
    }

    /// Whether it is the frame below the first function of a coroutine, which no program put there.
    pub const fn is_bottom(&self) -> bool {
        matches!(self.kind, Some(FrameKind::Bottom))
    }
}

impl Memory<'_> {
    /// The coroutine at `addr`.
    pub fn coroutine(&self, addr: Addr) -> Result<Coroutine, Fault> {
        let mut object: CoroutineObject = self.object(addr, Kind::Coroutine)?;
        let mut is_main = false;
        if let Ok(roots) = &self.roots {
            is_main = roots.main.addr == addr;
            if roots.current.addr == addr {
                object.frame = roots.frame;
                object.frame_limit = roots.frame_limit;
                object.stack_limit = roots.stack_limit;
                object.top = roots.top;
            }
        }
        Ok(Coroutine { addr, object, status: Status::from_byte(object.header.flags), is_main })
    }

    /// `coroutine`, who resumed it, who resumed that one, and so on to the main coroutine.
    pub fn resumers(&self, coroutine: Addr) -> (Vec<Coroutine>, Option<Fault>) {
        let mut chain: Vec<Coroutine> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut next = coroutine;
        while !next.is_null() && seen.insert(next) {
            match self.coroutine(next) {
                Ok(found) => {
                    next = found.object.resumer.addr;
                    chain.push(found);
                }
                Err(fault) => return (chain, Some(fault)),
            }
        }
        (chain, None)
    }

    /// The frames of `coroutine`, innermost first, the runtime's own ones included.
    pub fn frames(&self, coroutine: &Coroutine) -> Frames {
        match self.frame_row(coroutine) {
            Ok((bytes, stack)) => {
                let mut frames = Frames::default();
                let mut limit = coroutine.object.top;
                for bytes in bytes.chunks_exact(size_of::<Frame>()).rev() {
                    let Ok(frame) = Frame::read_from_bytes(bytes) else { continue };
                    let callee = frame.base.0.wrapping_sub(16);
                    if callee < stack.0 || frame.base.0 > stack.1 || !frame.base.0.is_multiple_of(16) {
                        frames.fault = Some(Fault::new(frame.base, Why::NotRecorded));
                        break;
                    }
                    let function = match self.value_at(Addr(callee)) {
                        Ok(function) => function,
                        Err(fault) => {
                            frames.fault = Some(fault);
                            break;
                        }
                    };
                    let number = frames.activations.len();
                    let limit_here = Addr(limit.0.min(stack.1));
                    frames.activations.push(Activation {
                        number,
                        frame,
                        kind: frame.kind(),
                        function,
                        limit: limit_here,
                    });
                    limit = Addr(callee);
                }
                frames
            }
            Err(fault) => Frames { activations: Vec::new(), fault: Some(fault) },
        }
    }

    /// The bytes of the frames in use, oldest first, and where the stack starts and ends.
    fn frame_row(&self, coroutine: &Coroutine) -> Result<(Vec<u8>, (u64, u64)), Fault> {
        let stack = coroutine.object.stack.addr;
        let values: StackObject = self.object(stack, Kind::Stack)?;
        let first_value = stack.offset(StackObject::VALUES).0;
        let stack_end = first_value.saturating_add(values.capacity.saturating_mul(16));
        let row = coroutine.object.frames.addr;
        let object: FramesObject = self.object(row, Kind::Frames)?;
        let first = row.offset(FramesObject::FRAMES);
        let frame = coroutine.object.frame;
        let size = size_of::<Frame>() as u64;
        let distance = frame.0.checked_sub(first.0).ok_or(Fault::new(frame, Why::NotRecorded))?;
        let count = distance / size + 1;
        if !distance.is_multiple_of(size) || count > object.capacity {
            return Err(Fault::new(frame, Why::TooLong { claimed: count, limit: object.capacity }));
        }
        let bytes = self.image.bytes(first, count * size)?;
        Ok((bytes.into_owned(), (first_value, stack_end)))
    }

    /// The value of register `register` of `activation`.
    pub fn register(&self, activation: &Activation, register: u8) -> Result<LuaValue, Fault> {
        self.value_at(activation.frame.base.offset(16 * u64::from(register)))
    }

    /// The extra arguments of a vararg function. They lie just below the second copy of the callee.
    pub fn varargs(&self, activation: &Activation) -> Result<Vec<LuaValue>, Fault> {
        let count = u64::from(activation.frame.extra_count());
        let base = activation.frame.base;
        let first = base.0.checked_sub(16 * (count + 1)).ok_or(Fault::new(base, Why::NotRecorded))?;
        (0..count).map(|index| self.value_at(Addr(first + 16 * index))).collect()
    }

    /// The arguments of a native function's frame, as many as still lie there.
    pub fn arguments(&self, activation: &Activation) -> Result<Vec<LuaValue>, Fault> {
        let base = activation.frame.base;
        let count = activation.limit.0.saturating_sub(base.0) / 16;
        (0..count.min(ARGUMENTS_MAX)).map(|index| self.value_at(base.offset(16 * index))).collect()
    }
}

/// More arguments than anyone reads; a native function may have a whole table unpacked onto its frame.
const ARGUMENTS_MAX: u64 = 250;
