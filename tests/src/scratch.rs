//! A folder of one test's own, gone when the test is over.
//!
//! Invariant: every path it hands out lies inside the folder.
//! Not here: what runs in it (`run.rs`).

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder.
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// A new, empty folder.
    #[track_caller]
    pub fn new() -> Scratch {
        let folder = tempfile::Builder::new().prefix("requiem-test-").tempdir().expect("a temporary folder");
        Scratch { folder }
    }

    /// A new, empty folder inside `parent`.
    #[track_caller]
    pub fn new_in(parent: &Path) -> Scratch {
        let folder = tempfile::Builder::new().prefix("requiem-test-").tempdir_in(parent);
        Scratch { folder: folder.expect("a folder inside one that is ours") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with the folders that its name asks for, and returns where it is.
    #[track_caller]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder inside the scratch folder");
        }
        std::fs::write(&path, content).expect("a file inside the scratch folder");
        path
    }

    /// The names of all files directly in the folder, sorted.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        names_in(self.path())
    }

    /// The files whose name ends in `.vmcore`, sorted.
    #[track_caller]
    pub fn dumps(&self) -> Vec<PathBuf> {
        self.names()
            .iter()
            .filter(|name| name.ends_with(".vmcore"))
            .map(|name| self.path().join(name))
            .collect()
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new()
    }
}

/// The names of all entries directly in `folder`, sorted.
#[track_caller]
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
