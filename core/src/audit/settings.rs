//! Settings of PHP, as text.

use std::collections::BTreeMap;

use crate::policy::printable;

/// Settings by name.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl Settings {
    /// The value, if this PHP has the setting.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, empty if this PHP does not have the setting.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// Whether it is on, as PHP reads it.
    pub fn is_on(&self, name: &str) -> bool {
        let value = self.get(name).trim();
        ["on", "yes", "true"].iter().any(|word| value.eq_ignore_ascii_case(word)) || number(value) != 0
    }

    /// Whether there is such a setting and it is off.
    pub fn is_off(&self, name: &str) -> bool {
        self.find(name).is_some() && !self.is_on(name)
    }

    /// The number, as PHP reads it: what does not begin with one is 0.
    pub fn number(&self, name: &str) -> i64 {
        number(self.get(name).trim())
    }

    /// The setting and its value, for a finding.
    pub fn shown(&self, name: &str) -> String {
        match self.get(name) {
            "" => format!("{name} is empty"),
            value => format!("{name} is {}", printable(value)),
        }
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn number(value: &str) -> i64 {
    let sign = usize::from(value.starts_with(['-', '+']));
    let digits = value[sign..].bytes().take_while(u8::is_ascii_digit).count();
    value[..sign + digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_mean_what_they_mean_to_php() {
        let on = |value: &str| Settings::from_iter([("x".to_owned(), value.to_owned())]).is_on("x");
        assert!(["1", "On", "yes", "TRUE", "2", "-1", " 1"].into_iter().all(on));
        assert!(!["", "0", "off", "no", "false", "none", "x1"].into_iter().any(on));
        assert_eq!(
            [number("1440"), number("-3"), number("12x"), number("x"), number("+"), number("")],
            [1440, -3, 12, 0, 0, 0]
        );
        assert!(!Settings::default().is_off("x"), "what this PHP does not have is not off");
    }
}
