use super::segment::Segment;
use super::{Fault, Image, Why};
use dumpfmt::addr::Addr;

fn image(length: usize, claims: &[(u64, u64, u64)]) -> Image<'static> {
    let bytes: Vec<u8> = (0..length).map(|index| index as u8).collect();
    let claims = claims
        .iter()
        .map(|&(start, length, offset)| Segment { start: Addr(start), length, offset })
        .collect();
    Image::new(bytes.leak(), claims)
}

#[test]
fn an_address_is_found_in_its_segment() {
    let image = image(64, &[(0x1000, 16, 8), (0x2000, 16, 32)]);
    assert_eq!(*image.bytes(Addr(0x2003), 4).unwrap(), [35, 36, 37, 38]);
    assert_eq!(image.read::<u16>(Addr(0x1000)).unwrap(), u16::from_le_bytes([8, 9]));
}

#[test]
fn neighbouring_segments_read_as_one() {
    let image = image(64, &[(0x1010, 16, 8), (0x1000, 16, 32)]);
    assert_eq!(*image.bytes(Addr(0x100e), 4).unwrap(), [46, 47, 8, 9]);
}

#[test]
fn what_the_file_does_not_reach_is_cut_off() {
    let image = image(40, &[(0x1000, 16, 32), (0x2000, 16, 100)]);
    assert!(image.bytes(Addr(0x1000), 8).is_ok());
    assert_eq!(image.bytes(Addr(0x1000), 9).unwrap_err(), Fault::new(Addr(0x1008), Why::CutOff));
    assert_eq!(image.bytes(Addr(0x200f), 1).unwrap_err().why, Why::CutOff);
    assert_eq!(image.bytes(Addr(0x3000), 1).unwrap_err().why, Why::NotRecorded);
    assert_eq!(image.bytes(Addr(0), 1).unwrap_err().why, Why::Null);
}

#[test]
fn hostile_claims_do_no_harm() {
    let image = image(16, &[(u64::MAX, u64::MAX, u64::MAX), (1, u64::MAX, 0), (5, 20, 3), (2, 0, 0)]);
    assert!(image.bytes(Addr(1), 16).is_ok());
    assert!(image.bytes(Addr(1), u64::MAX).is_err());
    assert!(image.read_row::<u64>(Addr(1), u64::MAX / 2).is_err());
    assert!(image.bytes(Addr(u64::MAX), 1).is_err());
}
