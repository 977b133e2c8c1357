//! What the system knows of a file: all of it in a table, or one attribute by its name.

use super::super::{ret_system_error, system_words};
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use dumpfmt::layout::value::Value;
use rustix::fs;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// An attribute: a number, or one of few words.
enum Attribute {
    Number(fn(&Metadata) -> i64),
    Word(fn(&Metadata) -> Vec<u8>),
}

use Attribute::{Number, Word};

/// The attributes, by name.
#[rustfmt::skip]
const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("mode", Word(|file| kind_word(file.file_type()).to_vec())),
    ("dev", Number(|file| file.dev() as i64)),
    ("ino", Number(|file| file.ino() as i64)),
    ("nlink", Number(|file| file.nlink() as i64)),
    ("uid", Number(|file| file.uid().into())),
    ("gid", Number(|file| file.gid().into())),
    ("rdev", Number(|file| file.rdev() as i64)),
    ("access", Number(MetadataExt::atime)),
    ("modification", Number(MetadataExt::mtime)),
    ("change", Number(MetadataExt::ctime)),
    ("size", Number(|file| file.size() as i64)),
    ("permissions", Word(|file| permission_letters(file.mode()).to_vec())),
    ("blocks", Number(|file| file.blocks() as i64)),
    ("blksize", Number(|file| file.blksize() as i64)),
];

fn kind_word(kind: FileType) -> &'static [u8] {
    if kind.is_file() {
        b"file"
    } else if kind.is_dir() {
        b"directory"
    } else if kind.is_symlink() {
        b"link"
    } else if kind.is_socket() {
        b"socket"
    } else if kind.is_fifo() {
        b"named pipe"
    } else if kind.is_char_device() {
        b"char device"
    } else if kind.is_block_device() {
        b"block device"
    } else {
        b"other"
    }
}

/// `rwxr-x---` and the like.
fn permission_letters(mode: u32) -> [u8; 9] {
    let mut letters = *b"rwxrwxrwx";
    for (index, letter) in letters.iter_mut().enumerate() {
        if mode & (0o400 >> index) == 0 {
            *letter = b'-';
        }
    }
    letters
}

fn value_of(vm: &mut Vm, file: &Metadata, attribute: &Attribute) -> Result<Value, Raise> {
    match attribute {
        Number(of) => Ok(Value::integer(of(file))),
        Word(of) => Ok(vm.string(&of(file))?.value()),
    }
}

/// `attributes(path [, name or table])`: follows links.
pub(super) fn attributes(vm: &mut Vm) -> NativeResult {
    attributes_by(vm, |path| std::fs::metadata(path))
}

/// The same for a link itself, whose target is an attribute too.
pub(super) fn symlinkattributes(vm: &mut Vm) -> NativeResult {
    if text(vm, 2)?.is_some_and(|name| name.bytes() == b"target") {
        let path = vm.check_c_string(1)?;
        return match target(path) {
            Ok(target) => vm.ret_string(&target),
            Err(error) => ret_system_error(vm, error, Some(b"could not obtain link target")),
        };
    }
    let step = attributes_by(vm, |path| std::fs::symlink_metadata(path))?;
    if let (1, Some(table)) = (step.result_count(), Table::of(vm.peek(1))) {
        let path = vm.check_c_string(1)?;
        if let Ok(target) = target(path) {
            let target = vm.string(&target)?;
            vm.raw_set_field(table, "target", target.value())?;
        }
    }
    Ok(step)
}

fn target(link: Str) -> Result<Vec<u8>, Errno> {
    fs::readlink(link.bytes(), Vec::new()).map(|target| target.into_bytes())
}

/// An argument that is a string or a number, as text.
fn text(vm: &mut Vm, number: u32) -> Result<Option<Str>, Raise> {
    if super::super::io::is_text(vm.arg(number)) { vm.check_c_string(number).map(Some) } else { Ok(None) }
}

fn attributes_by(vm: &mut Vm, look: fn(&OsStr) -> io::Result<Metadata>) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let path = path.bytes();
    let file = match look(OsStr::from_bytes(path)) {
        Ok(file) => file,
        Err(error) => {
            let error = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            let words = system_words(error);
            let message = [b"cannot obtain information from file '", path, b"': ", words.as_bytes()].concat();
            vm.push(Value::NIL);
            vm.push_string(&message)?;
            vm.push(Value::integer(error.raw_os_error().into()));
            return Ok(Step::results(3));
        }
    };
    if let Some(name) = text(vm, 2)? {
        let name = name.bytes();
        let Some((_, attribute)) = ATTRIBUTES.iter().find(|(known, _)| known.as_bytes() == name) else {
            return Err(vm.error_bytes(&[b"invalid attribute name '", name, b"'"].concat()));
        };
        let value = value_of(vm, &file, attribute)?;
        return vm.ret(value);
    }
    let table = match Table::of(vm.arg(2)) {
        Some(table) => table,
        None => vm.new_table(0, ATTRIBUTES.len() as u32)?,
    };
    for (name, attribute) in ATTRIBUTES {
        let value = value_of(vm, &file, attribute)?;
        vm.raw_set_field(table, name, value)?;
    }
    vm.ret(table.value())
}
