//! The audit of this PHP: facts for [`sidereal_core::audit`], and what C gets of its report.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use sidereal_core::audit::facts::{Facts, Own, Php, Place as Surveyed, Request, SavePath, SentCookie};
use sidereal_core::audit::{Report, Settings, judge};
use sidereal_core::client::Scheme;
use sidereal_core::directory;
use sidereal_core::policy::Profile;
use sidereal_core::proxy::Proxies;
use sidereal_core::survey;

use crate::api::Texts;
use crate::border::{self, Bytes, Reply, Surroundings};
use crate::guard::{Answer, guard};
use crate::ini;
use crate::process;

/// Looks at everything and judges it. Makes nothing.
pub fn run(around: &Surroundings) -> Report {
    let settings: Settings = border::settings().into_iter().filter(|(name, _)| is_judged(name)).collect();
    let file = around.ini_file.text();
    judge(&Facts {
        subject: format!("PHP {} ({}), uid {}", around.version_text.text(), around.sapi.text(), directory::own_uid()),
        file: (!file.is_empty()).then(|| file.to_owned()),
        own: around.is_ours().then(|| own(&settings)),
        request: around.is_request().then(|| request(around, &settings)),
        php: Some(Php {
            version: around.version,
            is_sidereal: around.is_ours(),
            files: files(&settings, around.temporary.text()),
            settings,
        }),
        cookie: None,
    })
}

fn is_judged(name: &str) -> bool {
    name.starts_with("session.") || name.starts_with("sidereal.") || name == "max_execution_time"
}

fn own(settings: &Settings) -> Own {
    let log = settings.get("sidereal.log");
    let sound = ini::check("sidereal.application", settings.get("sidereal.application"));
    let sound = sound.and_then(|()| ini::check("sidereal.migrate_from", settings.get("sidereal.migrate_from")));
    let policy = sound.and_then(|()| ini::policy());
    Own {
        profile: Profile::named(settings.get("sidereal.profile")).unwrap_or_default(),
        policy: policy.and_then(|policy| ini::sink(log).map(|_| policy)).map_err(|fault| fault.to_string()),
        is_heard: !["", "none"].contains(&log),
        place: place(settings),
    }
}

fn place(settings: &Settings) -> Surveyed {
    let keyring = settings.get("sidereal.keyring");
    let chosen = process::place(settings.get("session.save_path"));
    match chosen.and_then(|place| ini::check("sidereal.keyring", keyring).map(|()| place)) {
        Ok(place) => survey::place(&place, (!keyring.is_empty()).then(|| Path::new(keyring)), &*process::clock()),
        Err(fault) => Surveyed { fault: Some(fault.to_string()), ..Surveyed::default() },
    }
}

/// Where PHP's own handler keeps its files, if that is the one. Before the path may stand how it spreads them: `2;0700;/path`.
fn files(settings: &Settings, temporary: &str) -> Option<SavePath> {
    let path = settings.get("session.save_path");
    let path = path.rsplit_once(';').map_or(path, |(_, path)| path);
    let own = settings.get("session.save_handler") == "files";
    own.then(|| survey::save_path(Path::new(if path.is_empty() { temporary } else { path })))
}

fn request(around: &Surroundings, settings: &Settings) -> Request {
    let name = around.session_name.text();
    let root = around.document_root.text();
    // A list that cannot be read is a finding of its own.
    let proxies = Proxies::parse(settings.get("sidereal.trusted_proxies")).unwrap_or_default();
    let mut request = Request {
        is_https: proxies.origin(&around.arrival()).scheme == Some(Scheme::Https),
        forwarded_https: says_https(around.forwarded_proto.text(), around.forwarded.text()),
        document_root: (!root.is_empty()).then(|| PathBuf::from(root)),
        ..Request::default()
    };
    border::each_header(|header| {
        request.cookies.extend(SentCookie::parse(header, name));
        if let Some((field, value)) = header.split_once(':')
            && field.eq_ignore_ascii_case("strict-transport-security")
        {
            request.hsts = Some(value.trim().to_owned());
        }
    });
    request
}

/// Whether a header says so, be it true or not: a hint that there is a proxy.
fn says_https(proto: &str, forwarded: &str) -> bool {
    let first = proto.split(',').next().unwrap_or_default().trim();
    let pairs = || forwarded.split([',', ';']).filter_map(|pair| pair.split_once('='));
    first.eq_ignore_ascii_case("https")
        || pairs().any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("proto") && value.trim().trim_matches('"').eq_ignore_ascii_case("https")
        })
}

/// `sidereal_finding`.
#[repr(C)]
struct RawFinding {
    id: Bytes,
    severity: Bytes,
    what: Bytes,
    why: Bytes,
    fix: Bytes,
    references: Texts,
}

/// `sidereal_audit`.
#[repr(C)]
pub struct RawAudit {
    findings: *const RawFinding,
    count: usize,
    verdict: Bytes,
    text: Bytes,
    json: Bytes,
    sarif: Bytes,
    exit_status: i64,
}

// `shim/api.h` expects the same.
const _: () = assert!(size_of::<usize>() != 8 || (size_of::<RawFinding>() == 96 && size_of::<RawAudit>() == 88));

/// A report that C is reading.
#[derive(Default)]
struct Lent {
    report: Option<Report>,
    references: Vec<Vec<Bytes>>,
    findings: Vec<RawFinding>,
    /// Verdict, text, JSON, SARIF.
    texts: [String; 4],
}

thread_local! {
    static LENT: RefCell<Lent> = RefCell::default();
}

/// `sidereal_api.audit`.
pub unsafe extern "C" fn audit(around: *const Surroundings, audit: *mut RawAudit, reply: *mut Reply) {
    // SAFETY: the shim passes locals of its own and does nothing with them meanwhile.
    let around = unsafe { &*around };
    // SAFETY: as above.
    let audit = unsafe { &mut *audit };
    // SAFETY: as above.
    let reply = unsafe { &mut *reply };
    guard(reply, || {
        lend(audit, run(around));
        Answer::yes()
    });
}

/// Lends `report` to C.
fn lend(to: &mut RawAudit, report: Report) {
    LENT.with_borrow_mut(|lent| {
        *lent = Lent {
            texts: [report.verdict(), report.to_string(), report.to_json(), report.to_sarif()],
            report: Some(report),
            ..Lent::default()
        };
        let Lent { report: Some(report), references, findings, texts } = lent else {
            return;
        };
        let lend = |text: &str| Bytes::lend(text.as_bytes());
        *references =
            report.findings().iter().map(|found| found.rule.references.iter().copied().map(lend).collect()).collect();
        *findings = report
            .findings()
            .iter()
            .zip(&*references)
            .map(|(found, references)| RawFinding {
                id: lend(found.rule.id),
                severity: lend(found.severity.name()),
                what: lend(&found.what),
                why: lend(found.rule.why),
                fix: lend(found.rule.fix),
                references: Texts::lend(references),
            })
            .collect();
        let [verdict, text, json, sarif] = texts.each_ref().map(|text| lend(text));
        let exit_status = report.exit_status().into();
        *to = RawAudit { findings: findings.as_ptr(), count: findings.len(), verdict, text, json, sarif, exit_status };
    });
}
