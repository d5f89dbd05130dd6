//! The members that frame every DAP message.

use super::{Raw, Text};

/// The members of a protocol message that DAP itself defines, each as its unread value.
///
/// One type for requests, responses and events: whoever reads a message takes what its `type` has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'b> {
    values: [Option<Raw<'b>>; Member::COUNT],
}

macro_rules! members {
    ($($variant:ident $method:ident $name:literal $doc:literal,)*) => {
        /// A member of the envelope.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Member { $($variant,)* }

        impl Member {
            const COUNT: usize = [$($name,)*].len();

            const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $name)),*];

            pub(super) fn of(key: Text<'_>) -> Option<Self> {
                if cfg!(feature = "optimize_for_size") {
                    return Self::ALL.iter().find(|(_, name)| key == *name).map(|(member, _)| *member);
                }
                match key.as_str() {
                    Some(plain) => match plain {
                        $($name => Some(Self::$variant),)*
                        _ => None,
                    },
                    None => { $(if key == $name { return Some(Self::$variant); })* None }
                }
            }

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl<'b> Envelope<'b> {
            $(
                #[doc = $doc]
                #[must_use]
                pub fn $method(&self) -> Option<Raw<'b>> {
                    self.get(Member::$variant)
                }
            )*
        }
    };
}

members! {
    Seq seq "seq" "Number of the message.",
    Type kind "type" "`\"request\"`, `\"response\"` or `\"event\"` (the member `type`).",
    Command command "command" "Of a request, and repeated in its response.",
    Arguments arguments "arguments" "Of a request. Whoever reads them treats `null` as absent.",
    RequestSeq request_seq "request_seq" "Of a response: the request it answers.",
    Success success "success" "Of a response.",
    Message message "message" "Of a response that failed: why, in a word.",
    Body body "body" "Of a response or an event.",
    Event event "event" "Of an event: its name.",
}

impl<'b> Envelope<'b> {
    fn get(&self, member: Member) -> Option<Raw<'b>> {
        self.values.get(member as usize).copied().flatten()
    }

    pub(super) fn has(&self, member: Member) -> bool {
        self.get(member).is_some()
    }

    pub(super) fn set(&mut self, member: Member, value: &'b str) {
        if let Some(slot) = self.values.get_mut(member as usize) {
            *slot = Some(Raw::accepted(value));
        }
    }
}
