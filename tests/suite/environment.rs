//! What is said before the program runs: options, properties, the log, and debugpy's environment variables. The details are
//! tested in Python, beside the package.

use std::fs;

use dapstub_tests::program::{Launch, folder, staged};
use dapstub_tests::{Python, Start, on_each_python};
use serde_json::Value;

const IMPORT: &str = "import os, sys\nsys.path.insert(0, os.environ['DAPSTUB_STAGED'])\nimport dapstub\n";

/// Runs a text that has imported dapstub; what it prints, line by line.
fn lines(python: &Python, text: &str, options: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let text = format!("{IMPORT}{text}");
    let mut words: Vec<String> = Vec::new();
    if !options.is_empty() {
        words.push(staged().join("dapstub").to_string_lossy().into_owned());
        words.extend(options.iter().map(|&word| word.to_owned()));
    }
    words.extend(["-c".to_owned(), text]);
    let mut launch = Launch::target(words, Start::Plain);
    for (name, value) in variables {
        launch = launch.variable(name, value);
    }
    let output = launch.run(python);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn properties_are_checked() {
    on_each_python(|python| {
        let text = "
for properties in ({'subProcess': False}, {'x': 1}, {'subProcess': 1}, {'qt': 'gtk'}):
    try:
        print(dapstub.configure(properties))
    except ValueError as error:
        print(error)
from dapstub import _configuration
print(_configuration.options['subProcess'])
";
        let wanted = [
            "None",
            "Unknown property 'x'",
            "'subProcess' must be a bool",
            "'qt' must be one of: ['auto', 'none', 'pyside', 'pyside2', 'pyqt4', 'pyqt5']",
            "False",
        ];
        assert_eq!(lines(python, text, &[], &[]), wanted);
    });
}

#[test]
fn a_log_has_debugpys_files() {
    on_each_python(|python| {
        let folder = folder();
        let path = folder.path().join("logs");
        let path_text = path.to_string_lossy().into_owned();
        let text = "
dapstub.listen(0, token='open sesame, open sesame')
try:
    dapstub.log_to('elsewhere')
except RuntimeError as error:
    print(error)
print(os.getpid())
";
        let said = lines(python, text, &[], &[("DEBUGPY_LOG_DIR", &path_text)]);
        assert_eq!(said[0], "logging has already begun");
        for name in ["debugpy.server-", "debugpy.adapter-", "debugpy.pydevd."] {
            let log = path.join(format!("{name}{}.log", said[1]));
            let content = fs::read_to_string(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
            assert!(!content.contains("sesame"), "{content}");
            assert!(name == "debugpy.pydevd." || content.contains("listen"), "{content}");
        }
    });
}

#[test]
fn options_of_the_command_line() {
    on_each_python(|python| {
        let folder = folder();
        let path = folder.path().to_string_lossy().into_owned();
        let text = "
options = dapstub.get_cli_options()
print(options.mode, options.target_kind, options.address, options.wait_for_client, options.config['subProcess'])
print(options.log_to == sys.argv[1], len([name for name in os.listdir(sys.argv[1]) if name.startswith('debugpy.')]))
";
        let text = text.replace("sys.argv[1]", &format!("{path:?}"));
        let options = [
            "--listen",
            "127.0.0.1:0",
            "--configure-subProcess",
            "false",
            "--log-to",
            &path,
        ];
        let said = lines(python, &text, &options, &[]);
        assert_eq!(said, ["listen code ('127.0.0.1', 0) False False", "True 3"]);
        assert_eq!(lines(python, "print(dapstub.get_cli_options())", &[], &[]), ["None"]);
    });
}

#[test]
fn the_variables_of_an_attached_program() {
    on_each_python(|python| {
        let folder = folder();
        let path = folder.path().join("endpoints.json");
        let path_text = path.to_string_lossy().into_owned();
        let variables = [
            ("DEBUGPY_ADAPTER_ENDPOINTS", path_text.as_str()),
            ("DEBUGPY_EXTRA_ARGV", "--listen 127.0.0.1:0"),
        ];
        let text = "
print(open(os.environ['DEBUGPY_ADAPTER_ENDPOINTS']).read().strip())
print(dapstub._dapstub.address()[1], os.environ['DEBUGPY_RUNNING'])
";
        let said = lines(python, text, &["--configure-qt", "none"], &variables);
        let endpoints: Value = serde_json::from_str(&said[0]).expect("JSON");
        let port = endpoints["client"]["port"].as_u64().expect("a port");
        assert_eq!(endpoints["server"]["port"], port);
        assert_eq!(said[1], format!("{port} true"));
        assert!(!path.exists(), "it goes with the port");

        let running = [("DEBUGPY_RUNNING", "true")];
        let said = lines(
            python,
            "print(dapstub._dapstub.address())",
            &["--listen", "0"],
            &running,
        );
        assert_eq!(said, ["None"]);
    });
}
