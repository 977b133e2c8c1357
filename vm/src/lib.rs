//! The Requiem runtime: Lua 5.4 for a Rust program, which keeps what is needed to explain a failure.
//!
//! The face is small: [`Runtime`], [`Lua`], [`Value`], [`Error`].
//!
//! ```
//! use vm::{Error, Options, Runtime, Value};
//!
//! fn main() -> Result<(), Error> {
//!     let mut runtime = Runtime::new(&Options::default())?;
//!     let mut lua = runtime.lua();
//!     lua.register("shout", |_, arguments| {
//!         let text = arguments.first().and_then(Value::as_str).ok_or_else(|| Error::new("text expected"))?;
//!         Ok(vec![text.to_uppercase().into()])
//!     })?;
//!     lua.set_global("who", "world")?;
//!     let chunk = lua.load("return shout('hello, ' .. who), #who", "=example")?;
//!     let results = lua.call(&chunk, &[])?;
//!     assert_eq!(results, [Value::from("HELLO, WORLD"), Value::Integer(5)]);
//!
//!     let failure = lua.load("local t = {}\nt.a.b = 1", "@app.lua")?;
//!     let error = lua.call(&failure, &[]).unwrap_err();
//!     assert_eq!(error.message(), "app.lua:2: attempt to index a nil value (field 'a')");
//!     assert_eq!(error.nil_origin().unwrap(), "absent field 'a' at app.lua:2");
//!     Ok(())
//! }
//! ```
//!
//! Callbacks that Lua leaves with the event loop run in [`Lua::run_loop`]:
//!
//! ```
//! # fn main() -> Result<(), vm::Error> {
//! use std::{cell::RefCell, rc::Rc};
//!
//! let mut runtime = vm::Runtime::new(&vm::Options::default())?;
//! let mut lua = runtime.lua();
//! let seen = Rc::new(RefCell::new(Vec::new()));
//! let log = Rc::clone(&seen);
//! lua.register("on_request", move |_, arguments| {
//!     log.borrow_mut().extend_from_slice(arguments[0].as_bytes().unwrap_or_default());
//!     Ok(vec!["pong".into()])
//! })?;
//! let server = r#"
//!     local uv = require "uv"
//!     local server = uv.new_tcp()
//!     server:bind("127.0.0.1", 0)
//!     server:listen(16, function()
//!         local client = uv.new_tcp()
//!         server:accept(client)
//!         client:read_start(function(_, request)
//!             if request then client:write(on_request(request)) end
//!             client:close()
//!             server:close()
//!         end)
//!     end)
//!     local peer = uv.new_tcp()
//!     peer:connect("127.0.0.1", server:getsockname().port, function()
//!         peer:write("ping")
//!         peer:read_start(function(_, reply) answer = answer or reply; peer:close() end)
//!     end)
//! "#;
//! let chunk = lua.load(server, "@server.lua")?;
//! lua.call(&chunk, &[])?;
//! lua.run_loop()?;
//! assert_eq!(*seen.borrow(), b"ping");
//! assert_eq!(lua.global("answer")?.as_str(), Some("pong"));
//! # Ok(())
//! # }
//! ```
//!
//! Modules stand in reading order; each uses only those above it. They are public for this workspace's benches and
//! fuzz targets, which drive single mechanisms; they are no part of the face, and change at any time.

#![deny(unsafe_code)]

#[doc(hidden)]
pub mod sys;

mod c_string;

#[doc(hidden)]
pub mod heap;

#[doc(hidden)]
pub mod calendar;
#[doc(hidden)]
pub mod format;
#[doc(hidden)]
pub mod pack;
#[doc(hidden)]
pub mod pattern;
#[doc(hidden)]
pub mod utf8;

#[doc(hidden)]
pub mod fatal;

#[doc(hidden)]
pub mod event_loop;

mod slab;

#[doc(hidden)]
pub mod file;

#[doc(hidden)]
pub mod interp;

mod program;

#[doc(hidden)]
pub mod stdlib;

#[doc(hidden)]
pub mod uv;

mod runtime;

pub use runtime::{
    Dumps, Error, ErrorKind, Function, Lua, Opaque, Options, Runtime, Table, Value, become_command,
    request_dump,
};
