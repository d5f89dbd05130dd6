//! The demo debugs a program from start to end, and says so with its exit status.

use std::process::Stdio;

use dapstub_tests::signpost::Signpost;
use dapstub_tests::{on_each_python, program};

#[test]
fn the_demo_ends_well() {
    on_each_python(|python| {
        let folder = program::folder();
        let mut command = python.command_in(folder.path());
        command.arg(program::staged().join("dapstub")).arg("demo");
        let signpost = Signpost::put_up();
        if let Some(signpost) = &signpost {
            signpost.show(&mut command);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(signpost.is_none_or(|signpost| signpost.asked() > 0));
        for part in ["breakpoint", "ms", "launch", "\"request\": \"attach\""] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            0,
            "nothing is written where it was started"
        );
    });
}
