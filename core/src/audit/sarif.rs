//! Findings as SARIF 2.1.0, the OASIS format that code scanners share. <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>

use super::json::{Json, texts};
use super::{Finding, Rule, rules};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole document: one run, every rule, one result a finding. `file` is where the settings are read from.
pub(super) fn document(findings: &[Finding], file: Option<&str>) -> Json {
    let driver = Json::Object(vec![
        ("name", "Sidereal audit".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("informationUri", env!("CARGO_PKG_REPOSITORY").into()),
        ("rules", Json::List(rules().map(descriptor).collect())),
    ]);
    let run = Json::Object(vec![
        ("tool", Json::Object(vec![("driver", driver)])),
        ("results", Json::List(findings.iter().map(|finding| result(finding, file)).collect())),
    ]);
    Json::Object(vec![("$schema", SCHEMA.into()), ("version", "2.1.0".into()), ("runs", Json::List(vec![run]))])
}

fn text(text: &str) -> Json {
    Json::Object(vec![("text", text.into())])
}

fn descriptor(rule: &Rule) -> Json {
    Json::Object(vec![
        ("id", rule.id.into()),
        ("shortDescription", text(rule.title)),
        ("fullDescription", text(rule.why)),
        ("help", text(rule.fix)),
        ("defaultConfiguration", Json::Object(vec![("level", rule.severity.name().into())])),
        ("properties", Json::Object(vec![("tags", texts(rule.references))])),
    ])
}

fn result(finding: &Finding, file: Option<&str>) -> Json {
    let index = rules().position(|rule| rule.id == finding.rule.id).unwrap_or_default();
    let mut all = vec![
        ("ruleId", finding.rule.id.into()),
        ("ruleIndex", Json::Number(index.try_into().unwrap_or_default())),
        ("level", finding.severity.name().into()),
        ("message", text(&finding.what)),
    ];
    all.extend(file.map(|file| ("locations", Json::List(vec![location(file)]))));
    Json::Object(all)
}

fn location(file: &str) -> Json {
    let artifact = Json::Object(vec![("uri", uri(file).as_str().into())]);
    let region = Json::Object(vec![("startLine", Json::Number(1))]);
    Json::Object(vec![("physicalLocation", Json::Object(vec![("artifactLocation", artifact), ("region", region)]))])
}

/// RFC 8089, for an absolute path.
fn uri(path: &str) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(byte.into());
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("/etc/php/8.2 x/ä.ini"), "file:///etc/php/8.2%20x/%C3%A4.ini");
    }
}
