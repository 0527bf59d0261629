//! What an audit has to say, as text and as JSON; SARIF is in [`super::sarif`].

use std::fmt;

use super::json::{Json, texts};
use super::place::held;
use super::price::{Protection, protections};
use super::sarif;
use super::{Facts, Finding, Severity};
use crate::policy::Profile;

/// Findings, the worst first, and what the protections cost.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
    subject: String,
    file: Option<String>,
    profile: Option<Profile>,
    protections: Vec<Protection>,
    holds: Option<String>,
    unseen: bool,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>, facts: &Facts) -> Self {
        let own = facts.own.as_ref();
        let policy = own.and_then(|own| own.policy.as_ref().ok());
        Self {
            findings,
            subject: facts.subject.clone(),
            file: facts.file.clone(),
            profile: own.map(|own| own.profile),
            protections: policy.map(protections).unwrap_or_default(),
            holds: own.and_then(|own| own.place.holds).map(|(count, most)| held(count, most)),
            unseen: facts.php.is_some() && facts.request.is_none(),
        }
    }

    /// The findings, the worst first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings there are of `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// What there is to say in one line.
    pub fn verdict(&self) -> String {
        let counts = Severity::ALL.map(|severity| (self.count(severity), severity.name()));
        let told = counts.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> =
            told.map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" })).collect();
        if told.is_empty() { "nothing found".into() } else { told.join(", ") }
    }

    /// For a program that has to end with a number: 2 with an error, 1 with a warning, else 0.
    pub fn exit_status(&self) -> u8 {
        match self.findings.first().map(|finding| finding.severity) {
            Some(Severity::Error) => 2,
            Some(Severity::Warning) => 1,
            Some(Severity::Note) | None => 0,
        }
    }

    /// One JSON object: `verdict`, `subject`, `findings` and `protections`.
    pub fn to_json(&self) -> String {
        let finding = |finding: &Finding| {
            Json::Object(vec![
                ("id", finding.rule.id.into()),
                ("severity", finding.severity.name().into()),
                ("what", finding.what.as_str().into()),
                ("why", finding.rule.why.into()),
                ("fix", finding.rule.fix.into()),
                ("references", texts(finding.rule.references)),
            ])
        };
        let protection = |protection: &Protection| {
            Json::Object(vec![
                ("setting", protection.setting.into()),
                ("value", protection.value.as_str().into()),
                ("price", protection.price.as_str().into()),
            ])
        };
        let mut all = vec![
            ("verdict", self.verdict().as_str().into()),
            ("subject", self.subject.as_str().into()),
            ("findings", Json::List(self.findings.iter().map(finding).collect())),
            ("protections", Json::List(self.protections.iter().map(protection).collect())),
        ];
        all.extend(self.holds.as_deref().map(|holds| ("holds", holds.into())));
        Json::Object(all).to_string()
    }

    /// SARIF 2.1.0, for programs that collect findings.
    pub fn to_sarif(&self) -> String {
        sarif::document(&self.findings, self.file.as_deref()).to_string()
    }
}

impl fmt::Display for Report {
    /// For people: every line ends with a line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Sidereal's audit of {}: {}", self.subject, self.verdict())?;
        for finding in &self.findings {
            writeln!(f, "\n{} {}: {}", finding.severity.name(), finding.rule.id, finding.what)?;
            writeln!(f, "  why: {}", finding.rule.why)?;
            writeln!(f, "  fix: {}", finding.rule.fix)?;
            writeln!(f, "  see: {}", finding.rule.references.join(", "))?;
        }
        if let Some(profile) = self.profile.filter(|_| !self.protections.is_empty()) {
            writeln!(f, "\nWhat the protections cost (profile {}):", profile.name())?;
            for Protection { setting, value, price } in &self.protections {
                writeln!(f, "  {:28}{:14}{price}", if setting.is_empty() { "(always)" } else { setting }, value)?;
            }
        }
        if let Some(holds) = &self.holds {
            writeln!(f, "\nHow long sessions are held: {holds}.")?;
        }
        if self.unseen {
            writeln!(f, "\nNot looked at, because nobody is being served: https, HSTS, and the cookie as it is sent.")?;
        }
        Ok(())
    }
}
