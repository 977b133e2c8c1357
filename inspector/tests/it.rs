//! Coroner on dumps that an independent builder lays out byte by byte: it shares no writer and no struct with
//! the runtime, so a wrong layout cannot agree with itself.

#[path = "it/builder.rs"]
mod builder;
#[path = "it/story.rs"]
mod story;

#[path = "it/answers.rs"]
mod answers;
#[path = "it/damage.rs"]
mod damage;
