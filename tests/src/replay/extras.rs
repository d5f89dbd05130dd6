//! What ours sends and the recording lacks.

use super::differences;
use super::talk::Talk;
use crate::client::Client;

impl Talk {
    /// Nothing is missing of what was printed; and every message of ours was compared with one of the recording, or is listed.
    pub(super) fn is_whole(&self, client: &Client) {
        self.is_all_printed(client);
        for message in client.untaken() {
            let name = message["event"].as_str().or(message["command"].as_str());
            let category = message["body"]["category"].as_str().unwrap_or_default();
            let what = match name {
                Some("output") if self.printed.has(category) => "output of what was printed".to_owned(),
                Some("output") => format!("output ({category})"),
                name => name.unwrap_or_default().to_owned(),
            };
            assert!(
                differences::find(&differences::OURS, &what).is_some(),
                "line {}: {}",
                self.line,
                client.report(&format!("{what} is neither in the recording nor among the differences"))
            );
        }
    }
}
