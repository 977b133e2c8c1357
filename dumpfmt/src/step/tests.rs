use super::*;

fn step(opcode: Opcode, a: u8, b: u8, c: u8) -> Step {
    Step::read(0, Instruction::abc(opcode, a, b, c), Some(Instruction(7))).expect("an instruction")
}

#[test]
fn an_auxiliary_word_belongs_to_its_instruction() {
    let long = step(Opcode::GetField, 1, 2, 0);
    assert_eq!((long.next, long.aux), (2, 7));
    assert_eq!(long.operands()[3], (Operand::Key, 7));
    let short = step(Opcode::Move, 1, 2, 0);
    assert_eq!((short.next, short.aux), (1, 0));
    assert_eq!(Step::read(0, long.instruction, None), Err(BadStep::Cut));
    assert_eq!(Step::read(0, Instruction(0xff), None), Err(BadStep::Unknown));
}

#[test]
fn rows_end_where_their_last_register_does() {
    for (opcode, b, c, end) in [
        (Opcode::LoadNil, 2, 0, 13),
        (Opcode::Concat, 3, 0, 13),
        (Opcode::SetList, 0, 0, 11),
        (Opcode::SetList, 4, 0, 15),
        (Opcode::Call, 1, 1, 11),
        (Opcode::Call, 3, 1, 13),
        (Opcode::Call, 1, 4, 13),
        (Opcode::Call, 0, 0, 11),
        (Opcode::TailCall, 2, 0, 12),
        (Opcode::Return, 1, 0, 10),
        (Opcode::Return, 3, 0, 12),
        (Opcode::VarArg, 0, 1, 10),
        (Opcode::VarArg, 0, 3, 12),
        (Opcode::ForLoop, 0, 0, 14),
        (Opcode::GenericForCall, 0, 1, 17),
        (Opcode::GenericForCall, 0, 5, 19),
        (Opcode::Move, 3, 0, 0),
    ] {
        assert_eq!(step(opcode, 10, b, c).row_end(), end, "{opcode:?} {b} {c}");
    }
    let limits = Limits { registers: 13, upvalues: 0, constants: 0, children: 0 };
    assert!(step(Opcode::LoadNil, 10, 2, 0).fits(&limits));
    assert!(!step(Opcode::LoadNil, 10, 3, 0).fits(&limits));
    assert!(!step(Opcode::Move, 10, 13, 0).fits(&limits));
    assert!(!step(Opcode::GetField, 1, 1, 0).fits(&limits), "there is no constant 7");
}

#[test]
fn lists_are_opened_and_taken() {
    assert_eq!(step(Opcode::Call, 4, 1, 0).opens_list(), Some(4));
    assert_eq!(step(Opcode::Call, 4, 1, 1).opens_list(), None);
    assert_eq!(step(Opcode::Call, 4, 0, 1).takes_list(), Some(5));
    assert_eq!(step(Opcode::Return, 4, 0, 1).takes_list(), Some(4));
    assert_eq!(step(Opcode::Return, 4, 1, 1).takes_list(), None);
}
