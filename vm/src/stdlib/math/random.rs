//! `math.random` and `math.randomseed`: xoshiro256**, seeded and projected as the reference does, so that a
//! seed gives the same numbers.

use crate::interp::{NativeResult, Step, Vm};
use crate::sys;
use dumpfmt::layout::value::Value;

/// The next 64 random bits.
#[inline]
fn next(state: &mut [u64; 4]) -> u64 {
    let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
    let shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = state[3].rotate_left(45);
    result
}

/// Random bits brought into `0..=limit` without bias: by masks, and another try where that is not enough.
#[inline]
fn project(mut bits: u64, limit: u64, state: &mut [u64; 4]) -> u64 {
    let mask = u64::MAX.checked_shr(limit.leading_zeros()).unwrap_or(0);
    loop {
        bits &= mask;
        if bits <= limit {
            return bits;
        }
        bits = next(state);
    }
}

fn seed(vm: &mut Vm, first: i64, second: i64) {
    // The second word keeps the state from being zero.
    vm.random = [first as u64, 0xff, second as u64, 0];
    for _ in 0..16 {
        next(&mut vm.random);
    }
}

/// Seeds the generator so that no two runs are alike; the seeds.
pub(super) fn seed_by_chance(vm: &mut Vm) -> (i64, i64) {
    let chance = u128::from_le_bytes(sys::process::random());
    let (first, second) = (chance as i64, (chance >> 64) as i64);
    seed(vm, first, second);
    (first, second)
}

pub(super) fn random(vm: &mut Vm) -> NativeResult {
    let bits = next(&mut vm.random);
    let (low, high) = match vm.arg_count() {
        0 => {
            // The 53 highest bits as a fraction of 1.
            let fraction = (bits >> 11) as f64 * (0.5 / (1u64 << 52) as f64);
            return vm.ret(Value::float(fraction));
        }
        1 => {
            let high = vm.check_integer(1)?;
            if high == 0 {
                return vm.ret(Value::integer(bits as i64));
            }
            (1, high)
        }
        2 => (vm.check_integer(1)?, vm.check_integer(2)?),
        _ => return Err(vm.error("wrong number of arguments")),
    };
    if low > high {
        return Err(vm.arg_error(1, "interval is empty"));
    }
    let offset = project(bits, (high as u64).wrapping_sub(low as u64), &mut vm.random);
    vm.ret(Value::integer(offset.wrapping_add(low as u64) as i64))
}

pub(super) fn randomseed(vm: &mut Vm) -> NativeResult {
    let (first, second) = if vm.arg_is_none(1) {
        seed_by_chance(vm)
    } else {
        let first = vm.check_integer(1)?;
        let second = vm.opt_integer(2, 0)?;
        seed(vm, first, second);
        (first, second)
    };
    vm.push(Value::integer(first));
    vm.push(Value::integer(second));
    Ok(Step::results(2))
}
