//! The one opcode table: name, operand shape, meaning. Encoding, decoding, listings and operand checks
//! derive from it.
//!
//! An instruction is one little-endian 32-bit word; some are followed by one *auxiliary* word that belongs
//! to them and is never executed:
//!
//! ```text
//!   31      24 23      16 15       8 7        0
//!  +----------+----------+----------+----------+
//!  |    C     |    B     |    A     |  opcode  |   ABC
//!  |         Bx / sBx    |    A     |  opcode  |   ABx, AsBx   (sBx is signed two's complement)
//!  |             sJ                 |  opcode  |   Jump        (signed, in words)
//!  +----------+----------+----------+----------+
//! ```
//!
//! In the meanings below `R[x]` is a register, `K[x]` a constant of the prototype, `U[x]` an upvalue, `aux`
//! the auxiliary word, `pc` the index of the word after the instruction (and its auxiliary word). A *skip*
//! instruction is followed by a `Jump`: when its condition holds the `Jump` is executed, else it is stepped
//! over. That is how every branch is made, so only `Jump` holds a distance.
//!
//! Invariant: `C` of the field instructions is no operand but a *hint*, the node in which the key was last
//! found. The compiler writes 0, the interpreter rewrites it, and nobody's answer depends on it.
//!
//! Not here: what the instructions do in detail (`vm/interp`), who emits them (`compiler/emit`).

use core::fmt;

/// How the bits of an instruction above the opcode are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Three unsigned bytes.
    Abc,
    /// A byte and an unsigned 16-bit number.
    ABx,
    /// A byte and a signed 16-bit number.
    AsBx,
    /// A signed 24-bit distance in words, counted from the word after the instruction.
    Jump,
}

/// What one operand byte (or the auxiliary word) stands for; verification and listings read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The operand is not used and is 0.
    None,
    /// A register that must lie inside the frame.
    Register,
    /// The first of a row of registers whose length the other operands tell.
    Row,
    /// An index into the constants, of any type.
    Constant,
    /// An index into the constants, which must hold a short string.
    Key,
    /// An upvalue index.
    Upvalue,
    /// An index into the nested prototypes.
    Child,
    /// A count, a flag or an unsigned immediate.
    Number,
    /// A signed immediate byte, `-128..=127`.
    Signed,
    /// What the runtime has noted for its own use: the slot of a field, the template of a constructor.
    Hint,
}

/// One row of the opcode table.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// The name in listings.
    pub name: &'static str,
    /// How the word is cut up.
    pub shape: Shape,
    /// Operand A.
    pub a: Operand,
    /// Operand B (or Bx / sBx).
    pub b: Operand,
    /// Operand C.
    pub c: Operand,
    /// The auxiliary word, `None` when there is none.
    pub aux: Operand,
    /// Whether a `Jump` must follow.
    pub skips: bool,
}

macro_rules! opcodes {
    ($( $(#[doc = $doc:literal])+ $name:ident $shape:ident ($a:ident $b:ident $c:ident) $aux:ident $($skip:ident)?; )+) => {
        /// The operation of an instruction. The discriminant is the opcode byte.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Opcode { $( $(#[doc = $doc])+ $name, )+ }

        impl Opcode {
            /// Every opcode, in the order of its byte.
            pub const ALL: &[Opcode] = &[$( Opcode::$name, )+];
        }

        const TABLE: &[OpcodeInfo] = &[$( OpcodeInfo {
            name: stringify!($name), shape: Shape::$shape,
            a: Operand::$a, b: Operand::$b, c: Operand::$c, aux: Operand::$aux,
            skips: opcodes!(@skip $($skip)?),
        }, )+];
    };
    (@skip) => { false };
    (@skip skips) => { true };
}

opcodes! {
    // name       shape (A B C) aux

    /// `R[A] := R[B]`
    Move          Abc (Register Register None) None;
    /// `R[A] := sBx` as an integer
    LoadInteger   AsBx (Register Number None) None;
    /// `R[A] := sBx` as a float
    LoadFloat     AsBx (Register Number None) None;
    /// `R[A] := K[Bx]`
    LoadConstant  ABx (Register Constant None) None;
    /// `R[A] := K[aux]`
    LoadConstantX Abc (Register None None) Constant;
    /// `R[A] := false`
    LoadFalse     Abc (Register None None) None;
    /// `R[A] := false; pc += 1` (the word stepped over is one without auxiliary word)
    LoadFalseSkip Abc (Register None None) None;
    /// `R[A] := true`
    LoadTrue      Abc (Register None None) None;
    /// `R[A], …, R[A+B] := nil`
    LoadNil       Abc (Row Number None) None;
    /// `R[A] := U[B]`
    GetUpvalue    Abc (Register Upvalue None) None;
    /// `U[B] := R[A]`
    SetUpvalue    Abc (Register Upvalue None) None;

    /// `R[A] := U[B][K[aux]]`: a global, or a field of an upvalue
    GetTabUp      Abc (Register Upvalue Hint) Key;
    /// `R[A] := R[B][R[C]]`
    GetTable      Abc (Register Register Register) None;
    /// `R[A] := R[B][C]`
    GetInteger    Abc (Register Register Number) None;
    /// `R[A] := R[B][K[aux]]`
    GetField      Abc (Register Register Hint) Key;
    /// `U[A][K[aux]] := R[B]`
    SetTabUp      Abc (Upvalue Register Hint) Key;
    /// `U[A][K[aux]] := K[B]`
    SetTabUpK     Abc (Upvalue Constant Hint) Key;
    /// `R[A][R[B]] := R[C]`
    SetTable      Abc (Register Register Register) None;
    /// `R[A][R[B]] := K[C]`
    SetTableK     Abc (Register Register Constant) None;
    /// `R[A][B] := R[C]`
    SetInteger    Abc (Register Number Register) None;
    /// `R[A][B] := K[C]`
    SetIntegerK   Abc (Register Number Constant) None;
    /// `R[A][K[aux]] := R[B]`
    SetField      Abc (Register Register Hint) Key;
    /// `R[A][K[aux]] := K[B]`
    SetFieldK     Abc (Register Constant Hint) Key;
    /// `R[A+1] := R[B]; R[A] := R[B][K[aux]]`
    SelfField     Abc (Row Register Hint) Key;
    /// `R[A] := {}` with room for `aux` array items and, when B > 0, `1 << (B - 1)` fields; with a hint, the keys of
    /// that template, counted from the end of the constants
    NewTable      Abc (Register Number Hint) Number;
    /// `R[A][aux + i] := R[A + i]` for `1 <= i <= B`; B = 0: up to the top
    SetList       Abc (Row Number None) Number;

    /// `R[A] := R[B] + sC`
    AddImmediate  Abc (Register Register Signed) None;
    /// `R[A] := R[B] - sC` (the event is `__sub`)
    SubImmediate  Abc (Register Register Signed) None;
    /// `R[A] := R[B] + K[C]` (a number constant, as in all the `…Constant` forms)
    AddConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] - K[C]`
    SubConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] * K[C]`
    MulConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] % K[C]`
    ModConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] ^ K[C]`
    PowConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] / K[C]`
    DivConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] // K[C]`
    FloorDivConstant Abc (Register Register Constant) None;
    /// `R[A] := R[B] & K[C]`
    AndConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] | K[C]`
    OrConstant    Abc (Register Register Constant) None;
    /// `R[A] := R[B] ~ K[C]`
    XorConstant   Abc (Register Register Constant) None;
    /// `R[A] := R[B] >> sC` (a negative sC shifts left, yet the event stays `__shr`)
    ShrImmediate  Abc (Register Register Signed) None;
    /// `R[A] := R[B] << sC` (the event is `__shl`)
    ShlImmediate  Abc (Register Register Signed) None;
    /// `R[A] := K[B] + R[C]`
    ConstantAdd   Abc (Register Constant Register) None;
    /// `R[A] := K[B] - R[C]`
    ConstantSub   Abc (Register Constant Register) None;
    /// `R[A] := K[B] * R[C]`
    ConstantMul   Abc (Register Constant Register) None;
    /// `R[A] := K[B] / R[C]`
    ConstantDiv   Abc (Register Constant Register) None;
    /// `R[A] := R[B] + R[C]`
    Add           Abc (Register Register Register) None;
    /// `R[A] := R[B] - R[C]`
    Sub           Abc (Register Register Register) None;
    /// `R[A] := R[B] * R[C]`
    Mul           Abc (Register Register Register) None;
    /// `R[A] := R[B] % R[C]`
    Mod           Abc (Register Register Register) None;
    /// `R[A] := R[B] ^ R[C]`
    Pow           Abc (Register Register Register) None;
    /// `R[A] := R[B] / R[C]`
    Div           Abc (Register Register Register) None;
    /// `R[A] := R[B] // R[C]`
    FloorDiv      Abc (Register Register Register) None;
    /// `R[A] := R[B] & R[C]`
    And           Abc (Register Register Register) None;
    /// `R[A] := R[B] | R[C]`
    Or            Abc (Register Register Register) None;
    /// `R[A] := R[B] ~ R[C]`
    Xor           Abc (Register Register Register) None;
    /// `R[A] := R[B] << R[C]`
    Shl           Abc (Register Register Register) None;
    /// `R[A] := R[B] >> R[C]`
    Shr           Abc (Register Register Register) None;
    /// `R[A] := -R[B]`
    Negate        Abc (Register Register None) None;
    /// `R[A] := ~R[B]`
    BitNot        Abc (Register Register None) None;
    /// `R[A] := not R[B]`
    Not           Abc (Register Register None) None;
    /// `R[A] := #R[B]`
    Length        Abc (Register Register None) None;
    /// `R[A] := R[A] .. … .. R[A+B-1]`
    Concat        Abc (Row Number None) None;

    /// Close all upvalues and to-be-closed variables `>= R[A]`.
    Close         Abc (Register None None) None;
    /// Mark `R[A]` as a to-be-closed variable.
    ToBeClosed    Abc (Register None None) None;
    /// `pc += sJ`
    Jump          Jump (None None None) None;
    /// jump if `(R[A] == R[B]) == (C != 0)`
    Equal         Abc (Register Register Number) None skips;
    /// jump if `(R[A] < R[B]) == (C != 0)`
    LessThan      Abc (Register Register Number) None skips;
    /// jump if `(R[A] <= R[B]) == (C != 0)`
    LessEqual     Abc (Register Register Number) None skips;
    /// jump if `(R[A] == K[B]) == (C != 0)`; raw equality, the constant is no table
    EqualConstant Abc (Register Constant Number) None skips;
    /// jump if `(R[A] == sB) == (C != 0)`
    EqualImmediate Abc (Register Signed Number) None skips;
    /// jump if `(R[A] < sB) == (C != 0)`
    LessThanImmediate Abc (Register Signed Number) None skips;
    /// jump if `(R[A] <= sB) == (C != 0)`
    LessEqualImmediate Abc (Register Signed Number) None skips;
    /// jump if `(R[A] > sB) == (C != 0)` (the event is `__lt` with the operands exchanged)
    GreaterThanImmediate Abc (Register Signed Number) None skips;
    /// jump if `(R[A] >= sB) == (C != 0)` (the event is `__le` with the operands exchanged)
    GreaterEqualImmediate Abc (Register Signed Number) None skips;
    /// jump if `truth(R[A]) == (C != 0)`
    Test          Abc (Register None Number) None skips;
    /// if `truth(R[B]) == (C != 0)` then `R[A] := R[B]` and jump
    TestSet       Abc (Register Register Number) None skips;

    /// `R[A], …, R[A+C-2] := R[A](R[A+1], …, R[A+B-1])`; B = 0: arguments up to the top; C = 0: all results,
    /// the top is set after them
    Call          Abc (Row Number Number) None;
    /// `return R[A](R[A+1], …, R[A+B-1])`; C != 0: the frame has upvalues to close
    TailCall      Abc (Row Number Number) None;
    /// `return R[A], …, R[A+B-2]`; B = 0: up to the top; C != 0: the frame has upvalues or to-be-closed
    /// variables to close
    Return        Abc (Row Number Number) None;
    /// `return`
    Return0       Abc (None None None) None;
    /// `return R[A]`
    Return1       Abc (Register None None) None;
    /// Numeric `for` over `R[A] = start, R[A+1] = limit, R[A+2] = step`; prepares them, sets `R[A+3]`.
    /// jump (past the loop) if it runs zero times. An integer loop keeps its iteration count in `R[A+1]`.
    ForPrepare    Abc (Row None None) None skips;
    /// Step the numeric `for`; jump (to the body) if it goes on.
    ForLoop       Abc (Row None None) None skips;
    /// Generic `for`: `R[A+3]` becomes a to-be-closed variable. (A `Jump` to its `ForCall` follows.)
    GenericForPrepare Abc (Row None None) None;
    /// `R[A+4], …, R[A+3+C] := R[A](R[A+1], R[A+2])`
    GenericForCall Abc (Row None Number) None;
    /// if `R[A+4] ~= nil` then `R[A+2] := R[A+4]` and jump (to the body)
    GenericForLoop Abc (Row None None) None skips;
    /// `R[A] := closure(P[aux])`
    Closure       Abc (Register None None) Child;
    /// `R[A], …, R[A+C-2] := ...`; C = 0: all of them, the top is set after them
    VarArg        Abc (Row None Number) None;
    /// First instruction of a vararg function with A named parameters: moves the frame above the arguments.
    VarArgPrepare Abc (Number None None) None;
    /// Where the saved pc of a native frame points; executed when a callee returns into that frame.
    NativeReturn  Abc (None None None) None;
}

impl Opcode {
    /// The row of the table for this opcode.
    pub const fn info(self) -> &'static OpcodeInfo {
        &TABLE[self as usize]
    }

    /// The opcode of a byte; `None` for a byte that names none.
    pub const fn from_byte(byte: u8) -> Option<Opcode> {
        if (byte as usize) < Self::ALL.len() { Some(Self::ALL[byte as usize]) } else { None }
    }
}

/// The largest number of registers of one frame: operands are bytes.
pub const REGISTER_COUNT_MAX: usize = 255;
/// The largest index that fits operand B or C.
pub const OPERAND_MAX: usize = 255;
/// The largest `Bx`.
pub const BX_MAX: usize = 0xffff;
/// The longest string, in bytes, that is interned; only such strings are keys of the field instructions.
pub const SHORT_STRING_LENGTH_MAX: usize = 40;
/// The furthest `Jump` in either direction, in words.
pub const JUMP_DISTANCE_MAX: i32 = (1 << 23) - 1;

/// One encoded instruction word.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction(pub u32);

impl Instruction {
    /// `opcode` with three byte operands.
    pub const fn abc(opcode: Opcode, a: u8, b: u8, c: u8) -> Self {
        Self(opcode as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24)
    }

    /// `opcode` with a byte and an unsigned 16-bit operand.
    pub const fn abx(opcode: Opcode, a: u8, bx: u16) -> Self {
        Self(opcode as u32 | (a as u32) << 8 | (bx as u32) << 16)
    }

    /// `opcode` with a byte and a signed 16-bit operand.
    pub const fn asbx(opcode: Opcode, a: u8, sbx: i16) -> Self {
        Self::abx(opcode, a, sbx as u16)
    }

    /// A `Jump` over `distance` words; `distance` must not exceed [`JUMP_DISTANCE_MAX`] either way.
    pub const fn jump(distance: i32) -> Self {
        Self(Opcode::Jump as u32 | (distance as u32) << 8)
    }

    /// The opcode byte.
    pub const fn opcode_byte(self) -> u8 {
        self.0 as u8
    }

    /// The opcode, if the byte names one.
    pub const fn opcode(self) -> Option<Opcode> {
        Opcode::from_byte(self.opcode_byte())
    }

    /// Operand A.
    pub const fn a(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Operand B.
    pub const fn b(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Operand C.
    pub const fn c(self) -> u8 {
        (self.0 >> 24) as u8
    }

    /// Operand B as a signed byte.
    pub const fn sb(self) -> i8 {
        self.b() as i8
    }

    /// Operand C as a signed byte.
    pub const fn sc(self) -> i8 {
        self.c() as i8
    }

    /// Operand Bx.
    pub const fn bx(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Operand sBx.
    pub const fn sbx(self) -> i16 {
        self.bx() as i16
    }

    /// The distance of a `Jump`, in words from the word after it.
    pub const fn jump_distance(self) -> i32 {
        (self.0 as i32) >> 8
    }
}

impl fmt::Debug for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name and the operands that the opcode uses, `GetField 0 1 0`, without the auxiliary word.
impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(opcode) = self.opcode() else { return write!(f, "?{:#010x}", self.0) };
        let info = opcode.info();
        f.pad(info.name)?;
        match info.shape {
            Shape::Abc => {
                for (operand, value) in [(info.a, self.a()), (info.b, self.b()), (info.c, self.c())] {
                    match operand {
                        Operand::None | Operand::Hint => {}
                        Operand::Signed => write!(f, " {}", value as i8)?,
                        _ => write!(f, " {value}")?,
                    }
                }
                Ok(())
            }
            Shape::ABx => write!(f, " {} {}", self.a(), self.bx()),
            Shape::AsBx => write!(f, " {} {}", self.a(), self.sbx()),
            Shape::Jump => write!(f, " {:+}", self.jump_distance()),
        }
    }
}

#[cfg(test)]
mod tests;
