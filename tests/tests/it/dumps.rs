//! Programs that die, and what `coroner` must be able to say about them.
//!
//! A program in `dumps/` carries its expectations as comments:
//!
//!     --? stack => in upvalue 'fail'
//!     --? print order.id => 17
//!     --? => attempt to index a nil value
//!
//! The words before `=>` are a command of `coroner` (none: the summary), the text after it must occur in the
//! answer. A word in double quotes may hold blanks. Two more kinds of line:
//!
//!     --: --max-heap 8M         options of `requiem`
//!     --$ stack -v              a command whose whole answer is in the golden file beside the program
//!
//! Invariant: every command that is asked in text also answers with valid JSON under `--json`.
//! Not here: damaged dumps (`format.rs`).

mod transcript;

use std::path::Path;

use tests::binaries::tests_folder;
use tests::golden;
use tests::run::Run;
use tests::scratch::Scratch;
use tests::suite;

struct Question {
    command: Vec<String>,
    answer: String,
}

/// The rest of each line that begins with `mark`, in order.
fn marked<'t>(text: &'t str, mark: &str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.trim().strip_prefix(mark))
}

/// Words as a shell would split them, as far as double quotes inside brackets go: they are kept.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.trim().chars() {
        is_quoted ^= c == '"';
        if c == ' ' && !is_quoted {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The expectations of a program, in order.
fn questions(text: &str) -> Vec<Question> {
    let parts = marked(text, "--?").filter_map(|line| line.split_once("=>"));
    parts
        .map(|(command, answer)| Question { command: words(command), answer: answer.trim().to_string() })
        .collect()
}

fn check(program: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(program).map_err(|error| error.to_string())?;
    let questions = questions(&text);
    if questions.is_empty() {
        return Err("the program asks nothing".to_string());
    }
    let scratch = Scratch::new();
    let folder = program.parent().expect("a program lies in a folder");
    let name = program.file_name().expect("a program is a file");
    let options = marked(&text, "--:").flat_map(words);
    let run = Run::vm().args(options).arg("--dump-dir").arg(scratch.path()).arg(name);
    let death = run.folder(folder).output();
    let Some(line) = death.dump_line() else { return Err(format!("no dump\n{}", death.story())) };
    // The source must come out of the dump, not from the tree: coroner runs elsewhere.
    let elsewhere = Scratch::new();
    let mut complaints = Vec::new();
    for question in &questions {
        let output = Run::coroner(&line.path).args(&question.command).folder(elsewhere.path()).output();
        if output.status != Some(0) || !output.stdout_text().contains(&question.answer) {
            complaints.push(format!(
                "{:?} lacks {:?}\n{}",
                question.command,
                question.answer,
                output.story()
            ));
        }
        let json =
            Run::coroner(&line.path).args(&question.command).arg("--json").folder(elsewhere.path()).output();
        if let Err(error) = serde_json::from_slice::<serde_json::Value>(&json.stdout) {
            complaints.push(format!("{:?} --json: {error}\n{}", question.command, json.story()));
        }
    }
    let mut answers = String::new();
    for command in marked(&text, "--$").map(str::trim) {
        let output = Run::coroner(&line.path).args(words(command)).folder(elsewhere.path()).output();
        answers.push_str(format!("$ coroner DUMP {command}").trim_end());
        answers.push_str(&format!("\n{}\n", transcript::of(&output.stdout_text())));
    }
    if !answers.is_empty()
        && let Err(why) = golden::compare(&program.with_extension("txt"), &answers)
    {
        complaints.push(why);
    }
    let verified = Run::coroner(&line.path).arg("verify").folder(elsewhere.path()).output();
    if verified.status != Some(0) {
        complaints.push(format!("the dump does not verify\n{}", verified.story()));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

#[test]
fn coroner_answers_what_the_programs_ask() {
    suite::run_all(&suite::files(&tests_folder().join("dumps"), "lua"), check);
}

/// A dump of a small program, for tests of the command line.
#[track_caller]
fn small_dump(scratch: &Scratch) -> std::path::PathBuf {
    scratch.write(
        "small.lua",
        "local user = {name = 'Ann'}\nuser.self = user\nglobal_value = 42\nerror(user)\n",
    );
    let output = Run::vm().arg("small.lua").folder(scratch.path()).output();
    output.expect_status(1);
    let path = output.dump();
    if path.is_absolute() { path } else { scratch.path().join(path) }
}

#[test]
fn an_absent_field_is_nil_and_a_path_through_nil_is_a_sentence() {
    let scratch = Scratch::new();
    let dump = small_dump(&scratch);
    let absent = Run::coroner(&dump).args(["print", "user.nothing"]).output();
    absent.expect_status(0).expect_stdout("nil");
    let through = Run::coroner(&dump).args(["print", "user.nothing.more"]).output();
    through.expect_status(1);
    assert!(
        format!("{}{}", through.stdout_text(), through.stderr_text()).contains("nothing"),
        "{}",
        through.story()
    );
}

#[test]
fn a_cycle_is_printed_once() {
    let scratch = Scratch::new();
    let dump = small_dump(&scratch);
    let output = Run::coroner(&dump).args(["print", "user"]).output();
    output.expect_status(0).expect_stdout("Ann");
    assert!(output.stdout.len() < 10_000, "{}", output.story());
}

#[test]
fn there_is_no_colour_in_a_pipe() {
    let scratch = Scratch::new();
    let dump = small_dump(&scratch);
    for command in [&[][..], &["stack", "-v"], &["print", "user"], &["objects"], &["source", "0"]] {
        let output = Run::coroner(&dump).args(command).output();
        assert!(!output.stdout.contains(&0x1b), "{}", output.story());
    }
}

#[test]
fn wrong_arguments_and_foreign_files_give_status_two_and_a_sentence() {
    let scratch = Scratch::new();
    let dump = small_dump(&scratch);
    let check = |run: Run| {
        let output = run.folder(scratch.path()).output();
        assert_eq!(output.status, Some(2), "{}", output.story());
        assert!(!output.stderr.is_empty(), "{}", output.story());
        assert!(!output.stderr_text().contains("panicked"), "{}", output.story());
    };
    check(Run::coroner(&dump).arg("nonsense"));
    check(Run::coroner(Path::new("missing.vmcore")));
    let foreign = scratch.write("foreign.vmcore", "This is a text, not a dump.\n");
    check(Run::coroner(&foreign));
    let empty = scratch.write("empty.vmcore", "");
    check(Run::coroner(&empty));
}

#[test]
fn a_question_is_read_from_its_comment() {
    let read = questions("x = 1\n  --? print a.b => 5\n--? => boom => bang\n-- ? no\n");
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].command.join(" ").as_str(), read[0].answer.as_str()), ("print a.b", "5"));
    assert_eq!((read[1].command.len(), read[1].answer.as_str()), (0, "boom => bang"));
    assert_eq!(words(" print  a[\"two words\"].b "), ["print", "a[\"two words\"].b"]);
}
