//! What every frontend has to pass: one suite of sessions, hostile peers, access rules and limits, and one transcript, over real sockets.
//!
//! [`Server`] is a frontend with a small program behind it, as a suite sees it; [`suites!`] makes the tests for one. The
//! blocking frontend's host and the scripted peer live with its own tests.

#[path = "../../../std-frontend/tests/support/mod.rs"]
mod support;

pub mod access;
mod blocking;
pub mod hostile;
pub mod limits;
mod server;
pub mod session;
mod tasks;
pub mod transcript;

pub use blocking::Blocking;
pub use server::{Note, Reporter, Server};
pub use support::{DEADLINE, Peer, loopback, until};
pub use tasks::{CurrentThread, MultiThread, Tasks};

/// Makes a test of each case of all suites, for one kind of server.
#[macro_export]
macro_rules! suites {
    ($server:ty) => {
        $crate::suites! { @cases hostile $server:
            hostile_first_messages
            hostile_first_messages_byte_by_byte
            wrong_messages_in_a_session_do_not_end_it
            a_session_that_turns_into_http_is_told_why_it_ends
            many_messages_in_one_write_are_answered_in_order
            a_thousand_connections_come_and_go
            too_many_silent_connections_make_room_for_a_new_one
            a_slow_sender_holds_up_nobody
            a_stranger_that_never_reads_can_not_fill_the_memory
            a_client_that_never_reads_is_dropped_and_the_program_goes_on
        }
        $crate::suites! { @cases access $server:
            a_connection_from_elsewhere_is_closed_before_a_byte
            only_the_token_opens
            a_wrong_token_costs_its_address_time
            an_attach_that_waits_holds_up_nobody
            look_but_do_not_touch
            both_kinds_of_address
            sessions_and_strangers_on_a_unix_socket
        }
        $crate::suites! { @cases limits $server:
            whoever_does_not_come_to_the_point_is_dropped
            whoever_does_not_configure_loses_the_place_to_the_next
            the_place_changes_hands_in_order
            one_address_can_not_take_every_place
            faster_than_the_rate_means_later
        }
        $crate::suites! { @cases session $server:
            a_session_from_connect_to_disconnect
            an_answer_can_wait_while_others_go_out
            disconnect_answers_what_is_open_and_nothing_behind_it_is_carried_out
            disconnect_with_wrong_arguments_is_a_disconnect_all_the_same
            the_place_is_free_as_soon_as_disconnect_is_answered
            a_second_client_is_refused_and_the_first_goes_on
            silent_and_initialized_connections_do_not_take_the_place
            a_lost_client_frees_the_place_whatever_its_state
            a_client_that_sends_no_more_still_gets_its_answers
            a_refused_attach_can_be_tried_again
            a_host_that_panics_fails_one_request
            the_program_can_close_a_connection
            events_wait_for_the_end_of_configuration
            the_client_can_be_asked
            requests_of_a_session_reach_the_host_in_order
            a_body_that_is_no_json_leaves_the_stream_whole
        }
    };
    (@cases $suite:ident $server:ty: $($case:ident)*) => {
        mod $suite {
            $(
                #[test]
                fn $case() {
                    $crate::$suite::$case::<$server>();
                }
            )*
        }
    };
}
