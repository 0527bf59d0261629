//! The audit: what is wrong with a configuration, why, and how to mend it (R98, R99, A35).
//!
//! Owns the rules and how a report reads. A rule looks at facts and says what it found; it reads no file and asks no clock. Where the facts
//! come from is not its matter: files and disks are looked at by [`crate::survey`], settings and headers by the doors to PHP and C.
//!
//! A new rule is one more entry in a table below: its texts, and a function from [`Facts`] to what it found. `docs/audit.md` is made of the tables.

mod cookies;
pub mod facts;
mod json;
mod php;
mod place;
mod policy;
mod price;
mod report;
mod sarif;
mod sent;
mod settings;

use std::fmt;

pub use facts::Facts;
pub use report::Report;
pub use settings::Settings;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Sessions are not safe, or do not work.
    Error,
    /// A protection is weaker than it could be.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Every severity, the worst one first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// As it is written; SARIF's levels are the same words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What is looked for.
#[derive(Clone, Copy)]
pub struct Rule {
    /// A name in words, for ever the same.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is where Sidereal is PHP's save handler, if that sees to some of it by itself.
    pub under_sidereal: Option<Severity>,
    /// The settings that it judges.
    pub settings: &'static [&'static str],
    /// What should be, in a few words.
    pub title: &'static str,
    /// Why it should be.
    pub why: &'static str,
    /// What to do. Good advice for every version of PHP that has the setting.
    pub fix: &'static str,
    /// Numbers of requirements (R), attacks (A) and of OWASP ASVS 5.0.
    pub references: &'static [&'static str],
    /// What was found: one text a finding, never with anything secret in it.
    check: fn(&Facts) -> Vec<String>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Something that a rule has found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// What was found.
    pub what: String,
}

/// Every rule, in the order in which they are told.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [php::RULES, cookies::RULES, sent::RULES, policy::RULES, place::RULES].into_iter().flatten()
}

/// Judges `facts`.
pub fn judge(facts: &Facts) -> Report {
    let mut findings: Vec<Finding> = rules().flat_map(|rule| found(rule, facts)).collect();
    // Stable: within a severity the order of the tables.
    findings.sort_by_key(|finding| finding.severity);
    Report::new(findings, facts)
}

fn found(rule: &'static Rule, facts: &Facts) -> impl Iterator<Item = Finding> {
    let ours = facts.php.as_ref().is_some_and(|php| php.is_sidereal);
    let severity = rule.under_sidereal.filter(|_| ours).unwrap_or(rule.severity);
    (rule.check)(facts).into_iter().map(move |what| Finding { rule, severity, what })
}

/// What a rule with one thing to say has found.
fn when(found: bool, what: impl FnOnce() -> String) -> Vec<String> {
    if found { vec![what()] } else { Vec::new() }
}
