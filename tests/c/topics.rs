//! One C program a topic: `capi/tests`.

use crate::{build, place, run, with_library};

fn topic(source: &str) {
    let place = place();
    let program = build(&format!("capi/tests/{source}"), place.path(), &[]);
    run(with_library(&program).arg(place.path()));
}

#[test]
fn c_every_function_does_what_it_is_for() {
    topic("happy.c");
}

#[test]
fn c_every_failure_is_a_status_and_a_sentence() {
    topic("status.c");
}

#[test]
fn r14_c_an_alarm_keeps_evidence() {
    topic("evidence.c");
}

#[test]
fn c_null_is_a_status_everywhere() {
    topic("null.c");
}

#[test]
fn a6_a7_a8_a20_a21_r80_r83_r93_c_cookies() {
    topic("cookies.c");
}

#[test]
fn c_thirty_two_threads_share_an_engine() {
    topic("threads.c");
}

#[test]
fn c_a_forked_child_uses_nothing_that_it_inherited() {
    topic("fork.c");
}

#[test]
fn c_two_processes_share_a_store() {
    topic("processes.c");
}

#[test]
fn a14_c_a_log_out_among_twenty_writers_is_final() {
    topic("logout.c");
}

#[test]
fn r54_r62_r100_c_auto_login() {
    topic("autologin.c");
}

#[test]
fn r43_r51_c_users_and_their_sessions() {
    topic("users.c");
}

#[test]
fn r6_r66_r70_r78_a28_c_clients_and_schemes() {
    topic("clients.c");
}

#[test]
fn c_the_wrapper_for_cpp_frees_and_throws() {
    topic("wrapper.cpp");
}

#[test]
fn r63_r93_a16_a21_c_forms_and_header_values() {
    topic("csrf.c");
}

#[test]
fn r98_r99_a35_c_configurations_are_judged() {
    topic("audit.c");
}

#[test]
fn a1_c_sessions_of_another_handler_move() {
    topic("moving.c");
}
