//! Names such as `self.__count`, which mean something else in each class.

use dapstub_tests::{Session, on_each_python};
use serde_json::json;

#[test]
fn evaluated_in_methods() {
    on_each_python(|python| {
        let mut s = Session::of("private.py").stopped_at(python, "read");
        let frame = s.top_frame();
        for context in ["watch", "hover", "repl", "clipboard", "variables"] {
            let asked = json!({"expression": "self.__count", "frameId": frame, "context": context});
            assert_eq!(s.client.ok("evaluate", asked)["result"], "0", "{context}");
        }
        for (expression, value) in [
            ("self . __count", "0"),
            ("self.__unit + '__unit'", "'W__unit'"),
            ("Meter.__unit", "'W'"),
            ("[self.__count + n for n in range(2)]", "[0, 1]"),
            ("(lambda __n: __n + self.__count)(3)", "3"),
            ("dict(__n=self.__count)", "{'__n': 0}"),
            ("'é' + self.__unit", "'éW'"),
            ("(\n self.__count,\n self.__unit)", "(0, 'W')"),
            ("self.__class__.__name__", "'Meter'"),
            ("self._Meter__count", "0"),
        ] {
            assert_eq!(s.eval(expression), value, "{expression}");
        }
        // What they are called in the end is said where they are not there.
        let asked = json!({"expression": "self.__nothing", "frameId": frame, "context": "watch"});
        let error = s.client.refused("evaluate", asked);
        assert!(error.contains("_Meter__nothing"), "{error}");
        s.clear_breakpoints();
        s.resume();
        assert_eq!(s.program.line("count"), "7");
        s.ends_with(0);
    });
}

#[test]
fn the_innermost_class_counts() {
    on_each_python(|python| {
        let mut s = Session::of("private.py").stopped_at(python, "look");
        assert_eq!(s.eval("self.__count"), "-1");
        assert_eq!(s.eval("meter._Meter__count"), "7");
        s.clear_breakpoints();
        s.resume();
        s.program.line("count");
        s.ends_with(0);
        // Outside of a class they mean themselves.
        let mut s = Session::of("private.py").stopped_at(python, "outside");
        let asked = json!({"expression": "meter.__count", "frameId": s.top_frame(), "context": "watch"});
        let error = s.client.refused("evaluate", asked);
        assert!(error.contains("'__count'"), "{error}");
        s.clear_breakpoints();
        s.resume();
        s.program.line("count");
        s.ends_with(0);
    });
}

#[test]
fn assigned_to() {
    on_each_python(|python| {
        let mut s = Session::of("private.py").stopped_at(python, "fails");
        s.repl("self.__count += 1");
        assert_eq!(s.eval("self.__count"), "8");
        s.repl("for __n in range(2):\n    self.__count += __n");
        assert_eq!(s.eval("self.__count"), "9");
        s.repl("def __twice(__n):\n    return __n * 2\nself.__count = __twice(self.__count)");
        assert_eq!(s.eval("self.__count"), "18");
        let frame = s.top_frame();
        let asked = json!({"expression": "self.__count", "value": "self.__count * 2", "frameId": frame});
        assert_eq!(s.client.ok("setExpression", asked)["value"], "36");
        s.clear_breakpoints();
        s.resume();
        assert_eq!(s.program.line("count"), "36");
        s.ends_with(0);
    });
}

#[test]
fn in_conditions_and_log_messages() {
    on_each_python(|python| {
        for condition in [
            "self.__count == 2",
            "int(self.__count) == 2",
            "[n for n in [self.__count] if n == 2]",
        ] {
            let with = json!({"condition": condition});
            let mut s = Session::of("private.py").breakpoint_with("read", with).start(python);
            s.breaks_at("read");
            assert_eq!(s.eval("self.__count"), "2", "{condition}");
            s.clear_breakpoints();
            s.resume();
            s.program.line("count");
            s.ends_with(0);
        }
        let with = json!({"logMessage": "now {self.__count}"});
        let s = Session::of("private.py").breakpoint_with("read", with).start(python);
        s.client.wait_event("output", |body| {
            body["output"].as_str().is_some_and(|text| text.contains("now 3"))
        });
        s.ends_with(0);
    });
}
