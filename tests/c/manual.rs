//! Each snippet of `docs/c.md` compiles.

use std::fs;
use std::process::Command;

use crate::{compiler, pkg_config, place, root, run};

/// A snippet that is no program runs with these at hand.
const AROUND_C: &str = "#define _POSIX_C_SOURCE 200809L\n#include <sidereal.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n\
    extern sidereal_config *config; extern sidereal_engine *engine; extern sidereal_request *request;\n\
    extern char *header, *text; extern size_t length; extern sidereal_status status;\n";
const AROUND_CPP: &str = "#include <sidereal.hpp>\n#include <iostream>\n#include <string>\n\
    extern std::string header;\n";

#[test]
fn every_snippet_of_the_manual_compiles() {
    let text = fs::read_to_string(root().join("docs/c.md")).unwrap();
    let mut count = 0;
    for block in text.split("```").skip(1).step_by(2) {
        let Some((language, code)) = block.split_once('\n') else {
            continue;
        };
        let (name, around) = match language.trim() {
            "c" => ("snippet.c", AROUND_C),
            "cpp" => ("snippet.cpp", AROUND_CPP),
            _ => continue,
        };
        let whole = if code.contains("main(") || code.contains("\n}\n") && code.contains("static ") {
            format!("{}{code}", if code.contains("#include") { "" } else { around })
        } else {
            format!("{around}void snippet(void);\nvoid snippet(void)\n{{\n{code}\n}}\n")
        };
        let place = place();
        let source = place.path().join(name);
        fs::write(&source, whole).unwrap();
        let mut command: Command = compiler(&source);
        command.args(["-Wno-unused-function", "-c", "-o", "/dev/null"]).arg(&source);
        run(command.args(pkg_config(&["--cflags"])));
        count += 1;
    }
    assert!(count >= 8, "docs/c.md has {count} snippets only");
}
