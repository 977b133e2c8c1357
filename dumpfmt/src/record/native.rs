//! Names of the functions of the runtime, which a heap only knows by number.

use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// One row of the section `Natives`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Native<'a> {
    /// `NativeObject::id`
    pub id: u32,
    /// As a program finds it: `string.format`, `print`.
    #[serde(borrow)]
    pub name: Text<'a>,
}
