use super::*;

#[test]
fn every_opcode_byte_names_its_opcode() {
    for (index, &opcode) in Opcode::ALL.iter().enumerate() {
        assert_eq!(opcode as usize, index);
        assert_eq!(Opcode::from_byte(index as u8), Some(opcode));
        assert_eq!(opcode.info().name, format!("{opcode:?}"));
    }
    assert_eq!(Opcode::from_byte(Opcode::ALL.len() as u8), None);
}

#[test]
fn operands_survive_encoding() {
    let word = Instruction::abc(Opcode::AddImmediate, 1, 255, 0x80);
    assert_eq!((word.a(), word.b(), word.sc()), (1, 255, -128));
    let word = Instruction::asbx(Opcode::LoadInteger, 7, -32768);
    assert_eq!((word.a(), word.sbx()), (7, -32768));
    for distance in [0, 1, -1, JUMP_DISTANCE_MAX, -JUMP_DISTANCE_MAX] {
        assert_eq!(Instruction::jump(distance).jump_distance(), distance);
    }
}

#[test]
fn display_leaves_out_unused_operands_and_hints() {
    assert_eq!(Instruction::abc(Opcode::GetField, 0, 1, 9).to_string(), "GetField 0 1");
    assert_eq!(Instruction::jump(-3).to_string(), "Jump -3");
    assert_eq!(Instruction(0xffff_ffff).to_string(), "?0xffffffff");
}
