//! The registers of one function: a stack, of which active local variables hold the bottom and temporaries
//! the top.
//!
//! Invariant: temporaries are freed in the reverse order of their reservation; `count` never exceeds
//! [`REGISTER_COUNT_MAX`].
//! Not here: which register a variable has (`scope.rs`).

use dumpfmt::bytecode::REGISTER_COUNT_MAX;

/// There is no register left.
#[derive(Debug)]
pub(crate) struct OutOfRegisters;

/// Which registers are in use.
#[derive(Debug)]
pub(crate) struct Registers {
    /// The first register above all in use.
    free: usize,
    /// The registers that a frame needs.
    count: usize,
}

impl Registers {
    pub(crate) fn new() -> Self {
        // A frame has two at least: metamethods and the main function rely on it.
        Self { free: 0, count: 2 }
    }

    /// The first free register. There is one, or the next reservation fails.
    pub(crate) fn free(&self) -> u8 {
        self.free as u8
    }

    /// The registers that a frame needs.
    pub(crate) fn count(&self) -> u8 {
        self.count as u8
    }

    /// Makes sure that `amount` more registers fit.
    pub(crate) fn check(&mut self, amount: usize) -> Result<(), OutOfRegisters> {
        let needed = self.free + amount;
        // One below the limit, so that the number after the last register is no register.
        if needed >= REGISTER_COUNT_MAX {
            return Err(OutOfRegisters);
        }
        self.count = self.count.max(needed);
        Ok(())
    }

    /// Reserves the next `amount` registers.
    pub(crate) fn reserve(&mut self, amount: usize) -> Result<(), OutOfRegisters> {
        self.check(amount)?;
        self.free += amount;
        Ok(())
    }

    /// Frees `register`, the last reserved, unless a variable lives in it.
    pub(crate) fn release(&mut self, register: u8, variable_count: u8) {
        if register >= variable_count {
            self.free -= 1;
            debug_assert_eq!(usize::from(register), self.free, "temporaries are freed in reverse order");
        }
    }

    /// Frees everything from `register` on.
    pub(crate) fn truncate(&mut self, register: u8) {
        self.free = usize::from(register);
    }
}
