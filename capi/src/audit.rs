//! The audit of a configuration, as C reads it.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;

use sidereal_core::audit::facts::{Facts, Own};
use sidereal_core::audit::{self, Report};
use sidereal_core::directory;

use crate::bytes;
use crate::config::Config;
use crate::guard;
use crate::status::{Failure, Status};

/// What an audit has found. Freed with sidereal_audit_free(); it is never written, so any number of threads may read it, and forked children may.
pub struct Audit {
    report: Report,
    /// Id, what, why, fix and references of each finding, with NUL at their ends.
    texts: Vec<[CString; 5]>,
}

/// How bad a finding is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Sessions are not safe, or do not work.
    Error = 1,
    /// A protection is weaker than it could be.
    Warning = 2,
    /// Worth knowing.
    Note = 3,
}

/// What an audit is written as.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with what each protection costs.
    Text = 1,
    /// One JSON object with `verdict`, `subject`, `findings` and `protections`.
    Json = 2,
    /// SARIF 2.1.0, for programs that collect findings.
    Sarif = 3,
}

/// One finding. The texts belong to the audit, end with NUL and are UTF-8. New members come at the end.
#[repr(C)]
pub struct Finding {
    /// The name of the rule, in words; docs/audit.md has the list.
    pub id: *const c_char,
    /// How bad it is: a constant of sidereal_severity.
    pub severity: u32,
    /// What was found, never with anything secret in it.
    pub what: *const c_char,
    /// Why that is bad.
    pub why: *const c_char,
    /// What to do.
    pub fix: *const c_char,
    /// Numbers of requirements and of OWASP ASVS 5.0, with commas between them.
    pub references: *const c_char,
}

impl Audit {
    fn of(report: Report) -> Self {
        // No text of a rule has NUL in it, and no path can; if one had, the text would be left out.
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let texts = report.findings().iter().map(|found| {
            let rule = found.rule;
            [text(rule.id), text(&found.what), text(rule.why), text(rule.fix), text(&rule.references.join(", "))]
        });
        Self { texts: texts.collect(), report }
    }
}

fn severity(of: audit::Severity) -> Severity {
    match of {
        audit::Severity::Error => Severity::Error,
        audit::Severity::Warning => Severity::Warning,
        audit::Severity::Note => Severity::Note,
    }
}

/// Looks at the configuration and at the place where it has sessions kept, and judges it: settings, store, keyring, cookie, clock. Makes nothing; a
/// configuration that no engine can be made of is a finding, and no failure.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_audit(
    config: Option<&mut Config>,
    audit: Option<&mut MaybeUninit<*mut Audit>>,
) -> Status {
    guard::on(config, |config| {
        let out = audit.ok_or_else(|| Failure::null("audit"))?;
        out.write(Box::into_raw(Box::new(Audit::of(audit::judge(&facts(config))))));
        Ok(())
    })
}

fn facts(config: &Config) -> Facts {
    let recipe = &config.recipe;
    Facts {
        subject: format!("a configuration, uid {}", directory::own_uid()),
        own: Some(Own {
            profile: recipe.profile(),
            policy: recipe.policy().map_err(|fault| fault.to_string()),
            is_heard: recipe.is_heard(),
            place: recipe.survey(),
        }),
        cookie: recipe.cookie().ok(),
        ..Facts::default()
    }
}

fn written(report: &Report, format: u32) -> Result<String, Failure> {
    match format {
        _ if format == Format::Text as u32 => Ok(report.to_string()),
        _ if format == Format::Json as u32 => Ok(report.to_json()),
        _ if format == Format::Sarif as u32 => Ok(report.to_sarif()),
        _ => Err(Failure::argument("expected a constant of sidereal_format, found another number; use a constant")),
    }
}

/// Frees an audit. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_audit_free(audit: Option<Box<Audit>>) {
    guard::quietly(|| drop(audit));
}

/// How many findings there are.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_audit_count(audit: Option<&Audit>, count: Option<&mut MaybeUninit<usize>>) -> Status {
    let (Some(audit), Some(count)) = (audit, count) else {
        return Status::Null;
    };
    count.write(audit.report.findings().len());
    Status::Ok
}

/// The finding at `index`; they are in order of severity, errors first. An `index` that is not below the count is SIDEREAL_STATUS_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_audit_finding(
    audit: Option<&Audit>,
    index: usize,
    finding: Option<&mut MaybeUninit<Finding>>,
) -> Status {
    let (Some(audit), Some(out)) = (audit, finding) else {
        return Status::Null;
    };
    let (Some(found), Some(texts)) = (audit.report.findings().get(index), audit.texts.get(index)) else {
        return Status::Argument;
    };
    let [id, what, why, fix, references] = texts.each_ref().map(|text| text.as_ptr());
    out.write(Finding { id, severity: severity(found.severity) as u32, what, why, fix, references });
    Status::Ok
}

/// Copies the whole audit in a constant of sidereal_format to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may be NULL, gets its
/// whole length without the NUL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_audit_write(
    audit: Option<&Audit>,
    format: u32,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    let Some(audit) = audit else {
        return Status::Null;
    };
    if buffer.is_null() && capacity > 0 {
        return Status::Null;
    }
    let text = match guard::caught(|| written(&audit.report, format)) {
        Ok(text) => text,
        Err(failure) => return failure.status,
    };
    let whole = bytes::copy_message(&text, buffer, capacity);
    if let Some(length) = length {
        length.write(whole);
    }
    Status::Ok
}
